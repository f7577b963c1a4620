"""Replays: bills that were paid, priced again by a policy that is not yet in force, and who gains and who loses.

bills.py     where the bills come from: the journal of a store, or a file of worked cases
report.py    what they add up to, in a form that is the same bytes wherever it is made
proof.py     the gateway's own replay, against which an activation's digest is held
pages.py     the report for a person in a terminal: tables and a chart
picture.py   the chart as a PNG
"""
