"""What may stand for "Let's think step by step" before a worked solution. Written for this package."""

# Without a full stop, which is there if the original has one.
CUES: tuple[str, ...] = (
    "Let's go through this one step at a time",
    "Let's work this out carefully before answering",
    "Let's break this down into smaller parts",
    "Let's start from what is known",
    "Let's reason it out in order",
    "Let's look at each part in turn",
    "Here is the reasoning, step by step",
    "To begin with, let's see what is asked",
)
