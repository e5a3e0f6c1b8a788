"""Levels of factors as the command line and tables give them."""

from collections.abc import Callable, Mapping
from typing import Any

from experiments.importing.rows import ImportingError
from experiments.keys import did_you_mean

_ON, _OFF = ("on", "true", "yes", "1", "1.0"), ("off", "false", "no", "0", "0.0")


def _switch(word: str) -> bool:
    if word.lower() not in (*_ON, *_OFF):
        raise ValueError(word)
    return word.lower() in _ON


def _count(word: str) -> int:
    number = float(word)
    if number < 0 or number != int(number):
        raise ValueError(word)
    return int(number)


def _form(word: str) -> str:
    if word not in ("completion", "chat"):
        raise ValueError(word)
    return word


_PARSERS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "model": (str, "a name"),
    "task": (str, "a name"),
    "template": (str, "a name"),
    "form": (_form, "completion or chat"),
    "shots": (_count, "a whole number"),
    "cot": (_switch, "on or off"),
    "exemplar_seed": (_count, "a whole number"),
    "perturbation": (str, "a name, or none"),
    "temperature": (float, "a number"),
    "replicate": (_count, "a whole number"),
}
FACTORS = tuple(_PARSERS)


def level(factor: str, word: str, where: str) -> Any:
    """A level of a factor, as the tables hold it.

    Args:
        factor: One of `FACTORS`.
        word: As written.
        where: Where it stands, for the error.

    Raises:
        ImportingError: There is no such factor, or it has no such level.
    """
    if factor not in _PARSERS:
        hint = did_you_mean(factor, FACTORS) or f"; there are {', '.join(FACTORS)}"
        raise ImportingError(f"{where}: there is no factor {factor!r}{hint}")
    parse, expected = _PARSERS[factor]
    try:
        return parse(word)
    except ValueError:
        raise ImportingError(f"{where}: {factor} is {word!r}, expected {expected}") from None
