"""How much of an output is wanted."""


class RequestOutputKind:
    """Only the final one is."""

    FINAL_ONLY = "final"
