"""What runs in the jail: the standard library only, and as little of it as can be, since each start pays."""
