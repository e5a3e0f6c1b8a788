"""What a grader makes of a completion."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What a grader makes of a completion's text.

    Attributes:
        extracted: The answer as the model wrote it (for multiple choice the option's label); None when there
            is none to be found.
        correct: Whether it is right.
        signed: Whether it followed the cue or another sign of a final answer.
        open: Whether it could have gone on, had the completion not ended there.
    """

    extracted: str | None
    correct: bool = False
    signed: bool = False
    open: bool = False


NOTHING = Reading(None)
