"""One attempt against many: pass@k of the code models, and what alignment cost of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.baselines.changes import Change, adjusted
from experiments.baselines.facts import Facts
from experiments.baselines.rows import BaselineRow, figure_change, published_rows

SOURCE = "code_perf.png"
BASE = "code-davinci-002"
ALIGNED = ("text-davinci-002", "text-davinci-003", "gpt-3.5-turbo-0301")  # from the base, in this order


@dataclass(frozen=True)
class PassRow:
    """One model's pass@k on one benchmark.

    Attributes:
        model: Whose.
        task: On what.
        at: The figures by k, the smallest first.
    """

    model: str
    task: str
    at: Mapping[int, BaselineRow]


@dataclass(frozen=True)
class AlignmentTax:
    """From a base model to one aligned from it: what became of one attempt, and of many.

    Attributes:
        task: The benchmark.
        k: The largest k printed.
        first: The change of pass@1.
        most: The change of pass@k; p values of both adjusted for all that are compared.
    """

    task: str
    k: int
    first: Change
    most: Change

    @property
    def taxed(self) -> bool:
        """Whether one attempt got better and many got worse, by the printed figures."""
        return self.first.points > 0 > self.most.points


def pass_table(facts: Facts, level: float = 0.95) -> tuple[PassRow, ...]:
    """Pass@k of every code model, by benchmark and model as printed.

    The problems are the items; the intervals bound the variance of the problems' pass rates.

    Args:
        facts: The published figures.
        level: Nominal coverage of the intervals.
    """
    found: dict[tuple[str, str], dict[int, BaselineRow]] = {}
    for task in dict.fromkeys(one.task for one in facts.scores if one.source == SOURCE):
        for row in published_rows(task, repeats=True, level=level, facts=facts):
            if row.figure.source == SOURCE:
                k = int(row.figure.metric.removeprefix("pass@"))
                found.setdefault((task, row.figure.model), {})[k] = row
    return tuple(PassRow(model, task, dict(sorted(at.items()))) for (task, model), at in found.items())


def alignment_tax(facts: Facts, level: float = 0.95) -> tuple[AlignmentTax, ...]:
    """What pass@1 gained and pass@k lost from code-davinci-002 to each model aligned from it.

    Args:
        facts: The published figures.
        level: Nominal coverage of the intervals.
    """
    rows = {(row.task, row.model): row for row in pass_table(facts, level)}
    pairs = [(task, aligned) for task, model in rows if model == BASE for aligned in ALIGNED]
    most = {task: max(rows[task, BASE].at) for task, _ in pairs}
    changes = adjusted(
        [
            figure_change(facts, rows[task, BASE].at[k].figure, rows[task, aligned].at[k].figure, level)
            for task, aligned in pairs
            for k in (1, most[task])
        ]
    )
    return tuple(
        AlignmentTax(task, most[task], changes[2 * place], changes[2 * place + 1])
        for place, (task, _) in enumerate(pairs)
    )
