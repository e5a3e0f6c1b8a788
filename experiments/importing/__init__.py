"""Other tools' logs, and any table, as run folders: `fathom import`."""
