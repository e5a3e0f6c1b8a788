"""The published example of a change of template, beside what a run's own templates do to its score."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.baselines.example import Example, named_example
from experiments.baselines.facts import Facts
from experiments.report.findings import SEED
from experiments.report.numerals import SPACE, hundredths, interval, percent, points
from stats.estimate import Estimate
from stats.intervals import item_mean
from stats.measure import Sensitivity
from stats.sensitivity import sensitivity

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class OwnExample:
    """A run's templates beside the one pair of templates that was published.

    Attributes:
        published: The pair: Llama 2-70B on TriviaQA, one shot.
        best: The template with the highest score, and that score; items random.
        worst: The same of the lowest.
        templates: How many were run.
        spread: Best minus worst, with what equal templates would have shown.
    """

    published: Example
    best: tuple[str, Estimate]
    worst: tuple[str, Estimate]
    templates: int
    spread: Sensitivity

    @property
    def relative(self) -> float:
        """The worst template's score as a change from the best one's: -0.25 is a quarter less."""
        best = self.best[1].value
        return self.worst[1].value / best - 1 if best > 0 else float("nan")


def own_example(
    rows: "pd.DataFrame", task: str, setting: str, facts: Facts, level: float
) -> OwnExample | None:
    """Puts a run's templates beside the published pair.

    Args:
        rows: The run's outcomes in one setting, each item with every template.
        task: The benchmark's name.
        setting: How it was asked, as "1-shot".
        facts: The published figures.
        level: Nominal coverage of the intervals.

    Returns:
        None where the pair is of another benchmark or setting, or the run has one template.
    """
    published = named_example(facts, level)
    figure = published.before.figure
    names = rows["template"].astype(str)
    if (task, setting) != (figure.task, figure.setting) or names.nunique() < 2:
        return None
    scores = {
        str(name): item_mean(own, value="score", item="item_id", level=level)
        for name, own in rows.groupby(names, sort=True)
    }
    ordered = sorted(scores.items(), key=lambda pair: -pair[1].value)
    measures = sensitivity(
        rows,
        value="score",
        item="item_id",
        template="template",
        rng=np.random.default_rng(SEED),
        level=level,
    )
    spread = next(one for one in measures if one.metric == "spread")
    return OwnExample(published, ordered[0], ordered[-1], len(ordered), spread)


def example_sentence(model: str, found: OwnExample) -> str:
    """The run's distance between templates, and the published one."""
    effect, relative = found.published.effect, found.published.relative
    difference = effect.change.difference
    share = "" if relative is None else f", {hundredths(relative.value, signed=True)}{SPACE}% of it"
    ends = "" if difference is None else f" {interval(difference, signed=True)}"
    return (
        f"The published example: another template took {effect.before.model} from "
        f"{percent(effect.before.score)} to {percent(effect.after.score)}, "
        f"{hundredths(effect.change.points, signed=True)}{SPACE}points{ends}{share}. From its best to "
        f"its worst of {found.templates} templates {model} goes from "
        f"{percent(found.best[1].value)} ({found.best[0]}) "
        f"to {percent(found.worst[1].value)} ({found.worst[0]}), {hundredths(-found.spread.raw, signed=True)}"
        f"{SPACE}points, {hundredths(found.relative, signed=True)}{SPACE}% of it; equal templates would "
        f"have shown {points(found.spread.floor)}, and without that noise it is "
        f"{points(found.spread.corrected)} {interval(found.spread)}."
    )
