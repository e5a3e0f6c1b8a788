"""All graders by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from perturb import AnswerType, Item, Prompt
from perturb.names import unknown

from .choice import choice_letter, choice_letter_or_text
from .number import number_last, number_last_anywhere
from .reading import Reading
from .short import short_contains, short_exact


@dataclass(frozen=True, slots=True)
class Grader:
    """A registered grader.

    Attributes:
        answer_type: The kind of answer it reads.
        read: Pure function from a completion's text (its `extract.body`), the item as it was asked and its
            prompt to a reading.
        lenient: Whether it accepts more than what was asked for.
    """

    answer_type: AnswerType
    read: Callable[[str, Item, Prompt], Reading]
    lenient: bool = False


GRADERS: Mapping[str, Grader] = MappingProxyType(
    {
        "short_exact": Grader("short", short_exact),
        "short_contains": Grader("short", short_contains, lenient=True),
        "number_last": Grader("number", number_last),
        "number_last_anywhere": Grader("number", number_last_anywhere, lenient=True),
        "choice_letter": Grader("choice", choice_letter),
        "choice_letter_or_text": Grader("choice", choice_letter_or_text, lenient=True),
    }
)


def grader(name: str) -> Grader:
    """The grader of a name.

    Raises:
        ValueError: There is none; the message names the nearest.
    """
    if name not in GRADERS:
        raise unknown("grader", name, GRADERS)
    return GRADERS[name]
