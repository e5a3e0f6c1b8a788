"""The distribution of a score over many templates, from a sparse sample of template × item cells."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level, record
from stats.rasch import Responses, fit_rasch, total
from stats.rasch_posterior import Draw, posterior
from stats.tables import cells

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
ENOUGH = 30  # items a template; below it simulated intervals fall short
KNOTS = 129  # of the curve from ability to accuracy


@dataclass(frozen=True)
class TemplateScore:
    """One template's score over all items, asked and not.

    Attributes:
        template: The template.
        asked: How many of its cells were asked.
        raw: Mean of those; depends on which items they were.
        value: Mean over all items, cells that were not asked predicted and the template shrunk.
        low: Lower end of its interval.
        high: Upper end.
    """

    template: Hashable
    asked: int
    raw: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MultiPrompt:
    """What asking every template every item would have given.

    Attributes:
        mean: Mean over templates and items.
        sd: Standard deviation between the templates' scores.
        raw_sd: The same of the means of what was asked, noise included.
        quantiles: Quantile of the distribution over templates, by its level, such as 0.05.
        rows: Every template's score, in sorted order.
        share: Share of the cells that were asked.
        iterations: Newton steps.
        note: A warning for the reader; empty when there is nothing to warn of.
    """

    mean: Estimate
    sd: Estimate
    raw_sd: float
    quantiles: Mapping[float, Estimate]
    rows: tuple[TemplateScore, ...]
    share: float
    iterations: int
    note: str

    def to_frame(self) -> pd.DataFrame:
        """One row a template."""
        return pd.DataFrame([asdict(row) for row in self.rows])

    def as_dict(self) -> dict[str, object]:
        """The fields as values that JSON can hold."""
        return record(self)


def multiprompt(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    quantiles: Sequence[float] = QUANTILES,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 400,
) -> MultiPrompt:
    """The distribution of the score over templates, from whatever cells were asked.

    PromptEval's Rasch model (Maia Polo et al. 2024, arXiv 2405.17202): P(y_ti = 1) = σ(θ_t - β_i), and a
    template's score is the mean over all items of what was observed and, where nothing was, predicted.
    Joint maximum likelihood makes the tails of the distribution too wide where a template was asked little.
    Here θ and β are random, and every number comes from draws of all cells from the posterior
    (`stats.rasch_posterior`): quantiles and SD are neither stretched by noise nor shrunk by point estimates.
    The θ come from a mixture of normals, so that a few broken templates, groups, and skew are followed where
    the answers show them. Estimates are medians over the draws, intervals their percentiles. Templates and
    items are those of the table.

    How often its intervals hold, simulated and on real tables, is in docs/adaptive.md and
    docs/sensitivity.md. Do not use it when which cells were asked depends on how hard they are.

    Args:
        table: One row an answer; any subset of template × item cells.
        value: The column of scores, in [0, 1].
        item: The column that names the item.
        template: The column that names the template.
        quantiles: Which of the distribution over templates.
        rng: Makes the draws.
        level: Nominal coverage.
        draws: How many.

    Raises:
        ValueError: A score lies outside [0, 1], all are the same, there are fewer than 3 templates or items,
            a quantile is out of range, or a column is missing or has gaps.
    """
    check_level(level)
    if not all(0 <= one <= 1 for one in quantiles):
        raise ValueError(f"quantiles lie between 0 and 1; got {list(quantiles)}")
    folded = cells(table, value=value, factors=(template, item))
    shape = folded.mean.shape[0], folded.mean.shape[1]
    if min(shape) < 3:
        raise ValueError(f"at least 3 levels of {template!r} and of {item!r} are needed; got {shape}")
    asked = folded.count > 0
    if folded.mean[asked].min() < 0 or folded.mean[asked].max() > 1:
        raise ValueError(f"column {value!r} has to hold scores in [0, 1] for the Rasch model")
    if np.ptp(folded.mean[asked]) == 0:
        raise ValueError(f"every answer has the same {value!r}: there is nothing to tell templates apart by")
    rows, columns = (codes.astype(np.int64) for codes in np.nonzero(asked))
    counts, means = folded.count[asked].astype(np.float64), folded.mean[asked]
    seen = Responses(rows, columns, counts, counts * means, shape)
    mode = fit_rasch(seen)
    scores = np.stack(
        [completed(one, seen, means, rng) for one in posterior(seen, mode, rng=rng, draws=draws)]
    )

    n = {template: shape[0], item: shape[1]}

    def estimate(drawn: FloatArray) -> Estimate:
        low, value, high = (float(one) for one in np.quantile(drawn, [(1 - level) / 2, 0.5, (1 + level) / 2]))
        return Estimate(value, low, high, level, "Rasch model, posterior draws of all cells", (), n, None)

    per_template = asked.sum(axis=1)
    raw = total(rows, means, shape[0]) / per_template
    ends = np.quantile(scores, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    return MultiPrompt(
        mean=estimate(scores.mean(axis=1)),
        sd=estimate(scores.std(axis=1, ddof=1)),
        raw_sd=float(raw.std(ddof=1)),
        quantiles={one: estimate(np.quantile(scores, one, axis=1)) for one in quantiles},
        rows=tuple(
            TemplateScore(name, int(count), float(mean), float(value), float(low), float(high))
            for name, count, mean, low, value, high in zip(
                folded.levels[0], per_template, raw, *ends, strict=True
            )
        ),
        share=float(asked.mean()),
        iterations=mode.iterations,
        note=_caution(int(per_template.min()), template),
    )


def completed(draw: Draw, seen: Responses, means: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Every template's mean over all items: observed where asked, else drawn from the chances of `draw`.

    Args:
        draw: Abilities and difficulties.
        seen: Which cells were asked.
        means: Mean score of each of those.
        rng: Draws.

    Returns:
        Shape (templates,).
    """
    templates, items = seen.shape
    # The sums over all items depend on a template by its ability alone: a curve, read off at its knots.
    knots = np.linspace(draw.ability.min(), draw.ability.max() + 1e-9, KNOTS)
    chances = special.expit(knots[:, None] - draw.difficulty)
    expected = np.interp(draw.ability, knots, chances.sum(axis=1))
    variance = np.interp(draw.ability, knots, (chances * (1 - chances)).sum(axis=1))
    chance = special.expit(draw.ability[seen.templates] - draw.difficulty[seen.items])
    expected += total(seen.templates, means - chance, templates)
    variance -= total(seen.templates, chance * (1 - chance), templates)
    sums = expected + np.sqrt(np.maximum(variance, 0.0)) * rng.standard_normal(templates)
    least = total(seen.templates, means, templates)
    return np.clip(sums, least, least + items - np.bincount(seen.templates, minlength=templates)) / items


def _caution(fewest: int, template: str) -> str:
    if fewest >= ENOUGH:
        return ""
    return f"some {template} was asked only {fewest} items: below {ENOUGH} the tails rest on the model"
