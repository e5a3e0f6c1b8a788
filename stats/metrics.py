"""Every sensitivity metric that a table allows, side by side, and why the others cannot be had."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict

import numpy as np
import pandas as pd

from stats.best_case import best_case
from stats.consistency import consistency_rate, flip_rate, jss
from stats.entropy import entropy_sensitivity
from stats.estimate import check_level, record
from stats.grid import Control, split_control
from stats.item_worst import item_worst_case
from stats.measure import Sensitivity
from stats.pss import pss
from stats.sensitivity import sensitivity
from stats.tables import factor_of, numbers
from stats.worst_case import worst_of_k, worst_share
from stats.xparacon import xparacon


class Scored(TypedDict):
    """What every metric of scores takes."""

    value: str
    item: str
    template: str
    control: Control | None
    level: float


class Drawn(Scored):
    """What those with random draws take too."""

    rng: np.random.Generator
    draws: int


class Answered(TypedDict):
    """What every metric of answers takes."""

    answer: str
    item: str
    template: str
    control: Control | None
    level: float


@dataclass(frozen=True)
class Inputs:
    """What `all_metrics` was given.

    Attributes:
        table: One row an answer.
        scored: Arguments of metrics of scores.
        drawn: Arguments of those with random draws.
        answered: Arguments of metrics of answers.
        classes: All classes that an answer can be; None where answers are open, or scores stand in for them.
        reference: The template others are compared with.
        k: Of the worst of k.
        share: Of the worst share.
        higher_is_better: False where scores are errors.
    """

    table: pd.DataFrame
    scored: Scored
    drawn: Drawn
    answered: Answered
    classes: Sequence[Hashable] | None
    reference: Hashable | None
    k: int
    share: float
    higher_is_better: bool


@dataclass(frozen=True)
class Metric:
    """A way to measure sensitivity.

    Attributes:
        names: The metrics it gives.
        compute: Makes them; raises ValueError, with the reason, where the table does not allow it.
    """

    names: tuple[str, ...]
    compute: Callable[[Inputs], Sequence[Sensitivity]]


@dataclass(frozen=True)
class Row:
    """One metric of a table.

    Attributes:
        metric: Its name.
        measure: Its numbers; None where it is not applicable.
        reason: Why it is not; empty where it is.
    """

    metric: str
    measure: Sensitivity | None
    reason: str


@dataclass(frozen=True)
class Metrics:
    """All metrics of a table, applicable ones with numbers, the others with the reason.

    Attributes:
        rows: In the order of `METRICS`.
    """

    rows: tuple[Row, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a metric: name, the fields of `Sensitivity` (empty where not applicable) and the reason."""
        rows = [
            {"metric": row.metric, **(asdict(row.measure) if row.measure else {}), "reason": row.reason}
            for row in self.rows
        ]
        frame = pd.DataFrame(rows)
        return frame[[*(name for name in frame.columns if name != "reason"), "reason"]]

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def all_metrics(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    answer: str | None = None,
    classes: Sequence[Hashable] | None = None,
    reference: Hashable | None = None,
    k: int = 3,
    share: float = 0.25,
    higher_is_better: bool = True,
    control: Control | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 1000,
) -> Metrics:
    """Compute every metric that the table allows.

    They are many views of the same data: choose one before looking, and read "detectable" once. What needs
    other tables is not here: POSIX (`stats.posix`, log-probabilities), pass@k (`stats.passk`, samples of one
    prompt), drops of single templates (`stats.drop_rate.drop_rates`), Cohen's h (`stats.cohen_h`).

    Args:
        table: One row an answer.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        answer: The column of extracted answers; without it agreement is that of scores.
        classes: All classes that an answer can be; without them there is no entropy.
        reference: The template that PDR and JSS compare with; by default that of the first row.
        k: Of the expected worst of k.
        share: Of the mean of the worst share.
        higher_is_better: False where scores are errors.
        control: Repeats of one prompt: a table with the columns `value`, `item` and `answer`, or the name of
            a true/false column that marks such rows in `table`.
        rng: Makes all draws.
        level: Nominal coverage.
        draws: How many draws.

    Raises:
        ValueError: `level` is no coverage. All else that is wrong becomes a reason.
    """
    check_level(level)
    scored = Scored(value=value, item=item, template=template, control=control, level=level)
    given = Inputs(
        table=table,
        scored=scored,
        drawn=Drawn(**scored, rng=rng, draws=draws),
        answered=Answered(answer=answer or value, item=item, template=template, control=control, level=level),
        classes=None if answer is None else classes,
        reference=reference,
        k=k,
        share=share,
        higher_is_better=higher_is_better,
    )
    rows: list[Row] = []
    for metric in METRICS:
        try:
            measures = metric.compute(given)
        except ValueError as error:
            rows += [Row(name, None, str(error)) for name in metric.names]
        else:
            rows += [Row(name, one, "") for name, one in zip(metric.names, measures, strict=True)]
    return Metrics(tuple(rows))


def _templates(given: Inputs) -> Sequence[Sensitivity]:
    return sensitivity(
        given.table, reference=given.reference, higher_is_better=given.higher_is_better, **given.drawn
    )


def _xparacon(given: Inputs) -> Sequence[Sensitivity]:
    return (xparacon(given.table, **given.drawn),)


def _worst(given: Inputs) -> Sequence[Sensitivity]:
    templates = len(factor_of(given.table, given.scored["template"]).levels)
    if templates < given.k:
        raise ValueError(f"takes {given.k} templates or more, and there are {templates}")
    return (worst_of_k(given.table, k=given.k, higher_is_better=given.higher_is_better, **given.drawn),)


def _share(given: Inputs) -> Sequence[Sensitivity]:
    return (
        worst_share(given.table, share=given.share, higher_is_better=given.higher_is_better, **given.drawn),
    )


def _item_worst(given: Inputs) -> Sequence[Sensitivity]:
    rng = given.drawn["rng"]
    return (item_worst_case(given.table, higher_is_better=given.higher_is_better, rng=rng, **given.scored),)


def _best(given: Inputs) -> Sequence[Sensitivity]:
    return best_case(given.table, higher_is_better=given.higher_is_better, **given.drawn)


def _pss(given: Inputs) -> Sequence[Sensitivity]:
    return (pss(given.table, **given.scored).pss,)


def _agreement(given: Inputs) -> Sequence[Sensitivity]:
    if given.answered["answer"] == given.scored["value"]:
        numbers(given.table, given.scored["value"])  # a score that is missing is no answer to agree with
    return (
        flip_rate(given.table, **given.answered),
        consistency_rate(given.table, **given.answered),
        jss(given.table, reference=given.reference, **given.answered),
    )


def _entropy(given: Inputs) -> Sequence[Sensitivity]:
    if given.classes is None:
        raise ValueError("takes answers that are one of a few known classes, as those to multiple choice")
    columns = given.answered
    found = entropy_sensitivity(
        split_control(given.table, columns["control"])[0],
        item=columns["item"],
        template=columns["template"],
        answer=columns["answer"],
        classes=given.classes,
        rng=given.drawn["rng"],
        level=columns["level"],
    )
    return (found,)


METRICS = (
    Metric(("sigma_template", "spread", "pdr"), _templates),
    Metric(("xparacon",), _xparacon),
    Metric(("worst_of_k",), _worst),
    Metric(("cvar",), _share),
    Metric(("item_worst_case",), _item_worst),
    Metric(("max_p", "avg_p", "saturation", "cps"), _best),
    Metric(("pss",), _pss),
    Metric(("flip_rate", "consistency_rate", "jss"), _agreement),
    Metric(("entropy",), _entropy),
)
