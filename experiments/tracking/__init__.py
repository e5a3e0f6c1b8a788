"""Runs in other people's trackers: what is logged of a finished run, and where to."""
