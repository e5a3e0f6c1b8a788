"""Henderson's method I: variance components of unbalanced tables in closed form."""

from dataclasses import replace

import numpy as np

from stats.estimate import FloatArray
from stats.tables import Cells
from stats.terms import RESIDUAL, Design, Term

NOISE: Term = ()


def distinct(cells: Cells) -> Cells:
    """The same where rows of a cell differ; where none do, they are one observation, and counted as one."""
    largest = float(np.nanmax(np.abs(cells.mean)))
    if cells.within > float(cells.count.sum()) * (1e-13 * largest) ** 2:
        return cells
    return replace(cells, count=np.minimum(cells.count, 1), within=0.0)


def random_terms(cells: Cells, layout: Design) -> tuple[Term, ...]:
    """The random terms that rows can tell apart, without the noise.

    The interaction of all factors is one of them where some cell holds several rows.
    """
    repeated = bool((cells.count > 1).any())
    return tuple(
        term for term in layout.terms if not layout.is_fixed(term) and (repeated or term != layout.full)
    )


def residual_name(cells: Cells, layout: Design) -> str:
    """What the noise is called: the highest interaction where it is that and nothing else."""
    alone = layout.full in layout.terms and bool((cells.count <= 1).all())
    return layout.name(layout.full) if alone else RESIDUAL


def henderson(cells: Cells, layout: Design) -> tuple[dict[Term, tuple[float, int]], str]:
    """Components by the analogue of the analysis of variance (Henderson 1953, Biometrics 9:226, method I).

    T_A = Σ_a (sum of the rows of level a)² / n_a has the expectation N μ² + Σ_B k(A, B) σ²_B + levels_A σ²_e
    with k(A, B) = Σ_ab n²_ab / n_a, and so has the total sum of squares: as many equations as components.
    Unbiased for any pattern of missing rows that does not depend on the values; for balanced tables it
    is EMS. It needs no iteration and no starting values, but is less precise than REML and may give
    negative components. O(4^k cells).

    Args:
        cells: The folded table.
        layout: Its factors; all random.

    Returns:
        For every term, the noise under (), the estimate and its degrees of freedom; the name of the noise.

    Raises:
        ValueError: A factor is fixed, or the table cannot tell components apart.
    """
    if layout.fixed:
        raise ValueError("Henderson's method I is for tables whose factors are all random: use REML")
    cells = distinct(cells)
    terms = random_terms(cells, layout)
    count = cells.count.astype(np.float64)
    total = count.sum()
    mean = np.where(cells.count > 0, cells.mean, 0.0)
    sums = count * (mean - (count * mean).sum() / total)

    def margin(array: FloatArray, term: Term) -> FloatArray:
        others = tuple(axis for axis in range(array.ndim) if axis not in term)
        return array.sum(axis=others, keepdims=True)

    def over(top: FloatArray, bottom: FloatArray) -> FloatArray:
        return np.divide(
            top, bottom, out=np.zeros(np.broadcast_shapes(top.shape, bottom.shape)), where=bottom > 0
        )

    def row(term: Term) -> tuple[list[float], float]:
        size = margin(count, term)
        shares = [float(over(margin(count, tuple({*term, *other})) ** 2, size).sum()) for other in terms]
        squares = float(over(margin(sums, term) ** 2, size).sum())
        return [*shares, float(np.count_nonzero(size))], squares

    base, nothing = row(NOISE)
    equations = [row(term) for term in terms]
    scatter = cells.within + float(over(sums**2, count).sum())
    equations.append(([total] * (len(terms) + 1), scatter))
    left = np.array([coefficients for coefficients, _ in equations]) - np.array(base)
    right = np.array([squares for _, squares in equations]) - nothing
    if np.linalg.matrix_rank(left) < len(left):
        names = ", ".join(layout.name(term) for term in terms)
        raise ValueError(
            f"the rows cannot tell {names} and the noise apart: leave a factor or interaction out"
        )
    estimates = np.linalg.solve(left, right)
    df: dict[Term, int] = {}
    for term, (coefficients, _) in zip(terms, equations, strict=False):
        df[term] = int(coefficients[-1]) - 1 - sum(df[other] for other in df if set(other) < set(term))
    df[NOISE] = int(total) - 1 - sum(df.values())
    values = zip((*terms, NOISE), estimates, strict=True)
    return {term: (float(value), df[term]) for term, value in values}, residual_name(cells, layout)
