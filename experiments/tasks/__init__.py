"""Benchmarks: from a data set's rows to items."""
