"""Sweeps: from override grammar to cells, from cells to completions."""
