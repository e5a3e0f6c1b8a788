"""Whether two mathematical answers are the same, as far as their writing tells."""

import re
from collections.abc import Callable
from fractions import Fraction

from .latex import Form, Group, Value, folded, forms

Decide = Callable[[Value, Value], bool]


def same(
    gold: str,
    written: str,
    undecided: Callable[[str, str], bool] | None = None,
    *,
    ordered: bool = False,
) -> bool:
    r"""Whether two answers are the same.

    Lists and sets have no order; tuples and intervals have one, and their brackets count; an ordered pair is
    no list. A name ("x =") or a unit that only one of them has is left aside, two different ones are not.
    Numbers are compared by value: "0.5" is "\frac{1}{2}" and "50\%". "65\%" is also "65".

    Args:
        gold: The reference, with or without LaTeX.
        written: What was written.
        undecided: Says of two values in LaTeX whose writing differs and does not tell whether they are the
            same; without it they are not.
        ordered: Whether lists have an order after all.

    Returns:
        Whether any reading of one is the same as any of the other.
    """

    def strict(left: Value, right: Value) -> bool:
        return _same_value(left, right) is True

    def lenient(left: Value, right: Value) -> bool:
        verdict = _same_value(left, right)
        return decide(*_whole(left, right)) if verdict is None else verdict

    pairs = [(left, right) for left in forms(gold) for right in forms(written)]
    if any(_same_form(left, right, [strict], ordered) for left, right in pairs):
        return True
    if undecided is None:
        return False
    decide = undecided
    return any(_same_form(left, right, [strict, lenient], ordered) for left, right in pairs) or any(
        _relates(left, right) and decide(gold, written) for left, right in pairs
    )


def _same_form(gold: Form, written: Form, rules: list[Decide], ordered: bool = False) -> bool:
    if isinstance(gold, Value) and isinstance(written, Value):
        return rules[-1](gold, written)
    if not isinstance(gold, Group) or not isinstance(written, Group):
        return False
    if gold.kind != written.kind or len(gold.parts) != len(written.parts):
        return False
    if ordered or gold.kind not in ",∪" or len(gold.parts) > _MOST:
        pairs = zip(gold.parts, written.parts, strict=True)
        return all(_same_form(left, right, rules) for left, right in pairs)
    return _same_parts(gold.parts, written.parts, rules)


_MOST = 12  # parts of a list that are compared in any order


def _same_parts(gold: tuple[Form, ...], written: tuple[Form, ...], rules: list[Decide]) -> bool:
    left, right = list(gold), list(written)
    for end in range(1, len(rules) + 1):  # by writing first: the other rules take time
        for part in left[:]:
            found = next(
                (place for place, other in enumerate(right) if _same_form(part, other, rules[:end])), None
            )
            if found is not None:
                left.remove(part)
                del right[found]
            elif end == len(rules):
                return False
    return not left


_BASED = re.compile(r"(-?[0-9A-Z.]+)_\{?(\d+)\}?")


def _same_value(gold: Value, written: Value) -> bool | None:
    """Whether two values are the same; None if their writing does not tell."""
    if gold.name and written.name and gold.name != written.name:
        return False
    if gold.unit and written.unit and gold.unit != written.unit:
        return False
    if gold.text == written.text:
        return bool(gold.text)
    if gold.word or written.word:
        mine, theirs = ({folded(value.text), folded(value.text + value.unit)} for value in (gold, written))
        return not mine.isdisjoint(theirs)
    based = [_BASED.fullmatch(value.text) for value in (gold, written)]
    if any(based):  # "101_2" is "101", where that is asked for in base 2, and never 5
        return bool(based[0]) and based[0][1] == written.text
    left, right = _number(gold.text), _number(written.text)
    if left is None or right is None:
        return None
    if left == right:
        return True
    if "percent" in (gold.unit, written.unit) and gold.unit != written.unit:
        return left == right * 100 if gold.unit else right == left * 100
    return False


_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?:(?P<beside>\d{1,40})?\\frac\{(?P<top>[-+]?\d{1,40})\}\{(?P<bottom>[-+]?\d{1,40})\}"
    r"|(?P<decimal>\d{1,40}(?:\.\d{1,40})?)(?:/(?P<under>\d{1,40}))?)"
)


def _number(text: str) -> Fraction | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    under = int(match["bottom"] or match["under"] or 1)
    if not under:
        return None
    value = Fraction(match["decimal"] or match["top"]) / under + int(match["beside"] or 0)
    return -value if match["sign"] == "-" else value


_RELATION = re.compile(r"[=<>]|\\(?:le|ge|ne)(?![a-zA-Z])")


def _whole(gold: Value, written: Value) -> tuple[str, str]:
    """Both values' LaTeX, with their names if either is an equation or an inequality."""
    if any(_RELATION.search(value.text) for value in (gold, written)):
        gold_text, written_text = (
            f"{value.name}={value.text}" if value.name else value.text for value in (gold, written)
        )
        return gold_text, written_text
    return gold.text, written.text


def _relates(gold: Form, written: Form) -> bool:
    """Whether one is an inequality and the other an interval or several."""
    for one, other in ((gold, written), (written, gold)):
        if (
            isinstance(one, Value)
            and isinstance(other, Group)
            and re.search(r"[<>]|\\[lg]e(?![a-z])", one.text)
        ):
            return other.kind in ("()", "[]", "(]", "[)", "∪")
    return False
