"""From pilots to what a plan rests on: the report's own variance components, of scores and of differences."""

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.planning.errors import PlanError
from experiments.planning.evidence import Evidence, Part
from experiments.planning.pilot import Pilot
from stats.components import Components, components
from stats.design import variances_of
from stats.intervals import FEWEST_TEMPLATES
from stats.stability import template_spreads

if TYPE_CHECKING:
    import pandas as pd


def of_scores(pilot: Pilot, level: float) -> Evidence:
    """Components of one model's scores."""
    return Evidence((part_of(pilot.name, pilot.answers, pilot.axes, level),), level=level)


def of_difference(above: Pilot, below: Pilot, level: float) -> Evidence:
    """Components of the paired differences of two models.

    Raises:
        PlanError: They were not asked alike.
    """
    return Evidence((_difference(above, below, level),), level=level)


def of_alike(pilot: Pilot, shared: float, level: float) -> Evidence:
    """Components of differences where one model is known, and another like it is expected.

    Args:
        pilot: The known model.
        shared: Share of the item and template effects that both models have in common.
        level: Coverage of the interval of σ.
    """
    one = of_scores(pilot, level).first
    return Evidence((doubled(one, shared),), level=level)


def doubled(one: Part, shared: float) -> Part:
    """What the differences of two models alike consist of: twice what they do not share; all of the noise."""
    own = 2 * (1 - shared)

    def of_two(sigma: float | None) -> float | None:
        return None if sigma is None else math.sqrt(own) * sigma

    noise = max(one.variances, key=lambda term: (term == "residual", len(term)))
    variances = {term: variance * (2 if term == noise else own) for term, variance in one.variances.items()}
    return Part(
        f"a model like it − {one.name}",
        0.0,
        variances,
        math.sqrt(own) * one.sigma,
        of_two(one.low),
        of_two(one.high),
    )


def of_stability(pilots: Sequence[Pilot], shared: float, level: float) -> Evidence:
    """Components of one model's scores, or of two models' as if both had the mean of their components.

    Args:
        pilots: One or two.
        shared: Correlation of their template effects, where there is one pilot; two tell it.
        level: Coverage of the interval of σ.
    """
    parts = [of_scores(pilot, level).first for pilot in pilots]
    if len(pilots) == 1:
        return Evidence((parts[0],), shared, level)
    _check_alike(*pilots)
    terms = dict.fromkeys(term for part in parts for term in part.variances)
    mean = Part(
        " and ".join(part.name for part in parts),
        float(np.mean([part.mean for part in parts])),
        {term: float(np.mean([part.variances.get(term, 0.0) for part in parts])) for term in terms},
        math.sqrt(np.mean([part.sigma**2 for part in parts])),
        math.sqrt(np.mean([(part.low or 0.0) ** 2 for part in parts])),
        math.sqrt(np.mean([(part.high or 0.0) ** 2 for part in parts])),
    )
    spreads = template_spreads(*_grids(pilots[0], pilots[1]))
    product = math.prod(spreads.components)
    correlation = spreads.covariance / math.sqrt(product) if product else 0.0
    return Evidence((mean,), min(max(correlation, 0.0), 0.95), level)


def of_ranking(pilots: Sequence[Pilot], level: float) -> Evidence:
    """Components of the differences of every two neighbours in the ranking, best first.

    Raises:
        PlanError: There are fewer than 2 models, two have the same score, or they were not asked alike.
    """
    if len(pilots) < 2:
        raise PlanError("a ranking needs a pilot of 2 models or more: add a run, or state --mean of each")
    ranked = sorted(pilots, key=lambda pilot: -float(pilot.answers["score"].mean()))
    parts = [_difference(above, below, level) for above, below in itertools.pairwise(ranked)]
    for part in parts:
        if part.mean <= 0:
            raise PlanError(f"{part.name}: both have the same score, and no order to be sure of")
    return Evidence(tuple(parts), level=level)


def _difference(above: Pilot, below: Pilot, level: float) -> Part:
    axes = _check_alike(above, below)
    keys = [*axes, *(["replicate"] if above.sampled and below.sampled else [])]
    left, right = (
        pilot.answers.groupby(keys, observed=True)["score"].mean().reset_index() for pilot in (above, below)
    )
    both = left.merge(right, on=keys, suffixes=("", "_below"))
    if both.empty or any(both[axis].nunique() < 2 for axis in axes):
        raise PlanError(f"{above.name} and {below.name} share no items and templates: nothing is paired")
    differences = both.assign(score=both["score"] - both["score_below"])
    return part_of(f"{above.side.model} − {below.side.model} on {above.title}", differences, axes, level)


def _check_alike(above: Pilot, below: Pilot) -> tuple[str, ...]:
    """The axes that two pilots share, or an error where they were asked under other settings."""
    if above.axes != below.axes or above.settings != below.settings:
        raise PlanError(
            f"{above.side.name} and {below.side.name} were not asked {above.title} under the same settings; "
            f"fathom compare {below.side.folder} --baseline {above.side.folder} names what differs"
        )
    return above.axes


def part_of(name: str, rows: "pd.DataFrame", axes: Sequence[str], level: float) -> Part:
    """Components of a table of scores, or of differences.

    Args:
        name: What it is of.
        rows: One row an answer, with a column `score`.
        axes: The factors: `item`, `template`, maybe `exemplar_seed`.
        level: Coverage of the interval of σ.
    """
    found: Components = components(rows, value="score", factors=axes, level=level)
    sigma = found.sigma("template")
    low, high = (None if math.isnan(end) else end for end in (sigma.low, sigma.high))
    return Part(name, float(rows["score"].mean()), variances_of(found), sigma.value, low, high)


def _grids(one: Pilot, other: Pilot) -> tuple["np.ndarray", "np.ndarray"]:
    """Scores of both by item and template, on the items and templates that both have in full."""
    tables = [
        pilot.answers.pivot_table(index="item", columns="template", values="score", observed=True)
        for pilot in (one, other)
    ]
    names = [name for name in tables[0].columns if name in tables[1].columns]
    whole = [table[names].dropna() for table in tables]
    items = whole[0].index.intersection(whole[1].index)
    if len(names) < FEWEST_TEMPLATES or len(items) < 2:
        raise PlanError(f"{one.name} and {other.name} share too few items and templates to be compared")
    above, below = (table.loc[items].to_numpy() for table in whole)
    return above, below
