"""Measurements that stand alone: many accounts, what counting costs, what the fronts can carry empty."""
