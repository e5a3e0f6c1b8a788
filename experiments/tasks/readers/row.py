"""A data set's row and its fields, read with errors that name the field and what was expected of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard, cast

from perturb.item import Item

Row = Mapping[str, Any]

_SHOWN = 120  # characters of a wrong value in a message


class RowError(ValueError):
    """A row that cannot become an item; the message says which field is wrong and what was expected."""


class SkipRow(Exception):
    """A row that the benchmark itself gives no usable answer to, or that is not to be asked; says why."""


def wrong(row: Row, field: str, expected: str) -> RowError:
    """The error of a field that is not as expected."""
    return RowError(f"field {field!r} is {repr(row.get(field))[:_SHOWN]}, expected {expected}")


def text(row: Row, field: str) -> str:
    """A field's text, as it stands.

    Raises:
        RowError: It is no text or a blank one.
    """
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise wrong(row, field, "a text that is not empty")
    return value


def optional(row: Row, field: str) -> str:
    """A field's text without white space around it; empty where there is none."""
    value = row.get(field)
    return value.strip() if isinstance(value, str) else ""


def texts(row: Row, field: str) -> tuple[str, ...]:
    """A field's list of texts, as they stand.

    Raises:
        RowError: It is no list, an empty one, or holds something else than texts.
    """
    value = row.get(field)
    if not is_list(value) or not value or not all(isinstance(each, str) for each in value):
        raise wrong(row, field, "a list of texts, at least one")
    return tuple(value)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a sequence other than a text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def mapping(row: Row, field: str, *, holds: str) -> Row:
    """A field that is a mapping.

    Args:
        row: The row.
        field: Its field.
        holds: What the mapping should hold, for the message.

    Raises:
        RowError: It is none.
    """
    value = row.get(field)
    if not isinstance(value, Mapping):
        raise wrong(row, field, f"a mapping with {holds}")
    return cast(Row, value)


def unique(answers: Iterable[str]) -> tuple[str, ...]:
    """Texts without the blank ones and without repetitions, in the order they first come."""
    return tuple(dict.fromkeys(answer for answer in answers if answer.strip()))


def position(row: Row, field: str, n: int) -> int:
    """A field that names one of n options, by a letter from A on or by a number from 0 on.

    Raises:
        RowError: It names none of them.
    """
    value = row.get(field)
    index = -1
    if isinstance(value, int) and not isinstance(value, bool):
        index = value
    elif isinstance(value, str) and len(value.strip()) == 1:
        mark = value.strip()
        index = int(mark) if mark in "0123456789" else ord(mark) - ord("A")
    if not 0 <= index < n:
        raise wrong(row, field, f"a letter from A to {chr(ord('A') + n - 1)} or a number from 0 to {n - 1}")
    return index


def one_right(
    item_id: str,
    question: str,
    choices: tuple[str, ...],
    gold: int,
    *,
    subject: str,
    passage: str = "",
    solution: str = "",
) -> tuple[Item]:
    """A multiple-choice item with one right option, as a reader gives it."""
    return (
        Item(
            id=item_id,
            question=question.strip(),
            answers=(choices[gold],),
            choices=choices,
            gold=gold,
            solution=solution,
            passage=passage,
            subject=subject,
        ),
    )
