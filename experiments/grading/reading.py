"""What a grader makes of a completion."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What a grader makes of a completion's text.

    Attributes:
        extracted: The answer as the model wrote it (for multiple choice the option's label); None when there
            is none to be found.
        correct: Whether it is right, altogether.
        signed: Whether it followed the cue or another sign of a final answer.
        open: Whether it could have gone on, had the completion not ended there.
        partial: Score in [0, 1] of an answer that is not altogether right: what is right in part, as by token
            overlap, or a measure that has no right and wrong.
    """

    extracted: str | None
    correct: bool = False
    signed: bool = False
    open: bool = False
    partial: float = 0.0

    @property
    def score(self) -> float:
        """In [0, 1]."""
        return 1.0 if self.correct else self.partial


NOTHING = Reading(None)
