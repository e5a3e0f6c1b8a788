"""The answer: the cheapest design, what it costs, what it rests on, and what more items cannot do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.planning.cost import Cost, total
from experiments.planning.evidence import Evidence
from experiments.planning.questions import Bars, Question, unlucky, wanted
from experiments.planning.recipe import commands
from experiments.planning.search import (
    LEAST_ITEMS,
    Room,
    cheapest,
    items_needed,
    more_of_both,
    seeds_needed,
    templates_needed,
)
from experiments.planning.subject import Subject
from experiments.planning.wanted import Wanted

CURVES = 4  # numbers of templates drawn
POINTS, FEW_POINTS = 12, 6  # numbers of items of each, and where each takes a simulation


@dataclass(frozen=True)
class Design:
    """A design that does.

    Attributes:
        sizes: Levels of each factor.
        requests: Of all models and settings.
        cost: Of these requests.
        reach: What it is expected to have of what is wanted.
        bound: What no number of items can better.
    """

    sizes: Mapping[str, int]
    requests: int
    cost: Cost
    reach: float
    bound: float


@dataclass(frozen=True)
class Shortfall:
    """Why no design does.

    Attributes:
        reach: What the largest design comes to.
        bound: What no number of items could better, with its templates.
        templates: Fewest templates that would do, with all else; None where more than 1,000 would be needed.
        items: Fewest items that would do, with all else; None where no number would.
        seeds: Fewest exemplar seeds that would do, with all else; None above 1,000, or where not varied.
        both: A design with more of both, where neither alone would do; None where there is none.
    """

    reach: float
    bound: float
    templates: int | None
    items: int | None
    seeds: int | None
    both: Mapping[str, int] | None


@dataclass(frozen=True)
class Found:
    """What the search found, for one state of what is known."""

    evidence: Evidence
    design: Design | None
    shortfall: Shortfall | None


@dataclass(frozen=True)
class Line:
    """What designs with one number of templates come to.

    Attributes:
        templates: The number.
        points: Pairs of items and reach.
        bound: What no number of items can better.
    """

    templates: int
    points: tuple[tuple[int, float], ...]
    bound: float


@dataclass(frozen=True)
class Answer:
    """What is planned for one subject.

    Attributes:
        question: What was asked.
        bars: What counts as an answer.
        subject: Of whom.
        found: With what is known.
        unlucky: With σ between templates at the worse end of its interval; None where there is none.
        lines: The curve.
        commands: Ready to paste; none where no design does, or the models are not known.
    """

    question: Question
    bars: Bars
    subject: Subject
    found: Found
    unlucky: Found | None
    lines: tuple[Line, ...]
    commands: tuple[str, ...]

    @property
    def target(self) -> Wanted:
        """What is wanted."""
        return wanted(self.question, self.found.evidence, self.bars)


def answer(question: Question, subject: Subject, bars: Bars) -> Answer:
    """Plans for one subject."""
    found = _find(question, subject, subject.evidence, bars)
    worse = unlucky(question, subject.evidence)
    sizes = found.design.sizes if found.design else None
    return Answer(
        question=question,
        bars=bars,
        subject=subject,
        found=found,
        unlucky=None if worse is None else _find(question, subject, worse, bars),
        lines=curve(wanted(question, subject.evidence, bars), subject.room, sizes),
        commands=commands(subject.recipes, sizes) if sizes and subject.recipes else (),
    )


def _find(question: Question, subject: Subject, evidence: Evidence, bars: Bars) -> Found:
    target, room = wanted(question, evidence, bars), subject.room
    sizes = cheapest(target, room)
    if sizes is None:
        return Found(evidence, None, _shortfall(target, room))
    each = subject.conditions
    for count in sizes.values():
        each *= count
    design = Design(
        sizes,
        each * len(subject.costs),
        total(cost.times(each) for cost in subject.costs),
        target.sure(sizes),
        target.bound(sizes),
    )
    return Found(evidence, design, None)


def _shortfall(target: Wanted, room: Room) -> Shortfall:
    alone = templates_needed(target, room), items_needed(target, room), seeds_needed(target, room)
    both = more_of_both(target, room) if alone == (None, None, None) else None
    return Shortfall(target.sure(room.whole), target.bound(room.whole), *alone, both)


def curve(target: Wanted, room: Room, sizes: Mapping[str, int] | None) -> tuple[Line, ...]:
    """What designs with few and many templates come to, from few items to all.

    Args:
        target: What is wanted.
        room: The most there is.
        sizes: The design found, whose templates are among those drawn; None for the largest.
    """
    rest = sizes or room.whole
    middle = round((room.least_templates * room.templates) ** 0.5)
    numbers = sorted({room.least_templates, middle, rest["template"], room.templates})[-CURVES:]
    counts = grown(min(LEAST_ITEMS, room.items), room.items, FEW_POINTS if target.simulated else POINTS)
    lines: list[Line] = []
    for number in numbers:
        design = {**rest, "template": number}
        points = tuple((count, _reach(target, room, {**design, "item": count})) for count in counts)
        lines.append(Line(number, points, target.bound(design)))
    return tuple(lines)


def _reach(target: Wanted, room: Room, sizes: Mapping[str, int]) -> float:
    """Of a point of the curve: of the largest design, the number that the words give."""
    return target.sure(sizes) if sizes == room.whole else target.reach(sizes)


def grown(least: int, most: int, number: int) -> Sequence[int]:
    """Whole numbers from the least to the most, each about as many times the last."""
    if most <= least:
        return (most,)
    ratio = (most / least) ** (1 / (number - 1))
    return tuple(dict.fromkeys([*(round(least * ratio**step) for step in range(number - 1)), most]))
