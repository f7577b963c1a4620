"""The load of a clinic's day: what its users do (bench/locustfile.py plays them), and what is made of it afterwards."""
