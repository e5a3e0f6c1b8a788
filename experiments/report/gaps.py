"""Requests without a score: which answers a score can rest on, and how far the missing ones could move it."""

from typing import TYPE_CHECKING

import numpy as np

from experiments.report.numerals import count, hundredths, many, percent
from experiments.store.manifest import Manifest, sampled
from stats.missing import Missing, missing_bounds

if TYPE_CHECKING:
    import pandas as pd

SEED = 20240229  # of the draws of the sensitivities, so that a report renders the same twice
DRAWS = 300


def without_dead_cells(rows: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of the cells in which anything was graded: one that failed whole says nothing of an item."""
    return rows[rows.groupby("cell", observed=True)["score"].transform("count") > 0]


def graded_rows(rows: "pd.DataFrame") -> "pd.DataFrame":
    """The graded answers that a score rests on where some requests failed.

    An item × template that lacks one of the template's conditions (5 shots, say) is left out of all of them,
    or its mean would be that of other conditions than its neighbours'. Without failures all rows are there.
    """
    rows = without_dead_cells(rows)
    graded = rows[rows["score"].notna()]
    if len(graded) == len(rows):
        return rows
    conditions = rows.groupby("template", observed=True)["cell"].nunique()
    has = graded.groupby(["item_id", "template"], observed=True)["cell"].transform("nunique")
    return graded[has == graded["template"].map(conditions).astype(int)]


def missing_of(rows: "pd.DataFrame", level: float) -> Missing | None:
    """What the requests without a score could change; None where all have one, or only one cell was run.

    Args:
        rows: The reported outcomes of one model and task.
        level: Of the intervals.
    """
    rows = without_dead_cells(rows)
    factor = "template" if rows["template"].nunique() > 1 else "cell"
    if rows["score"].notna().all() or rows[factor].nunique() < 2 or rows["item_id"].nunique() < 2:
        return None
    rng = np.random.default_rng(SEED)
    return missing_bounds(
        rows, value="score", item="item_id", template=factor, rng=rng, level=level, draws=DRAWS
    )


def missing_note(where: str, missing: Missing | None, items: int, compared: int, dropped: int) -> str:
    """What a reader must know of failed requests; empty where there are none.

    Args:
        where: The model and task, in words.
        missing: What failed; None where bounds cannot be had.
        items: Items that the score rests on.
        compared: Items graded in every cell.
        dropped: Items that were not.
    """
    if not dropped:
        return ""
    rest = (
        f"differences and sensitivities rest on the {many(compared, 'item')} graded in every cell"
        if compared > 1
        else "levels are not compared, as fewer than two items were graded in every cell"
    )
    text = (
        f"{where}: {many(dropped, 'item')} {'lacks' if dropped == 1 else 'lack'} a grade in some cell. The "
        f"score rests on {many(items, 'item')}; {rest}."
    )
    if missing is None:
        return text
    (least, most), (narrow, wide) = missing.score_bounds, missing.spread_bounds
    by = "template" if len(missing.by_template) > 1 else "cell"
    warning = f" Warning: {missing.warning}." if missing.warning else ""
    return (
        f"{text} {count(missing.failed)} of {many(missing.requests, 'request')} "
        f"({percent(missing.share)}) failed: were all of them wrong, the mean would be {percent(least)}, all "
        f"right, {percent(most)}; whatever they were, best minus worst {by} lies between "
        f"{hundredths(narrow)} and {hundredths(wide)} points.{warning}"
    )


def sample_note(manifest: Manifest) -> str:
    """What a reader of a sparse run must know; empty for a run that asked everything."""
    share = sampled(manifest)
    if share is None:
        return ""
    return (
        f"This run asked a random {percent(share)} of the template × item pairs and left the others out by "
        f"design (sweep.sample={share:g}, sweep.seed={manifest['sweep']['seed']}). Scores rest on the pairs "
        "asked, by REML; an item that no template was asked does not count. Whatever compares levels on the "
        "same items (sensitivities with their noise floor, flips, rankings, categories, graders) needs every "
        "item with every template, and is not in this report."
    )
