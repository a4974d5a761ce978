"""Measurements side by side with peers, in one run, as ratios. Run `make bench` on an otherwise idle machine."""
