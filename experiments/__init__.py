"""The machine room: from a command line to a report."""
