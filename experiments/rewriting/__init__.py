"""Variants of questions that a model writes: made by `fathom rewrite`, used by perturbations."""
