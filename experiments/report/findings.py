"""What a run shows: the statistics of its outcomes, model by model and task by task."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.gaps import graded_rows, missing_of, without_dead_cells
from experiments.store.manifest import Manifest, sampled, searched
from perturb.registry import PERTURBATIONS
from stats.compare import Effect, paired_effects
from stats.components import Components, components
from stats.estimate import Estimate
from stats.intervals import Score, item_mean, score
from stats.missing import Missing
from stats.passk import pass_at_k_score
from stats.sensitivity import Sensitivity, sensitivity
from stats.shares import Shares, variance_shares
from stats.tables import UnbalancedError

if TYPE_CHECKING:
    import pandas as pd

FACTORS: Mapping[str, str] = {
    "template": "template",
    "shots": "shots",
    "cot": "chain of thought",
    "form": "prompt form",
    "perturbation": "perturbation",
    "perturbation_seed": "perturbation seed",
    "exemplar_seed": "exemplar seed",
    "temperature": "temperature",
    "top_p": "top p",
    "sampling_seed": "sampling seed",
    "replicate": "replicate",
}
DRAWN = ("template", "exemplar_seed", "perturbation_seed", "sampling_seed", "replicate")
LIVE: Mapping[str, tuple[str, str]] = {
    "exemplar_seed": ("shots", "cells with shots only"),
    "perturbation_seed": ("severity", "perturbed cells only"),
    "sampling_seed": ("sampled", "sampled cells only"),
    "replicate": ("sampled", "sampled cells only"),
    "top_p": ("temperature", "sampled cells only"),
}  # factors that act only where another column is above 0, and what is said when the rest is left out
MINIMUM_ITEMS = 2
PLENTY = 200  # complete items that are enough for variance components of a table too large for REML
MOST_REML = 50_000  # answers up to which REML takes a second or so
PASS_AT_1 = "pass@1"
PASS_AT = (1, 5, 10, 50, 100)
MINIMUM_LEVELS = 2
SEED = 20231001  # of the permutations and bootstraps, so that a report renders the same twice


@dataclass(frozen=True)
class LevelScore:
    """Score at one level of a factor, over the balanced rest of the grid."""

    level: str
    estimate: Estimate


@dataclass(frozen=True)
class FactorFinding:
    """What varying one factor does to one model on one task.

    Attributes:
        factor: Column name.
        title: The factor in words.
        reference: The level that the others are compared with: the first one given.
        levels: Scores, in the order given.
        effects: Paired difference of every other level from the reference, Holm-adjusted.
        sensitivity: How much the factor moves the score, with the noise floor; for factors whose levels are
            draws from many (templates, seeds), else empty.
        note: Anything left out of the comparison; empty if nothing was.
    """

    factor: str
    title: str
    reference: str
    levels: tuple[LevelScore, ...]
    effects: tuple[Effect, ...]
    sensitivity: tuple[Sensitivity, ...]
    note: str = ""

    @property
    def headline(self) -> Sensitivity | None:
        """The sensitivity that carries the verdict."""
        return self.sensitivity[0] if self.sensitivity else None


@dataclass(frozen=True)
class Slice:
    """One model on one task.

    Attributes:
        items: Items that the score rests on.
        compared: Items that every cell graded, on which differences and sensitivities rest.
        dropped: Items left out of those because some cell lacks a grade for them.
        missing: What the requests without a score could change; None where there are none.
        score: Score over all cells; templates as random when there are enough; by REML with gaps.
        factors: The factors that vary, each with what it does.
        components: Where the variance comes from, on the items that every cell graded where they are most of
            them, else by REML; None when neither templates nor seeds vary.
        shares: Which share of the variance is whose, with intervals; None where the table has gaps.
        grid: Mean score by cell, and each cell's factor levels, for the heat map.
        metric: What the score is called ("accuracy", "pass@1").
        pass_at: Pass@k for several k, where code was sampled more than once; else empty.
        sparse: Whether only some template × item pairs were asked, by design: at random, or in a search.
        early: Which items a run that stopped by what it found asked; empty if they were fixed beforehand.
        early_holds: When the interval of such a score holds, to follow that verb.
    """

    model: str
    task: str
    title: str
    items: int
    compared: int
    dropped: int
    missing: Missing | None
    score: Score
    factors: tuple[FactorFinding, ...]
    components: Components | None
    shares: Shares | None
    grid: "pd.DataFrame"
    metric: str = "accuracy"
    pass_at: tuple[tuple[int, Estimate], ...] = ()
    sparse: bool = False
    early: str = ""
    early_holds: str = ""

    def factor(self, name: str) -> FactorFinding | None:
        """A varying factor's finding."""
        return next((finding for finding in self.factors if finding.factor == name), None)


def analyse(outcomes: "pd.DataFrame", manifest: Manifest, level: float) -> tuple[Slice, ...]:
    """Analyses a run's outcomes by the primary grader.

    Args:
        outcomes: The outcomes table.
        manifest: The run's record.
        level: Of every interval.

    Returns:
        One slice for each model and task with at least two items, in the order given on the command line.
    """
    noisy = [cell["index"] for cell in manifest["cells"] if cell["engine_noise"]]
    primary = with_perturbation_label(outcomes[outcomes["primary"]])
    several = [cell["index"] for cell in manifest["cells"] if cell["samples"] > 1]
    primary = primary.assign(
        sampled=(primary["temperature"] > 0) | primary["cell"].isin(noisy),
        several=primary["cell"].isin(several),
    )
    tasks = {task["name"]: task for task in manifest["tasks"]}
    search = searched(manifest)
    sparse = search or sampled(manifest) is not None
    slices: list[Slice] = []
    for (model, task), rows in primary.groupby(["model", "task"], sort=False, observed=True):
        known = tasks.get(str(task), {"title": str(task), "metric": "accuracy"})
        found = _slice(str(model), str(task), known["title"], rows, level, sparse=sparse, searched=search)
        if found is not None:
            passes = _passes(rows, level) if known["metric"] == PASS_AT_1 else ()
            slices.append(replace(found, metric=known["metric"], pass_at=passes))
    return tuple(slices)


def _passes(rows: "pd.DataFrame", level: float) -> tuple[tuple[int, Estimate], ...]:
    """Pass@k for the usual k that there are samples for; samples are drawn within cells alike."""
    complete = complete_rows(rows)
    if complete.empty or complete["cell"].nunique() > 1:
        return ()
    samples = int(complete.groupby("item_id", observed=True)["score"].size().min())
    return tuple(
        (k, pass_at_k_score(complete, value="score", item="item_id", k=k, level=level))
        for k in PASS_AT
        if samples > 1 and k <= samples
    )


def label(factor: str, level: Hashable) -> str:
    """A level as people read it: chain of thought is on or off, 1.0 is 1."""
    if factor == "cot":
        return "on" if level else "off"
    return f"{level:g}" if isinstance(level, float) else str(level)


def with_perturbation_label(outcomes: "pd.DataFrame") -> "pd.DataFrame":
    """Merges a perturbation's name and severity into one level, "typo 0.2", where severities differ.

    A perturbation that does not keep the meaning says so in its level.
    """
    severities = outcomes.groupby("perturbation", observed=True)["severity"].nunique()
    several = set(severities[severities > 1].index.astype(str))
    unlike = {name for name in severities.index.astype(str) if not keeps_meaning(name)}
    if not several and not unlike:
        return outcomes
    names = outcomes["perturbation"].astype(str)
    labels = [
        f"{name}{f' {severity:g}' if name in several else ''}{' (other meaning)' if name in unlike else ''}"
        for name, severity in zip(names, outcomes["severity"], strict=True)
    ]
    return outcomes.assign(perturbation=labels)


def keeps_meaning(perturbation: str) -> bool:
    """Whether a perturbation, or every one of "first+second", keeps what is asked."""
    parts = perturbation.split("+")
    return all(PERTURBATIONS[name].preserves for name in parts if name in PERTURBATIONS)


def varying(rows: "pd.DataFrame") -> tuple[str, ...]:
    """The factors with more than one level, where they act at all."""
    return tuple(factor for factor in FACTORS if _live(rows, factor)[factor].nunique() > 1)


def _live(rows: "pd.DataFrame", factor: str) -> "pd.DataFrame":
    """The rows in which a factor can make a difference: exemplar seeds need exemplars, and so on."""
    return rows[rows[LIVE[factor][0]] > 0] if factor in LIVE else rows


def complete_rows(rows: "pd.DataFrame") -> "pd.DataFrame":
    """The rows of the items that every cell graded.

    A cell in which everything failed says nothing, and must not cost the others' items: it is left out first.
    """
    rows = without_dead_cells(rows)
    graded = rows[rows["score"].notna()]
    cells = graded.groupby("item_id", observed=True)["cell"].nunique()
    return graded[graded["item_id"].isin(cells.index[cells == rows["cell"].nunique()])]


def _slice(
    model: str, task: str, title: str, rows: "pd.DataFrame", level: float, *, sparse: bool, searched: bool
) -> Slice | None:
    complete, graded = complete_rows(rows), graded_rows(rows)
    items, compared = graded["item_id"].nunique(), complete["item_id"].nunique()
    if items < MINIMUM_ITEMS:
        return None
    # A search asks every template the first few items alike, which are not what it is about.
    enough = compared >= MINIMUM_ITEMS and not searched
    factors = varying(complete if enough else graded)
    most = 2 * compared >= items or (compared >= PLENTY and len(graded) > MOST_REML)
    # In a sparse sample variances come with the distribution over templates.
    parts, shares = (None, None) if sparse else _components(complete if most else graded, factors, level)
    shown = complete if enough else graded
    return Slice(
        model=model,
        task=task,
        title=title,
        items=items,
        compared=compared,
        dropped=0 if sparse else rows["item_id"].nunique() - compared,
        missing=None if sparse else missing_of(rows, level),
        score=_score(graded, complete, factors, level),
        factors=tuple(
            _finding(complete, factor, factors, level)
            for factor in factors
            # The samples of one cell are exchangeable: the first of one item is no more like that of another.
            if enough and not (factor == "replicate" and complete["several"].any())
        ),
        components=parts,
        shares=shares,
        grid=shown.groupby(["cell", *FACTORS], observed=True, sort=False)["score"].mean().reset_index(),
        sparse=sparse,
    )


def _score(graded: "pd.DataFrame", complete: "pd.DataFrame", factors: Sequence[str], level: float) -> Score:
    like, _ = comparable(graded, "template", factors)
    if like.empty:
        like = graded
    try:
        return score(like, value="score", item="item_id", template="template", level=level)
    except UnbalancedError as error:
        if complete["item_id"].nunique() >= MINIMUM_ITEMS:
            return _score(complete, graded.iloc[:0], factors, level)
        mean = item_mean(like, value="score", item="item_id", level=level)
        return Score(mean, None, f"no score for other templates can be had: {error}")


def _finding(rows: "pd.DataFrame", factor: str, factors: Sequence[str], level: float) -> FactorFinding:
    like, note = comparable(rows, factor, factors)
    shown = rows if like.empty else like
    levels = list(dict.fromkeys(shown.sort_values("cell", kind="stable")[factor]))
    reference = levels[0]
    several = factor != "template" and shown["template"].nunique() > 1
    templates = "template" if several else None
    compared = not like.empty and len(levels) > 1
    effects = (
        paired_effects(
            like,
            value="score",
            item="item_id",
            factor=factor,
            against=reference,
            template=templates,
            confidence=level,
        )
        if compared
        else ()
    )
    return FactorFinding(
        factor=factor,
        title=FACTORS[factor],
        reference=label(factor, reference),
        levels=tuple(
            LevelScore(label(factor, one), _level_score(group, templates, level))
            for one, group in shown.groupby(factor, sort=False, observed=True)
        ),
        effects=effects,
        sensitivity=_sensitivity(like, factor, reference, level) if compared else (),
        note=note,
    )


def comparable(rows: "pd.DataFrame", factor: str, factors: Sequence[str]) -> tuple["pd.DataFrame", str]:
    """The part of the grid in which every level of a factor meets the same levels of the others.

    Exemplar seeds are compared where there are exemplars, replicates where answers are sampled. Where the
    grid has holes (a failed cell), either the combinations of the other factors that lack a level are left
    out, or the levels that lack a combination: whichever keeps more.

    Returns:
        The rows, none if no two levels share a combination; and what was left out, in words.
    """
    notes: list[str] = []
    live = _live(rows, factor)
    if len(live) < len(rows):
        notes.append(LIVE[factor][1])
        rows = live
    others = [other for other in factors if other != factor]
    if not others:
        return rows, "; ".join(notes)
    combination = rows.groupby(others, observed=True, sort=False).ngroup()
    met = rows.groupby(combination)[factor].transform("nunique")
    has = combination.groupby(rows[factor], observed=True).transform("nunique")
    whole_combinations = rows[met == rows[factor].nunique()]
    whole_levels = rows[has == combination.nunique()]
    if whole_levels[factor].nunique() < MINIMUM_LEVELS or len(whole_combinations) >= len(whole_levels):
        kept = whole_combinations
    else:
        kept = whole_levels
    if kept.empty:
        notes.append("no two levels were run under the same conditions, so they are not compared")
    elif len(kept) < len(rows):
        left_out = rows["cell"].nunique() - kept["cell"].nunique()
        lost = [label(factor, one) for one in dict.fromkeys(rows[factor]) if one not in set(kept[factor])]
        names = f" ({factor} {', '.join(lost)})" if lost else ""
        notes.append(
            f"{left_out} of {rows['cell'].nunique()} cells left out, whose counterparts are missing{names}"
        )
    return kept, "; ".join(notes)


def _level_score(rows: "pd.DataFrame", templates: str | None, level: float) -> Estimate:
    if templates is not None and rows["template"].nunique() > 1:
        scored = score(rows, value="score", item="item_id", template=templates, level=level)
        return scored.crossed or scored.fixed
    return item_mean(rows, value="score", item="item_id", level=level)


def _sensitivity(
    rows: "pd.DataFrame", factor: str, reference: Hashable, level: float
) -> tuple[Sensitivity, ...]:
    if factor not in DRAWN:
        return ()
    rng = np.random.default_rng(SEED)
    return sensitivity(
        rows, value="score", item="item_id", template=factor, reference=reference, rng=rng, level=level
    )


def _components(
    rows: "pd.DataFrame", factors: Sequence[str], level: float
) -> tuple[Components | None, Shares | None]:
    """Items × templates (× exemplar seeds); fixed factors are averaged over, replicates are the residual."""
    crossed = [factor for factor in ("template", "exemplar_seed") if factor in factors]
    for factor in crossed:
        rows, _ = comparable(rows, factor, factors)
    repeats = [
        factor
        for factor in ("sampling_seed", "replicate")
        if factor in factors and bool(rows["sampled"].all())
    ]
    axes = ["item_id", *crossed]
    if not crossed or rows.empty or any(rows[axis].nunique() < MINIMUM_LEVELS for axis in axes):
        return None, None
    cells = rows.groupby([*axes, *repeats], observed=True)["score"].mean().reset_index()
    if len(cells) < math.prod(cells[name].nunique() for name in axes) / 2:
        return None, None
    found = components(cells, value="score", factors=axes, level=level)
    if found.method != "EMS":
        return found, None
    rng = np.random.default_rng(SEED)
    return found, variance_shares(cells, value="score", factors=axes, rng=rng, level=level)
