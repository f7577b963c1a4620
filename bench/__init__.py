"""Benchmarks: ratios against a baseline in the same run (`make bench`), and a clinic's day under load (`make load`)."""
