"""Comparing runs: a new model against a baseline on what both were asked alike, in score and in stability."""
