"""What outlives a process: completions, outcomes, and the record of a run."""
