"""What is wrong with a question to `fathom plan`."""


class PlanError(Exception):
    """Nothing can be planned so; the message says why and what to do."""

    exit_code = 2
