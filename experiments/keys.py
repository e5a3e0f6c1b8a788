"""The configuration's keys as dotted names, and the nearest of them to one that does not exist."""

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from experiments.schema import LabConfig

FREE = "free"  # a mapping whose keys are the user's own
LEAF = "leaf"


@cache
def fields_of(schema: type) -> Mapping[str, Any]:
    """The fields of a schema dataclass.

    Returns:
        Each field's name with what is below it: another dataclass, `FREE` or `LEAF`.
    """
    hints = typing.get_type_hints(schema)
    return {field.name: _below(hints[field.name]) for field in dataclasses.fields(schema)}


@cache
def known_keys() -> tuple[str, ...]:
    """Every dotted key of the configuration, sections ("model") as well as values ("model.name")."""
    return tuple(_walk(LabConfig, ""))


def unknown_keys(container: Mapping[str, Any]) -> list[str]:
    """The dotted keys of a composed configuration that its schema does not have.

    Args:
        container: The job's configuration as plain dictionaries.

    Returns:
        In the order met; keys inside free mappings are never among them.
    """
    return list(_unknown(container, LabConfig, ""))


def free_section(key: str) -> bool:
    """Whether a dotted key is, or lies inside, a mapping of the user's own keys (model.vllm.engine.x)."""
    schema: Any = LabConfig
    for part in key.split("."):
        if schema == FREE:
            return True
        if schema == LEAF or part not in fields_of(schema):
            return False
        schema = fields_of(schema)[part]
    return schema == FREE


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The names most like one that does not exist, the likeliest first.

    A dotted name is compared as a whole and by its last part, so that the right value under the wrong section
    is found too: "model.temprature" finds "sampling.temperature".

    Args:
        name: What was written.
        known: The names there are; parts are separated by a dot or a slash.
        most: Most names returned, those about as good as the best.

    Returns:
        None at all if nothing is alike.
    """
    scored = sorted(
        ((_likeness(name, other), other) for other in known), key=lambda pair: (-pair[0], pair[1])
    )
    if not scored or scored[0][0] < 1.2:
        return []
    return [other for score, other in scored[:most] if score > scored[0][0] - 0.15]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`nearest` as the end of a sentence: "; did you mean 'a' or 'b'?", or nothing."""
    names = [f"'{other}'" for other in nearest(name, known)]
    if not names:
        return ""
    return f"; did you mean {' or '.join([', '.join(names[:-1]), names[-1]] if names[1:] else names)}?"


def _likeness(name: str, other: str) -> float:
    last, other_last = name.replace("/", ".").split(".")[-1], other.replace("/", ".").split(".")[-1]
    return _ratio(name, other) + _ratio(last, other_last)


def _ratio(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a.lower(), b.lower()).ratio()


def _below(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(_below(option) for option in typing.get_args(hint) if option is not type(None))
    if dataclasses.is_dataclass(hint):
        return hint
    return FREE if typing.get_origin(hint) is dict else LEAF


def _walk(schema: type, prefix: str) -> Iterable[str]:
    for name, below in fields_of(schema).items():
        yield prefix + name
        if below not in (FREE, LEAF):
            yield from _walk(below, f"{prefix}{name}.")


def _unknown(container: Mapping[str, Any], schema: type, prefix: str) -> Iterable[str]:
    known = fields_of(schema)
    for name, value in container.items():
        if name not in known:
            yield f"{prefix}{name}"
        elif isinstance(value, dict) and known[name] not in (FREE, LEAF):
            yield from _unknown(typing.cast("dict[str, Any]", value), known[name], f"{prefix}{name}.")
