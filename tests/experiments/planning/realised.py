"""What sweeps of a planned design really show, by the statistics that users call on them."""

import numpy as np
import pandas as pd

from experiments.planning.questions import Bars, Question
from stats.compare import paired_effect
from stats.components import components
from stats.equivalence import equivalence
from stats.intervals import score
from stats.stability import stability
from tests.experiments.planning.worlds import World


def shown(
    question: Question, bars: Bars, world: World, items: int, templates: int, rng: np.random.Generator
) -> float:
    """What one sweep shows: half a width, or whether (1 or 0) what was wanted is found."""
    table = world.draw(rng, items, templates)
    if question is Question.score:
        found = score(table, value="score", item="item", template="template", level=bars.level).crossed
        assert found is not None
        return (found.high - found.low) / 2
    if question is Question.factors:
        sigma = components(table, value="score", factors=["item", "template"], level=bars.level)
        ends = sigma.sigma("template")
        return (ends.high - ends.low) / 2
    if question is Question.ranking:
        means = table.groupby("model")["score"].mean()
        return float(
            list(means.sort_values(ascending=False).index) == list(np.argsort(-np.array(world.means)))
        )
    return float(_compared(question, bars, table, rng))


def _compared(question: Question, bars: Bars, table: pd.DataFrame, rng: np.random.Generator) -> bool:
    alpha = 1 - bars.level
    if question is Question.better:
        effect = paired_effect(
            table, value="score", item="item", factor="model", level=0, against=1, template="template"
        )
        return effect.p_value <= alpha
    if question is Question.same:
        same = equivalence(
            table,
            value="score",
            item="item",
            factor="model",
            level=0,
            against=1,
            margin=bars.margin,
            template="template",
            alpha=alpha,
        )
        return same.non_inferior if bars.one_sided else same.equivalent
    steady = stability(
        table,
        value="score",
        item="item",
        template="template",
        factor="model",
        level=0,
        against=1,
        margin=bars.sigma_ratio**2,
        rng=rng,
        alpha=alpha,
        draws=1000,
    )
    return steady.ratio.high < bars.sigma_ratio**2 if bars.one_sided else steady.verdict == "equivalent"
