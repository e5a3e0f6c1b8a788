"""Reports: from a run folder to findings, and from findings to a page and a terminal."""
