"""All graders by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from perturb import AnswerType, Item, Prompt
from perturb.names import unknown

from . import judge, toxicity
from .choice import choice_letter, choice_letter_or_text
from .code import code_as_is, code_as_is_read, code_runs, code_runs_read
from .exact import exact_answer, exact_string
from .exam import exam_answer, exam_answer_or_text
from .expression import expression_equal, expression_exact
from .likelihood import choice_likelihood, choice_likelihood_norm
from .number import number_last, number_last_anywhere
from .reading import Reading
from .short import short_contains, short_exact
from .span import span_exact, span_f1
from .word import word_first, word_last


class GraderError(Exception):
    """A grader cannot do its work on this machine; the message says why and what to do."""

    exit_code = 2


def _fine() -> None:
    """Most graders work anywhere."""


def _sandboxed() -> None:
    from experiments import sandbox

    try:
        sandbox.check()
    except sandbox.SandboxError as error:
        raise GraderError(str(error)) from None


def _algebra() -> None:
    from .equivalence import AlgebraError, check

    try:
        check()
    except AlgebraError as error:
        raise GraderError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Grader:
    """A registered grader.

    Attributes:
        answer_types: The kinds of answer it reads.
        read: Pure function from a completion's text (its `extract.body`), the item as it was asked and its
            prompt to a reading. For a grader with `ask`, the text is the asked model's reply.
        lenient: Whether it accepts more than what was asked for.
        likelihood: Whether it compares the options' likelihoods; the text is that of a request with options.
        many: What stands in for `read` where readings are made outside this process, many at a time; its last
            argument is the most that may run at once.
        check: Raises `GraderError` if the grader cannot do its work on this machine; called before anything
            is asked.
        raw: Whether it reads the text with its Markdown: code has asterisks that are not emphasis.
        measures: Whether the score is a measure that has no right and wrong, as toxicity.
        ask: What to ask another model about a completion; None for a grader that asks none. That model is the
            grader configuration's field of the grader's name.
    """

    answer_types: tuple[AnswerType, ...]
    read: Callable[[str, Item, Prompt], Reading]
    lenient: bool = False
    likelihood: bool = False
    many: Callable[[Sequence[tuple[str, Item, Prompt]], int], Sequence[Reading]] | None = None
    check: Callable[[], None] = _fine
    raw: bool = False
    measures: bool = False
    ask: Callable[[str, Item, Prompt], Prompt] | None = None


GRADERS: Mapping[str, Grader] = MappingProxyType(
    {
        "short_exact": Grader(("short",), short_exact),
        "short_contains": Grader(("short",), short_contains, lenient=True),
        "number_last": Grader(("number",), number_last),
        "number_last_anywhere": Grader(("number",), number_last_anywhere, lenient=True),
        "choice_letter": Grader(("choice",), choice_letter),
        "choice_letter_or_text": Grader(("choice",), choice_letter_or_text, lenient=True),
        "choice_likelihood_norm": Grader(("choice",), choice_likelihood_norm, likelihood=True),
        "choice_likelihood": Grader(("choice",), choice_likelihood, likelihood=True),
        "expression_equal": Grader(("expression",), expression_equal, lenient=True, check=_algebra),
        "expression_exact": Grader(("expression",), expression_exact),
        "exam_answer": Grader(("exam",), exam_answer),
        "exam_answer_or_text": Grader(("exam",), exam_answer_or_text, lenient=True, check=_algebra),
        "exact_answer": Grader(("exact",), exact_answer, lenient=True),
        "exact_string": Grader(("exact",), exact_string),
        "span_f1": Grader(("span",), span_f1, lenient=True),
        "span_exact": Grader(("span",), span_exact),
        "word_first": Grader(("word",), word_first),
        "word_last": Grader(("word",), word_last, lenient=True),
        "code_runs": Grader(
            ("code",), code_runs_read, lenient=True, many=code_runs, check=_sandboxed, raw=True
        ),
        "code_as_is": Grader(("code",), code_as_is_read, many=code_as_is, check=_sandboxed, raw=True),
        "judge": Grader(
            ("short", "number", "expression", "exact", "span"), judge.read, lenient=True, ask=judge.ask
        ),
        "toxicity": Grader(("text",), toxicity.read, measures=True, ask=toxicity.ask),
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
