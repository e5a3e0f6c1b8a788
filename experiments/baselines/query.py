"""Which published figures are asked for: `task=triviaqa,drop model=gpt-4*`."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.baselines.facts import Facts, UnknownName, load
from experiments.baselines.rows import BaselineRow, published_rows

KEYS = ("task", "model")


@dataclass(frozen=True)
class Query:
    """What is asked for.

    Attributes:
        tasks: Benchmarks, in the order of the tables.
        models: Models, in the order of the tables.
    """

    tasks: tuple[str, ...]
    models: tuple[str, ...]


def parse(words: Iterable[str], facts: Facts) -> Query:
    """Reads filters; a key that is not given stands for all.

    Args:
        words: Each KEY=VALUE with one or more values, separated by commas; a value may hold *, ? and [].
        facts: The published figures.

    Raises:
        UnknownName: A key, benchmark or model is not known; the message has the nearest that is.
    """
    from experiments.keys import did_you_mean

    wanted: dict[str, list[str]] = {}
    for word in words:
        key, equals, values = word.partition("=")
        if not equals or key not in KEYS:
            hint = did_you_mean(key, KEYS) or f"; expected {' or '.join(f'{known}=…' for known in KEYS)}"
            raise UnknownName(f"'{word}' is no filter of published figures{hint}")
        wanted.setdefault(key, []).extend(value.strip() for value in values.split(","))
    tasks = {name for value in wanted.get("task", ["*"]) for name in _tasks(value, facts)}
    models = {name for value in wanted.get("model", ["*"]) for name in _models(value, facts)}
    return Query(
        tuple(task for task in facts.benchmarks if task in tasks),
        tuple(model for model in facts.models if model in models),
    )


def select(query: Query, facts: Facts, *, every: bool = False, level: float = 0.95) -> list[BaselineRow]:
    """The figures asked for, by benchmark and, within it, by setting and model.

    Args:
        query: What is asked for.
        facts: The published figures.
        every: Whether superseded figures come too, and each for every table that prints it.
        level: Nominal coverage of the intervals.
    """
    models = list(facts.models)
    return [
        row
        for task in query.tasks
        for row in sorted(
            published_rows(task, current=None if every else True, repeats=every, level=level, facts=facts),
            key=lambda row: models.index(row.figure.model),
        )
        if row.figure.model in query.models
    ]


def suggestions(word: str) -> list[str]:
    """What a filter that was begun may become: keys, then values after the last comma."""
    key, equals, values = word.partition("=")
    if not equals:
        return [f"{known}=" for known in KEYS]
    facts = load()
    known = {"task": list(facts.benchmarks), "model": list(facts.models)}.get(key, [])
    before = values.rpartition(",")[0]
    return [f"{key}={before}{',' if before else ''}{name}" for name in known if " " not in name]


def _tasks(value: str, facts: Facts) -> Sequence[str]:
    if not _is_pattern(value):
        return [facts.benchmark(value).task]
    found = [
        one.task
        for one in facts.benchmarks.values()
        if any(_fits(name, value) for name in (one.task, one.title))
    ]
    return found or _nothing("benchmark", value, facts.benchmarks)


def _models(value: str, facts: Facts) -> Sequence[str]:
    if not _is_pattern(value):
        return [facts.model(value).model]
    return [name for name in facts.models if _fits(name, value)] or _nothing("model", value, facts.models)


def _is_pattern(value: str) -> bool:
    return any(character in value for character in "*?[")


def _fits(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


def _nothing(what: str, pattern: str, known: Iterable[str]) -> Sequence[str]:
    raise UnknownName(f"no {what} with published figures fits '{pattern}'; there are: {', '.join(known)}")
