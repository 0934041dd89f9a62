"""Measurements against named peers, on one machine in one run, printed as ratios: ``make bench``."""
