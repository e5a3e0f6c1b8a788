"""The seesaw: which tasks rose and which fell from one version of a model to the next."""

from collections.abc import Iterable
from dataclasses import dataclass

from experiments.baselines.changes import Change, adjusted, change
from experiments.baselines.results import Result
from stats.estimate import check_level


@dataclass(frozen=True)
class Seesaw:
    """What came of every task from one version of a model to another.

    Attributes:
        before: The one version.
        after: The other.
        changes: By task, in the order given, p values adjusted.
        missing: Tasks only one of them has a score on.
        level: Coverage of the intervals; 1 - level is the rate of false findings allowed.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    level: float

    @property
    def rose(self) -> tuple[Change, ...]:
        """The tasks on which it got better, told apart from no change."""
        return tuple(one for one in self.changes if one.told_apart(self.level) and one.gain > 0)

    @property
    def fell(self) -> tuple[Change, ...]:
        """The tasks on which it got worse, told apart from no change."""
        return tuple(one for one in self.changes if one.told_apart(self.level) and one.gain < 0)

    @property
    def undecided(self) -> tuple[Change, ...]:
        """The tasks on which sampling alone may be why they differ, or of which no interval is known."""
        return tuple(one for one in self.changes if not one.told_apart(self.level))


def seesaw(results: Iterable[Result], before: str, after: str, level: float = 0.95) -> Seesaw:
    """Which tasks rose and which fell from one version of a model to another.

    The unpaired differences of `change`, their p values adjusted over the tasks (`adjusted`). Tasks have no
    items in common, so that they are independent, as the method wants it.

    Args:
        results: Scores of both versions, at most one a model and task; others are left aside.
        before: The one version.
        after: The other.
        level: Coverage of the intervals, and 1 - the rate of false findings.

    Raises:
        ValueError: A version has no score at all, or two on one task.
    """
    check_level(level)
    table = list(results)
    first, second = _by_task(table, before), _by_task(table, after)
    changes = adjusted([change(first[task], second[task], level) for task in first if task in second])
    return Seesaw(before, after, changes, tuple(sorted(first.keys() ^ second.keys())), level)


def _by_task(results: Iterable[Result], model: str) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for result in results:
        if result.model == model:
            if result.task in found:
                raise ValueError(f"{model} has two scores on {result.task}; one is needed")
            found[result.task] = result
    if not found:
        raise ValueError(f"{model} has no score in this table")
    return found
