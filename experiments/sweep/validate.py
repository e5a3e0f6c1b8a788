"""`fathom validate`: is a benchmark as its manifest has it, and are its golds graded right, and no others?"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.grading.grade import Case, Status, grade_many
from experiments.grading.registry import GRADERS
from experiments.models.protocol import Completion
from experiments.schema import LabConfig
from experiments.sweep.ask import exemplars_for, template_of
from experiments.sweep.compose import ComposedCell
from experiments.sweep.outcomes import available_cores
from experiments.tasks.load import Task, TaskError, by_subject, load_task
from experiments.tasks.manifest import check_file
from experiments.tasks.source import local_files
from perturb.exemplars import clashes
from perturb.item import Item
from perturb.template import Template, answer_of, render

SHUFFLED = 1000  # wrong golds tried on each task and grader
TOLERATED = 0.005  # share of a benchmark's golds that may be exceptions
NAMED = 5  # exceptions named, of each kind


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a benchmark, or an exception worth a look.

    Attributes:
        what: In words, the item named.
        fatal: Whether it makes the benchmark unfit.
    """

    what: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Validation:
    """What checking one benchmark came to.

    Attributes:
        task: Its name.
        items: Items asked.
        skipped: Rows that the benchmark itself leaves without a usable gold.
        pool: Items that exemplars are drawn from.
        golds: Gold answers graded correct, by grader, bare and after a worked solution, of `items`.
        shuffled: Wrong golds graded correct, by grader, and how many of those coincide with a right one.
        findings: What is wrong or exceptional.
        seconds: Time taken.
    """

    task: str
    items: int
    skipped: int
    pool: int
    golds: dict[str, int]
    shuffled: dict[str, tuple[int, int]]
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def fit(self) -> bool:
        """Whether nothing fatal was found."""
        return not any(finding.fatal for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Validated:
    """What checking all of them came to."""

    exit_code: int


def validate_cells(cells: Sequence[ComposedCell], folder: Path) -> Validated:
    """Checks the task of every cell, in the cell's template, and prints a table.

    Args:
        cells: One for each task.
        folder: Not used.
    """
    console, fit = Console(), True
    table = Table(box=None, pad_edge=False)
    table.add_column("task")
    for title in ("items", "skipped", "exemplars", "golds right", "wrong golds taken", "seconds"):
        table.add_column(title, justify="right")
    table.add_column("")
    found: list[Validation | str] = []
    with console.status("") as status:
        for cell in cells:
            status.update(f"checking {cell.config.task.name}")
            try:
                result = validate(cell.config)
            except TaskError as error:
                found.append(str(error))
                fit = False
                continue
            found.append(result)
            fit = fit and result.fit
            table.add_row(*_row(result))
    console.print(table)
    for result in found:
        if isinstance(result, str):
            console.print(f"✗ {result}", markup=False, highlight=False, soft_wrap=True)
            continue
        for finding in result.findings:
            mark = "✗" if finding.fatal else "·"
            console.print(
                f"{mark} {result.task}: {finding.what}", markup=False, highlight=False, soft_wrap=True
            )
    return Validated(0 if fit else 1)


def _row(result: Validation) -> tuple[str, ...]:
    worst = min(result.golds.values(), default=None)
    taken = max((wrong - alike for wrong, alike in result.shuffled.values()), default=None)
    return (
        result.task,
        f"{result.items:,}",
        f"{result.skipped:,}",
        f"{result.pool:,}",
        "–" if worst is None else f"{worst:,}",
        "–" if taken is None else f"{taken:,} of {SHUFFLED:,}",
        f"{result.seconds:.1f}",
        "ok" if result.fit else "NOT FIT",
    )


def validate(config: LabConfig) -> Validation:
    """Checks one benchmark.

    Loads it and its few-shot source; looks for empty texts and for exemplars that are asked; phrases every
    gold answer as the template would have it, with and without chain of thought, and grades it with every
    grader of its type; and does the same with golds of other items, which must not be taken.

    Args:
        config: A cell with the task, and the template in which answers are phrased.

    Raises:
        TaskError: The benchmark cannot be had.
    """
    began = time.monotonic()
    task = load_task(config.task, with_pool=config.task.fewshot is not None)
    template = template_of(config.template)
    findings = [*_changed_files(config), *_empty(task), *_leaks(config, task)]
    golds: dict[str, int] = {}
    shuffled: dict[str, tuple[int, int]] = {}
    kind = config.task.answer_type.value
    graders = {
        name: grader
        for name, grader in GRADERS.items()
        if kind in grader.answer_types and grader.ask is None and not grader.likelihood
    }
    asked_of = task.items if graders else ()  # a text to be continued freely has no gold
    golden = [
        _Tried([_Answered(template, item, item, cot) for item in asked_of])
        for cot in ((False, True) if template.answer_cot else (False,))
    ]
    wrong = _Tried([_Answered(template, *pair, cot=False) for pair in _wrong_golds(asked_of)])
    for name, grader in graders.items():
        grader.check()
        for asked, worked in zip(golden, ("", ", worked"), strict=False):
            missed = asked.by(name, taken=False)
            golds[f"{name}{worked}"] = len(asked.answered) - len(missed)
            findings.extend(_exceptions(name, asked, missed))
        accepted = wrong.by(name, taken=True)
        strangers = [one for one in accepted if not coincide(one.item, one.answered)]
        shuffled[name] = (len(accepted), len(accepted) - len(strangers))
        findings.extend(
            Finding(
                f"{name} takes {_short(one.text)} for {one.item.id}, where {_short(one.right)} is right",
                fatal=not grader.lenient,
            )
            for one in strangers[:NAMED]
        )
    skipped = (Finding(f"skipped: {why}", fatal=False) for why in task.skipped[:NAMED])
    return Validation(
        task=config.task.name,
        items=len(task.items),
        skipped=len(task.skipped),
        pool=len(task.pool),
        golds=golds,
        shuffled=shuffled,
        findings=(*skipped, *findings),
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True)
class _Answered:
    """An item answered with the gold of an item: its own or another's."""

    template: Template
    item: Item
    answered: Item
    cot: bool

    @property
    def text(self) -> str:
        worked = replace(self.answered, solution="One thing leads to another.")
        return answer_of(self.template, worked, cot=self.cot)

    @property
    def right(self) -> str:
        return answer_of(self.template, self.item, cot=False)

    @property
    def case(self) -> Case:
        prompt = render(self.template, self.item, (), cot=self.cot, form="completion")
        return Case(Completion("", self.text, "stop"), self.item, prompt)


class _Tried:
    """Answers to be tried on several graders; their prompts are rendered once."""

    def __init__(self, answered: Sequence[_Answered]) -> None:
        self.answered = answered
        self._cases = [one.case for one in answered]

    def by(self, grader: str, *, taken: bool) -> list[_Answered]:
        """Those that a grader takes for right, or those that it does not."""
        grades = grade_many(grader, self._cases, available_cores())
        return [
            one
            for one, grade in zip(self.answered, grades, strict=True)
            if (grade.status is Status.correct) is taken
        ]


def _exceptions(name: str, asked: _Tried, missed: Sequence[_Answered]) -> Iterator[Finding]:
    """The golds that a grader does not take; fatal when they are too many."""
    number = len(asked.answered)
    how = f"{name}{' after a worked solution' if asked.answered and asked.answered[0].cot else ''}"
    if len(missed) > TOLERATED * number:
        yield Finding(f"{how} takes only {number - len(missed):,} of {number:,} golds", fatal=True)
    for one in missed[:NAMED]:
        yield Finding(f"{how} does not take the gold of {one.item.id}: {_short(one.right)}", fatal=False)


def _empty(task: Task) -> Iterator[Finding]:
    everything = (*task.items, *task.pool)
    empty = [
        item
        for item in everything
        if not all(text.strip() for text in (item.question, *item.choices, *item.answers))
    ]
    for item in empty[:NAMED]:
        yield Finding(
            f"{item.id} has an empty question, option or answer",
            fatal=len(empty) > TOLERATED * len(everything),
        )


def _leaks(config: LabConfig, task: Task) -> Iterator[Finding]:
    """Exemplars that are asked, and subjects with too few of them for the aligned setting."""
    asked = by_subject(config.task, task.items)
    for subject, pool in by_subject(config.task, task.pool).items():
        for item in clashes(pool, asked.get(subject, [])):
            yield Finding(f"exemplar {item.id} is also asked", fatal=True)
    shown = exemplars_for(replace(config, shots=config.task.aligned.shots), task)
    try:
        for item in task.items:
            shown(item)
    except ValueError as error:
        yield Finding(f"aligned setting: {error}", fatal=True)


def _changed_files(config: LabConfig) -> Iterator[Finding]:
    """Local files whose content is not what the folder's manifest says."""
    if config.task.data_dir is None:
        return
    root = Path(config.task.data_dir).expanduser()
    for key, source in (("source", config.task.source), ("fewshot", config.task.fewshot)):
        if source is not None and source.local is not None:
            for path in local_files(config.task, source, key).values():
                wrong = check_file(root, path.relative_to(root).as_posix())
                if wrong is not None:
                    yield Finding(wrong, fatal=True)


def _wrong_golds(items: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Items, each with one whose answer is to be tried on it: with options, itself with another gold."""
    rng = np.random.default_rng(0)
    pairs: list[tuple[Item, Item]] = []
    for place in rng.integers(len(items), size=SHUFFLED) if items else ():
        item = items[place]
        if item.gold is not None:
            other = (item.gold + 1 + int(rng.integers(len(item.choices) - 1))) % len(item.choices)
            pairs.append((item, replace(item, gold=other)))
        elif item.golds:
            others = tuple(index for index in range(len(item.choices)) if index not in item.golds)
            pairs.append((item, replace(item, golds=others or item.golds[:1])))
        else:
            pairs.append((item, _alike(items, rng, item)))
    return pairs


def _alike(items: Sequence[Item], rng: np.random.Generator, item: Item) -> Item:
    """Another item that has no options either."""
    while True:
        other = items[int(rng.integers(len(items)))]
        if other.id != item.id and not other.choices:
            return other


def coincide(item: Item, other: Item) -> bool:
    """Whether the preferred answer of one item happens to be right for another."""
    if item.choices:
        rights = [[one.choices[index] for index in one.right] for one in (item, other)]
        return rights[0] == rights[1]
    answer = _plain(other.answers[0])
    return answer in {_plain(accepted) for accepted in item.answers}


def _plain(text: str) -> str:
    """A text without case, punctuation and articles."""
    words = "".join(character if character.isalnum() else " " for character in text.casefold()).split()
    return " ".join(word for word in words if word not in ("a", "an", "the"))


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
