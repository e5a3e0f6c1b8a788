"""Failed requests are not wrong answers: how far they could move a score and its sensitivity."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stats.estimate import Estimate, FloatArray, check_level, record
from stats.intervals import score
from stats.measure import Sensitivity
from stats.sensitivity import sensitivity
from stats.tables import cells, column, factor_of

MOST_FAILED = 0.01  # above this share of failed requests a warning is due


@dataclass(frozen=True)
class Scenario:
    """The numbers under one way to treat failed requests.

    Attributes:
        name: "dropped" (items with a failed request are left out), "all wrong" or "all right".
        items: How many items are left.
        score: The mean, items and templates random where there are enough, else items.
        sigma: Sensitivity as `sigma_template`.
        spread: Sensitivity as best minus worst template.
    """

    name: str
    items: int
    score: Estimate
    sigma: Sensitivity
    spread: Sensitivity


@dataclass(frozen=True)
class Missing:
    """What failed, and what it could change.

    Attributes:
        failed: How many requests have no score.
        requests: How many there are.
        share: `failed` / `requests`.
        by_template: The share of failed requests with each template.
        scenarios: The numbers when failures are dropped, all wrong, and all right; without the first where no
            two items are complete.
        score_bounds: Least and greatest mean score that any outcome of the failed requests would give.
        spread_bounds: Between them lies the raw spread (best minus worst template mean) under any outcome.
        warning: What the reader should be told; empty up to 1 % of failures.
    """

    failed: int
    requests: int
    share: float
    by_template: Mapping[Hashable, float]
    scenarios: tuple[Scenario, ...]
    score_bounds: tuple[float, float]
    spread_bounds: tuple[float, float]
    warning: str

    def to_frame(self) -> pd.DataFrame:
        """One row a scenario: score and sensitivities with their intervals."""
        rows = [
            {
                "scenario": one.name,
                "items": one.items,
                **{f"score_{name}": getattr(one.score, name) for name in ("value", "low", "high")},
                **{f"sigma_{name}": getattr(one.sigma, name) for name in ("corrected", "low", "high")},
                **{f"spread_{name}": getattr(one.spread, name) for name in ("raw", "corrected")},
                "detectable": one.sigma.detectable,
            }
            for one in self.scenarios
        ]
        return pd.DataFrame(rows)

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def missing_bounds(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    failed: str | None = None,
    lowest: float = 0.0,
    highest: float = 1.0,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 1000,
) -> Missing:
    """Score and sensitivity with failed requests dropped, all wrong and all right, and their bounds.

    A request failed where `failed` is true or, without that column, `value` is empty; an item × template cell
    without any row counts as one failed request. Nothing is assumed about why they failed: the bounds hold
    for every outcome (Manski 1990, American Economic Review 80:319). "All wrong" and "all right" do not bound
    a sensitivity, as failures may help one template and harm another; `spread_bounds` does. "Dropped" is
    unbiased only if failing has nothing to do with the score.

    Args:
        table: One row a request.
        value: The column of scores, empty (NaN) where a request failed.
        item: The column that names the item.
        template: The column that names the template.
        failed: A true/false column that marks failed requests, whose scores are then ignored.
        lowest: The score of a wrong answer.
        highest: The score of a right one.
        rng: Makes the draws of the sensitivities.
        level: Nominal coverage.
        draws: How many.

    Raises:
        ValueError: Every request failed, a score lies outside [lowest, highest], there are fewer than 2
            templates or items, or a column is missing.
    """
    check_level(level)
    given = column(table, value).astype(float)
    lost = given.isna() if failed is None else column(table, failed).astype(bool)
    if lost.all():
        raise ValueError("every request failed: there is no score at all")
    known = given[~lost]
    if known.isna().any():
        raise ValueError(f"column {value!r} is empty in {int(known.isna().sum())} rows that did not fail")
    if known.min() < lowest or known.max() > highest:
        raise ValueError(f"column {value!r} has scores outside [{lowest:g}, {highest:g}]")
    rows = table[[item, template]].assign(**{value: given.where(~lost)})
    rows = pd.concat([rows, _absent(rows, value, item, template)], ignore_index=True)
    empty = rows[value].isna()

    def scenario(name: str, kept: pd.DataFrame) -> Scenario:
        mean = score(kept, value=value, item=item, template=template, level=level)
        sigma, spread, _ = sensitivity(
            kept, value=value, item=item, template=template, rng=rng, level=level, draws=draws
        )
        return Scenario(name, kept[item].nunique(), mean.crossed or mean.fixed, sigma, spread)

    filled = {
        name: rows.assign(**{value: rows[value].fillna(at)})
        for name, at in (("all wrong", lowest), ("all right", highest))
    }
    complete = rows[~rows[item].isin(rows.loc[empty, item])]
    scenarios = [scenario("dropped", complete)] if complete[item].nunique() >= 2 else []
    scenarios += [scenario(name, one) for name, one in filled.items()]
    least, most = (_template_means(one, value, item, template) for one in filled.values())
    share = float(empty.mean())
    codes = factor_of(rows, template)
    shares = np.bincount(codes.codes, weights=empty.astype(float)) / np.bincount(codes.codes)
    by_template = dict(zip(codes.levels, shares.tolist(), strict=True))
    return Missing(
        failed=int(empty.sum()),
        requests=len(rows),
        share=share,
        by_template=by_template,
        scenarios=tuple(scenarios),
        score_bounds=(float(least.mean()), float(most.mean())),
        spread_bounds=(max(0.0, float(least.max() - most.min())), _widest(least, most)),
        warning=_warning(share, by_template, len(scenarios) < 3),
    )


def _absent(rows: pd.DataFrame, value: str, item: str, template: str) -> pd.DataFrame:
    """A row without a score for every item × template cell that has none."""
    folded = cells(rows.assign(**{value: 0.0}), value=value, factors=(item, template))
    gaps = np.argwhere(folded.count == 0)
    return pd.DataFrame(
        {
            name: pd.Series([folded.levels[axis][index] for index in gaps[:, axis]], dtype=rows[name].dtype)
            for axis, name in enumerate((item, template))
        }
    )


def _template_means(rows: pd.DataFrame, value: str, item: str, template: str) -> FloatArray:
    """Every template's mean, each cell counting once."""
    return cells(rows, value=value, factors=(item, template)).mean.mean(axis=0)


def _widest(least: FloatArray, most: FloatArray) -> float:
    """The greatest difference of two templates, one at its most and another at its least."""
    differences = most[:, None] - least[None]
    np.fill_diagonal(differences, -np.inf)
    return float(max(differences.max(), 0.0))


def _warning(share: float, by_template: Mapping[Hashable, float], incomplete: bool) -> str:
    if share <= MOST_FAILED:
        return ""
    worst = max(by_template, key=lambda name: by_template[name])
    text = (
        f"{100 * share:.1f} % of requests failed, {100 * by_template[worst]:.1f} % of those with {worst}: "
        "run them again"
    )
    if incomplete:
        return f"{text}; fewer than two items are complete"
    return f"{text}, or read every number with the bounds"
