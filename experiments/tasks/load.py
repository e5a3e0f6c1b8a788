"""Loading a benchmark: rows from its source, made into items by its reader."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.keys import did_you_mean
from experiments.schema import AnswerType, SourceConfig, TaskConfig
from experiments.tasks.readers import READERS, SkipRow
from experiments.tasks.source import Part, TaskError, read_source
from experiments.tasks.subset import subset
from perturb import exemplars
from perturb.item import Item

__all__ = ["Task", "TaskError", "load_task"]


@dataclass(frozen=True, slots=True)
class Task:
    """A loaded benchmark.

    Attributes:
        items: What is asked: all of the split, or the configured random subset, in the split's order.
        pool: Where exemplars come from; never holds a question of the split, or where exemplars are drawn
            within subjects, none of its subject's.
        fingerprint: Hash of the items, so that two runs can tell whether they asked the same.
        skipped: The rows of the split that the benchmark itself leaves without a usable reference, each as
            one line that says where it is and what it lacks.
    """

    name: str
    items: tuple[Item, ...]
    pool: tuple[Item, ...]
    fingerprint: str
    skipped: tuple[str, ...] = ()


def load_task(config: TaskConfig, *, with_pool: bool) -> Task:
    """Loads a benchmark.

    Args:
        config: The task's configuration.
        with_pool: Whether the few-shot source is needed as well.

    Raises:
        TaskError: If the data cannot be had or a row is wrong.
    """
    asked, skipped = _items(config, config.source, "source")
    if not asked:
        raise TaskError(f"task {config.name}: split {config.source.split!r} is empty")
    pool: tuple[Item, ...] = ()
    if with_pool and config.fewshot is not None:
        pool = _apart(config, _items(config, config.fewshot, "fewshot")[0], asked)
    items = subset(asked, config.limit, config.subset_seed)
    return Task(config.name, items, pool, _fingerprint(items), skipped)


def _items(config: TaskConfig, source: SourceConfig, key: str) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The items of a source, and the rows that were skipped."""
    items: list[Item] = []
    skipped: list[str] = []
    found: dict[str, str] = {}
    for part in read_source(config, source, key):
        read = list(_read(config, source, key, part, skipped))
        for item, where in read if part.subject else _wanted(config, key, read):
            if item.id in found:
                raise TaskError(
                    f"task {config.name}: {found[item.id]} and {where} have the same id {item.id!r}"
                )
            found[item.id] = where
            items.append(item)
    return tuple(items), tuple(skipped)


def _read(
    config: TaskConfig, source: SourceConfig, key: str, part: Part, skipped: list[str]
) -> Iterable[tuple[Item, str]]:
    """Makes a part's rows into items, each with its place for messages."""
    reader = READERS[source.reader.value]
    # Exemplars are numbered apart, so that an id tells which of two rows with the same number it is of.
    prefix = "-".join(filter(None, (config.name, part.subject, "shot" if key == "fewshot" else "")))
    for number, row in enumerate(part.rows, 1):
        where = f"{part.where}, row {number}"
        try:
            read = list(reader(row, f"{prefix}-{number}", part.subject))
        except SkipRow as reason:
            skipped.append(f"{where}: {reason}")
            continue
        except KeyError as missing:
            raise TaskError(f"task {config.name}, {where}: no field {missing}") from None
        except ValueError as error:
            raise TaskError(f"task {config.name}, {where}: {error}") from None
        for item in read:
            if not item.answers and config.answer_type is not AnswerType.text:
                raise TaskError(f"task {config.name}, {where}: item {item.id!r} has no answer")
            yield _placed(config, item, part.subject), where


def _placed(config: TaskConfig, item: Item, subject: str) -> Item:
    """The item with its subject, and with the subject's name in prompts."""
    subject = item.subject or subject
    if not subject:
        return item
    topic = item.topic or config.topics.get(subject, subject.replace("_", " ").replace("-", " "))
    return dataclasses.replace(item, subject=subject, topic=topic)


def _wanted(config: TaskConfig, key: str, read: Sequence[tuple[Item, str]]) -> Iterable[tuple[Item, str]]:
    """The rows of a file of several subjects that are of the task's; all, if it lists none."""
    if not config.subjects:
        return read
    there = {item.subject for item, _ in read}
    for subject in config.subjects if key == "source" else ():
        if subject not in there:
            raise TaskError(
                f"task {config.name}: no row is of subject {subject!r} (task.subjects)"
                f"{did_you_mean(subject, there)}"
            )
    # An exemplar without a subject goes with any question.
    return [(item, where) for item, where in read if not item.subject or item.subject in config.subjects]


def _apart(config: TaskConfig, pool: Sequence[Item], asked: Sequence[Item]) -> tuple[Item, ...]:
    """The exemplars that give away no answer to a question that they are shown before."""
    # What another subject asks is not given away. MMLU repeats questions so, and has no exemplar to spare.
    questions = by_subject(config, asked)
    return tuple(
        kept
        for subject, mine in by_subject(config, pool).items()
        for kept in exemplars.apart(mine, questions.get(subject, []))
    )


def by_subject(config: TaskConfig, items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items in the groups within which exemplars are shown: by subject, or all in one."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(shots_from(config, item), []).append(item)
    return groups


def shots_from(config: TaskConfig, item: Item) -> str:
    """The group of `by_subject` that an item belongs to."""
    return item.subject if config.shots_by_subject else ""


def _fingerprint(items: Iterable[Item]) -> str:
    digest = hashlib.sha256()
    for item in items:
        described: list[Any] = [item.id, item.question, item.answers, item.choices]
        # Left out where empty, so that a task without them has the fingerprint it always had.
        more = {
            "passage": item.passage,
            "subject": item.subject,
            "topic": item.topic,
            "golds": item.golds,
            "program": item.program and dataclasses.astuple(item.program),
        }
        held = {name: value for name, value in more.items() if value}
        digest.update(json.dumps([*described, held] if held else described).encode())
    return digest.hexdigest()[:16]
