"""Which of a log's metrics is imported, and which of them is reported."""

from collections.abc import Sequence

from experiments.importing.rows import ImportingError
from experiments.keys import did_you_mean


class Metrics:
    """The metrics met so far, task by task, of which those wanted are kept.

    A metric may be named in full ("exact_match,strict") or without its filter, where a task has one such.
    """

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = tuple(dict.fromkeys(wanted))
        self._seen: dict[str, dict[str, bool]] = {}
        self._usual: dict[str, str] = {}

    def keep(self, task: str, metric: str, usual: str = "") -> bool:
        """Whether a row is to be imported.

        Args:
            task: The row's task.
            metric: The row's metric.
            usual: The metric that stands for the score where none is wanted; empty for the only one.
        """
        seen = self._seen.setdefault(task, {})
        if metric not in seen:
            self._usual[task] = usual
            wanted = self._wanted or ((usual,) if usual else ())
            seen[metric] = any(_is(metric, name) for name in wanted) if wanted else not seen
        return seen[metric]

    def reported(self) -> dict[str, str]:
        """The metric that each task's score is: the first of those wanted.

        Raises:
            ImportingError: A task has several metrics and none was wanted, none of those wanted, or several
                of one name; the message lists what it has.
        """
        return {task: self._reported(task, seen) for task, seen in self._seen.items()}

    def graders(self) -> dict[str, list[str]]:
        """All metrics kept of each task, the reported one first."""
        return {
            task: list(dict.fromkeys([first, *(metric for metric, kept in self._seen[task].items() if kept)]))
            for task, first in self.reported().items()
        }

    def _reported(self, task: str, seen: dict[str, bool]) -> str:
        names = ", ".join(f"'{name}'" for name in sorted(seen))
        if not self._wanted and self._usual[task] in seen:
            return self._usual[task]
        if not self._wanted:
            if len(seen) > 1:
                raise ImportingError(
                    f"{task} has several metrics: choose one with --metric (may be repeated; the first is "
                    f"reported): {names}"
                )
            return next(iter(seen))
        for name in self._wanted:
            found = [metric for metric in seen if _is(metric, name)]
            if len(found) > 1:
                raise ImportingError(f"--metric {name}: {task} has several of it: {', '.join(found)}")
            if found:
                return found[0]
        hint = did_you_mean(self._wanted[0], seen)
        raise ImportingError(f"{task} has no metric {' or '.join(self._wanted)}{hint}; it has {names}")


def _is(metric: str, name: str) -> bool:
    return name in (metric, metric.split(",", 1)[0])
