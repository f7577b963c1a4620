"""A gateway at half of its limit for minutes, with calls that are cancelled in flight: does it keep its size?"""
