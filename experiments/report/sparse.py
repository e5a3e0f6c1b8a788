"""The distribution of a score over templates, of a run that asked a sparse sample of the pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.conditions import REPEATS
from experiments.report.findings import FACTORS, SEED, Slice, label, varying, with_perturbation_label
from experiments.report.gaps import graded_rows
from experiments.report.numerals import interval, many, percent, points
from experiments.report.sentences import Kind, Sentence
from experiments.store.manifest import Manifest, sampled
from stats.components import components
from stats.estimate import Estimate
from stats.multiprompt import MultiPrompt, multiprompt
from stats.reml import NotConvergedError

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
DRAWS = 800


@dataclass(frozen=True)
class Distribution:
    """One model on one task under one condition, over templates.

    Attributes:
        model: The model.
        task: The task.
        title: The task as people write it.
        condition: The levels of the other factors that vary, in words; empty if none does.
        asked: Template × item pairs with a score.
        pairs: All there are, of the items that were asked at all.
        found: What asking all of them would have given; None where `reason` says why it cannot be had.
        sigma: Standard deviation between templates by REML, items and templates random; None likewise.
        reason: Why there are no numbers; empty if there are.
    """

    model: str
    task: str
    title: str
    condition: str
    asked: int
    pairs: int
    found: MultiPrompt | None
    sigma: Estimate | None
    reason: str = ""

    @property
    def quantiles(self) -> Mapping[float, Estimate]:
        """By level; empty where there are none."""
        return {} if self.found is None else self.found.quantiles


def distributions(
    outcomes: "pd.DataFrame", slices: Sequence[Slice], manifest: Manifest, level: float
) -> tuple[Distribution, ...]:
    """The distribution over templates of every analysed model and task, each condition by itself.

    Args:
        outcomes: The outcomes table, without the control arm.
        slices: What was analysed.
        manifest: The run's record.
        level: Of the intervals.

    Returns:
        Empty unless the run is a sparse sample.
    """
    if sampled(manifest) is None:
        return ()
    primary = with_perturbation_label(outcomes[outcomes["primary"]])
    primary = primary.assign(sampled=primary["temperature"] > 0)
    found: list[Distribution] = []
    for one in slices:
        rows = graded_rows(primary[(primary["model"] == one.model) & (primary["task"] == one.task)])
        others = [name for name in varying(rows) if name != "template" and name not in REPEATS]
        groups = rows.groupby(others, observed=True, sort=False) if others else [("", rows)]
        for _, group in groups:
            first = group.iloc[0]
            condition = ", ".join(f"{FACTORS[name]} {label(name, first[name])}" for name in others)
            found.append(_distribution(one, condition, group, level))
    return tuple(found)


def _distribution(one: Slice, condition: str, rows: "pd.DataFrame", level: float) -> Distribution:
    cells = rows.groupby(["template", "item_id"], observed=True)["score"].mean().reset_index()
    pairs = cells["template"].nunique() * cells["item_id"].nunique()
    about = (one.model, one.task, one.title, condition, len(cells), pairs)
    try:
        found = multiprompt(
            cells,
            value="score",
            item="item_id",
            template="template",
            quantiles=QUANTILES,
            rng=np.random.default_rng(SEED),
            level=level,
            draws=DRAWS,
        )
        parts = components(
            cells, value="score", factors=["item_id", "template"], order=1, method="reml", level=level
        )
    except (ValueError, NotConvergedError) as error:
        return Distribution(*about, None, None, str(error))
    return Distribution(*about, found, parts.sigma("template"))


def distribution_sentence(one: Distribution) -> Sentence:
    """Where four of five templates lie, and the middle one."""
    about = f"on {one.title}{f' ({one.condition})' if one.condition else ''}"
    if one.found is None or one.sigma is None:
        text = f"The distribution of {one.model} {about} over templates cannot be estimated: {one.reason}."
        return Sentence(text, Kind.caution, 1.0, None, one.model, one.task, "template")
    low, middle, high = (one.found.quantiles[q] for q in (0.1, 0.5, 0.9))
    n = len(one.found.rows)
    text = (
        f"With the middle four fifths of {many(n, 'template')}, {one.model} scores between "
        f"{percent(low.value)} {interval(low)} and {percent(high.value)} {interval(high)} {about}; the "
        f"median is {percent(middle.value)} {interval(middle)}."
    )
    detectable = one.sigma.low > 0
    tie = "" if detectable else ", which cannot be told from 0"
    more = (
        f"Estimated from a sparse sample: {percent(one.asked / one.pairs)} of the {many(one.pairs, 'pair')} "
        "of template and item. Another template of this kind would typically score "
        f"±{points(one.sigma.value)} away {interval(one.sigma)}{tie}."
    )
    return Sentence(
        text, Kind.distribution, high.value - low.value, detectable, one.model, one.task, "template", more
    )
