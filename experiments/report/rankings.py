"""Which of two models is better, and how often templates and items like these would turn that round."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.report.draws import affordable
from experiments.report.findings import (
    MINIMUM_ITEMS,
    MINIMUM_LEVELS,
    SEED,
    Slice,
    comparable,
    complete_rows,
    varying,
    with_perturbation_label,
)
from experiments.report.numerals import SPACE, many, percent, points
from experiments.report.sentences import Kind, Sentence
from stats.intervals import FEWEST_TEMPLATES
from stats.ranks import Ranking, ranking

if TYPE_CHECKING:
    import pandas as pd

MOST_DRAWS, LEAST_DRAWS = 2000, 500
MOST_DRAWN = 10_000_000  # weights drawn, which take about half a second


@dataclass(frozen=True)
class Pair:
    """Two models on one task.

    Attributes:
        above: The model with the higher mean.
        below: The other.
        difference: Of their means.
        above_wins: Probability that the first scores more, items and templates drawn anew; a tie counts half.
        turns: Probability that the order turns round: 1 - `above_wins`.
        templates_turned: Templates run with which the second scores more.
        templates: Templates run.
    """

    above: str
    below: str
    difference: float
    above_wins: float
    turns: float
    templates_turned: int
    templates: int


@dataclass(frozen=True)
class TaskRanking:
    """The models of one task, ranked.

    Attributes:
        task: The task.
        title: The task as people write it.
        ranking: The ranking, as the statistics give it.
        pairs: Every two models, those most likely to turn round first.
    """

    task: str
    title: str
    ranking: Ranking
    pairs: tuple[Pair, ...]


def rankings(outcomes: "pd.DataFrame", slices: Sequence[Slice], level: float) -> tuple[TaskRanking, ...]:
    """Ranks the models of every task, on the items that each graded under the same conditions.

    Args:
        outcomes: The outcomes table, without the control arm.
        slices: What was analysed.
        level: Of the intervals.

    Returns:
        One ranking for each task with two or more models, 3 or more templates and 2 or more common items.
    """
    primary = with_perturbation_label(outcomes[outcomes["primary"]])
    primary = primary.assign(sampled=primary["temperature"] > 0)
    found: list[TaskRanking] = []
    for task in dict.fromkeys(one.task for one in slices):
        mine = [one for one in slices if one.task == task]
        if len(mine) < MINIMUM_LEVELS:
            continue
        ranked = _rank(primary[primary["task"] == task], mine, level)
        if ranked is not None:
            found.append(ranked)
    return tuple(found)


def _rank(primary: "pd.DataFrame", mine: Sequence[Slice], level: float) -> TaskRanking | None:
    import pandas as pd

    each = [complete_rows(primary[primary["model"] == one.model]) for one in mine]
    items = set.intersection(*(set(rows["item_id"]) for rows in each))
    rows = pd.concat([rows[rows["item_id"].isin(items)] for rows in each], ignore_index=True)
    factors = varying(rows)
    like, _ = comparable(rows, "model", factors)
    models, templates = like["model"].nunique(), like["template"].nunique()
    if len(items) < MINIMUM_ITEMS or models < MINIMUM_LEVELS or templates < FEWEST_TEMPLATES:
        return None
    found = ranking(
        like,
        value="score",
        item="item_id",
        template="template",
        factor="model",
        rng=np.random.default_rng(SEED),
        level=level,
        draws=affordable(len(items), MOST_DRAWN, least=LEAST_DRAWS, most=MOST_DRAWS),
    )
    means = like.groupby(["model", "template"], observed=True)["score"].mean()
    by_model = {model: means[model] for model in like["model"].unique()}
    pairs = tuple(
        Pair(
            above=str(pair.above),
            below=str(pair.below),
            difference=pair.difference,
            above_wins=1 - pair.probability,
            turns=pair.probability,
            templates_turned=int((by_model[pair.below] > by_model[pair.above]).sum()),
            templates=templates,
        )
        for pair in found.reversals
    )
    return TaskRanking(mine[0].task, mine[0].title, found, pairs)


def ranking_sentence(one: TaskRanking) -> Sentence:
    """How stable a ranking is."""
    closest = one.pairs[0]
    if closest.difference == 0:
        return _tied(one, closest)
    sure = (
        f"{closest.above} scores {points(closest.difference)} more than {closest.below} on {one.title}; with "
        f"other items and other templates like these it would again with probability "
        f"{percent(closest.above_wins)}, and the order turns round in {percent(closest.turns)}"
    )
    turned = (
        f" ({closest.below} is ahead with {closest.templates_turned} of the "
        f"{many(closest.templates, 'template')} run)"
    )
    if len(one.pairs) == 1:
        text = f"{sure}{turned}."
    else:
        text = (
            f"The ranking of {len(one.ranking.rows)} models on {one.title} would come out the same with "
            f"probability {percent(one.ranking.same)} (Kendall's τ {one.ranking.tau:.2f}). The closest two: "
            f"{sure}{turned}."
        )
    needed = one.ranking.templates_needed
    certain = f"{100 * one.ranking.certainty:g}{SPACE}%"
    items = many(one.ranking.n["item_id"], "item")
    rests = f"This rests on the {items} that every model has a grade for in every cell."
    order = "this order" if len(one.pairs) == 1 else "such a ranking"
    would = "would already" if needed is not None and needed <= closest.templates else "would"
    more = (
        f"{rests} {many(needed, 'template')} with as many items {would} make {order} {certain} certain."
        if needed is not None
        else f"{rests} Even 100 templates with as many items would not make {order} {certain} certain."
    )
    return Sentence(text, Kind.ranking, closest.turns, None, "", one.task, "model", more)


def _tied(one: TaskRanking, closest: Pair) -> Sentence:
    """Of a ranking in which two have the same score: they have no order that could come out again."""
    text = f"{closest.above} and {closest.below} have the same score on {one.title}, and so no order."
    if len(one.pairs) > 1:
        text = f"{text[:-1]}; the table of pairs says how sure that of the other models is."
    return Sentence(text, Kind.ranking, closest.turns, None, "", one.task, "model", "")
