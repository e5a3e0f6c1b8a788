"""σ²_template with weights on items and templates, and its crossed bootstrap."""

import numpy as np

from stats.estimate import FloatArray


def template_variance(grid: FloatArray, items: FloatArray, templates: FloatArray) -> FloatArray:
    """The unbiased estimate of σ²_template of a weighted grid, before it is cut off at 0.

    Half the mean of (y_it - y_iu) (y_jt - y_ju) over pairs of different items i, j and different templates
    t, u: noise of different items is independent and drops out. With weights of 1 it equals the one from
    expected mean squares, (MS_T - MS_IT) / items. Copies of an item or template that weights above 1 stand
    for are never paired with each other, so the bootstrap of this statistic has no bias from them. O(cells).

    Args:
        grid: Shape (items, templates).
        items: Weights, shape (draws, items).
        templates: Weights, shape (draws, templates).

    Returns:
        One variance a draw; NaN where all weight is on one item or template.
    """

    def between(values: FloatArray) -> FloatArray:
        """Σ v_t v_u (x_t - x_u)² / 2 over all pairs of templates, by draw."""
        total = templates.sum(axis=1)
        return total * (templates * values**2).sum(axis=1) - (templates * values).sum(axis=1) ** 2

    centred = grid - grid.mean()
    sums = items @ centred
    squares = (items**2 * _row_parts(centred, templates)).sum(axis=1)
    pairs = items.sum(axis=1) ** 2 - (items**2).sum(axis=1)
    both = templates.sum(axis=1) ** 2 - (templates**2).sum(axis=1)
    possible = (pairs > 0) & (both > 0)
    result = np.full(len(sums), np.nan)
    return np.divide(between(sums) - squares, pairs * both, out=result, where=possible)


def _row_parts(grid: FloatArray, templates: FloatArray) -> FloatArray:
    """The same sum over pairs of templates for every single item, shape (draws, items)."""
    total = templates.sum(axis=1, keepdims=True)
    return total * (templates @ (grid**2).T) - (templates @ grid.T) ** 2


def crossed_weights(
    items: int, templates: int, *, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, FloatArray]:
    """How often each item and each template is drawn, both with replacement (Owen 2007, AOAS 1:386).

    Args:
        items: How many there are.
        templates: How many there are.
        rng: Draws them.
        draws: How many times.

    Returns:
        Shapes (draws, items) and (draws, templates).
    """
    chosen = [rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(float) for n in (items, templates)]
    return chosen[0], chosen[1]
