"""Prints how often rules that are not used would hold the truth, beside those that are, in markdown.

nice python tests/benchmarks/coverage_alternatives.py {mean|sigma|paired} [tables a design: 10000]

The designs are those of `coverage.py` without passages and gaps, and of `calibration_comparisons.py`
without 1,000 items, replicates and graded scores. Tables are folded to mean squares and template means many
at a time, so that a rule costs little; the first of each design are checked against the library. In brackets
is the width as a multiple of that of the rule in use: the mean width, for σ_template the median upper end.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import special
from scipy.stats import trim_mean

sys.path.insert(0, str(Path(__file__).parents[2]))

from stats.anova import combinations_of
from stats.crossed import crossed_mean_of
from stats.estimate import FloatArray
from stats.intervals import crossed_estimate
from stats.kurtosis import excess_kurtosis, main_effect_df, tailed_df, trusted
from stats.mls import Part, mls_interval
from stats.terms import Term
from tests.benchmarks.calibration_comparisons import worlds
from tests.benchmarks.coverage import marked
from tests.comparisons import World
from tests.coverage import Plan, grid_of_plans, simulate, truth

TAIL = 0.025
BATCH = 2_000_000  # cells simulated at once
CHECKED = 20  # tables a design that the library is asked for too
PRELIMINARY = 0.25  # size of the F test that decides on the degrees of freedom


@dataclass(frozen=True)
class Tables:
    """Many simulated tables of one design.

    Attributes:
        cells: Those of the first tables, shape (`CHECKED`, items, templates) or with seeds as a fourth axis.
        mean: The mean of each table.
        squares: By term the mean square of each table.
        df: Their degrees of freedom.
        templates: The template means, shape (tables, templates).
    """

    cells: FloatArray
    mean: FloatArray
    squares: Mapping[Term, FloatArray]
    df: Mapping[Term, int]
    templates: FloatArray

    @property
    def size(self) -> int:
        """Cells a table."""
        return self.cells[0].size


Ends = tuple[FloatArray, FloatArray]
Degrees = Callable[[Tables, Mapping[Term, FloatArray], FloatArray], FloatArray]
Rule = Callable[[Tables], Ends]


def main() -> None:
    """One table, and how long it took."""
    parts: dict[str, Callable[[int], None]] = {"mean": mean, "sigma": sigma, "paired": paired}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in parts:
        raise SystemExit(f"name one of {', '.join(parts)}")
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    began = time.process_time()
    parts[name](runs)
    error = (0.95 * 0.05 / runs) ** 0.5
    print(f"\n{runs} tables a design, Monte Carlo standard error {error:.4f}, ", end="")
    print(f"{time.process_time() - began:.0f} s of one core.")


def fold(stacks: Iterator[FloatArray]) -> Tables:
    """Mean squares and template means of tables that come a stack at a time, tables the first axis."""
    first: FloatArray | None = None
    folded: list[tuple[FloatArray, dict[Term, FloatArray], FloatArray]] = []
    df: dict[Term, int] = {}
    for stack in stacks:
        first = stack[:CHECKED] if first is None else first
        squares: dict[Term, FloatArray] = {}
        parts: list[tuple[FloatArray, Term]] = [(stack, ())]
        for axis in range(1, stack.ndim):
            means = [(part.mean(axis=axis, keepdims=True), part, term) for part, term in parts]
            parts = [(average, term) for average, _, term in means]
            parts += [(part - average, (*term, axis - 1)) for average, part, term in means]
        for part, term in parts:
            if term:
                df[term] = int(np.prod([stack.shape[axis + 1] - 1 for axis in term]))
                scale = stack[0].size / part[0].size / df[term]
                squares[term] = np.square(part).reshape(len(part), -1).sum(axis=1) * scale
        others = tuple(axis for axis in range(1, stack.ndim) if axis != 2)
        folded.append((stack.reshape(len(stack), -1).mean(axis=1), squares, stack.mean(axis=others)))
    assert first is not None
    joined = {term: np.concatenate([squares[term] for _, squares, _ in folded]) for term in df}
    values = np.concatenate([value for value, _, _ in folded])
    return Tables(first, values, joined, df, np.concatenate([means for _, _, means in folded]))


def plans() -> Iterator[tuple[str, Plan]]:
    """The designs without passages and gaps."""
    for name, group in grid_of_plans().items():
        for plan in group:
            if not plan.passages and plan.missing == "no":
                yield name + (f", {plan.seeds} seeds" if plan.seeds else ""), plan


def scores_of(plan: Plan, runs: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Averaged over replicates, and without the axis of seeds where there are none."""
    size = max(BATCH // (plan.items * plan.templates * max(plan.seeds, 1) * plan.replicates), CHECKED)
    for start in range(0, runs, size):
        grid = simulate(plan, min(size, runs - start), rng)[0].mean(axis=-1)
        yield grid if plan.seeds else grid[..., 0]


def differences_of(world: World, runs: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Of the two models' scores."""
    for start in range(0, runs, 100):
        pairs = (world.draw(rng) for _ in range(min(100, runs - start)))
        yield np.stack([above - below for above, below in pairs])


def report(design: str, tables: Tables, rules: Mapping[str, Rule], true: float, *, upper: bool) -> None:
    """A line; the first rule is the one in use."""
    cells: list[str] = []
    base = 0.0
    for rule in rules.values():
        low, high = rule(tables)
        width = float(np.median(high) if upper else (high - low).mean())
        base = base or width
        share = float(((low <= true) & (true <= high)).mean())
        cells.append(f"{marked(share, len(low))}{f' ({width / base:.2f})' if cells else ''}")
    print(f"| {design} | {' | '.join(cells)} |", flush=True)


def header(*columns: str) -> None:
    """Of a table in markdown."""
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")


# The mean.


def mean(runs: int) -> None:
    """Of scores: every rule on the logit scale."""
    rules: dict[str, Rule] = {
        "in use": lambda tables: on_logit(tables, *cut(tables)),
        "as for differences": lambda tables: on_logit(tables, *floored(tables)),
        "Hall": hall,
        "Cochran": cochran,
        "Welch": lambda tables: on_logit(tables, *cut(tables, welch)),
    }
    header("design", "items", "templates", "σ", *rules)
    for number, (name, plan) in enumerate(plans()):
        tables = fold(scores_of(plan, runs, np.random.default_rng([31, number])))
        low, high = rules["in use"](tables)
        for index, cells in enumerate(tables.cells):
            seed = "seed" if plan.seeds else None
            found = crossed_estimate(
                cells, bounds=(0, 1), level=0.95, item="item", template="template", logit=True, seed=seed
            )
            assert found is not None
            np.testing.assert_allclose([low[index], high[index]], [found.low, found.high])
        _, true, spread = truth(plan)
        report(f"{name} | {plan.items} | {plan.templates} | {spread:.3f}", tables, rules, true, upper=False)


def left(tables: Tables) -> tuple[dict[Term, FloatArray], FloatArray]:
    """The coefficients of mean squares whose components are not negative, and their sum Σ c MS."""
    weights = {term: np.zeros(len(tables.mean)) for term in tables.squares}
    for parts in combinations_of(tuple(tables.squares)).values():
        positive = sum(weight * tables.squares[term] for term, weight in parts.items()) > 0
        for term, weight in parts.items():
            weights[term] += weight * positive
    return weights, np.array(sum(weights[term] * square for term, square in tables.squares.items()))


def satterthwaite(tables: Tables, weights: Mapping[Term, FloatArray], total: FloatArray) -> FloatArray:
    """Degrees of freedom of Σ c MS."""
    squares = tables.squares.items()
    return total**2 / sum((weights[term] * square) ** 2 / tables.df[term] for term, square in squares)


def cut(tables: Tables, degrees: Degrees | None = None) -> tuple[FloatArray, FloatArray]:
    """Variance and degrees of freedom of a mean as `stats.anova.crossed_mean` has them."""
    weights, total = left(tables)
    return total / tables.size, (degrees or satterthwaite)(tables, weights, total)


def alternating(tables: Tables) -> tuple[dict[Term, FloatArray], FloatArray]:
    """The coefficients of the alternating sum, and that sum but no less than the noise."""
    weights = {term: np.full(len(tables.mean), (-1.0) ** (len(term) - 1)) for term in tables.squares}
    total = np.array(sum(weights[term] * square for term, square in tables.squares.items()))
    return weights, np.maximum(total, tables.squares[highest(tables)])


def highest(tables: Tables) -> Term:
    """The interaction that is the noise."""
    return max(tables.squares, key=len)


def floored(tables: Tables, degrees: Degrees | None = None) -> tuple[FloatArray, FloatArray]:
    """The same as `stats.crossed.crossed_mean_of` has them for intervals up to 95 %."""
    weights, total = alternating(tables)
    df = (degrees or satterthwaite)(tables, weights, total)
    noise = highest(tables)
    return total / tables.size, np.where(total <= tables.squares[noise], tables.df[noise], df)


def welch(tables: Tables, weights: Mapping[Term, FloatArray], total: FloatArray) -> FloatArray:
    """Degrees of freedom whose t quantile is Welch's (1947, Biometrika 34:28) to the order of 1 / f².

    With f degrees of freedom of each mean square, shares w = c MS / Σ c MS and z the normal quantile 1 / df
    is Σ w²/f + 4/(1 + z²) times -(1 + z²)/2 Σ w²/f² + (3 + 5z² + z⁴)/3 Σ w³/f² - (3 + z²)(1 + 2z²)/6
    (Σ w²/f)², which for a single mean square is 1/f. Satterthwaite's is the first term; the more careful of
    both is taken.
    """
    z = float(special.ndtri(TAIL)) ** 2
    shares = {term: weights[term] * square / total for term, square in tables.squares.items()}

    def over(power: int, degree: int) -> FloatArray:
        return np.array(sum(share**power / tables.df[term] ** degree for term, share in shares.items()))

    first = over(2, 1)
    second = -(1 + z) / 2 * over(2, 2) + (3 + 5 * z + z**2) / 3 * over(3, 2)
    second = second - (3 + z) * (1 + 2 * z) / 6 * first**2
    return 1 / np.maximum(first, first + 4 / (1 + z) * second)


def on_logit(tables: Tables, variance: FloatArray, df: FloatArray) -> Ends:
    """The t interval on the logit scale."""
    return _logit_ends(tables.mean, quantile(df) * np.sqrt(variance))


def quantile(df: FloatArray | float) -> FloatArray:
    """Of t."""
    return -np.asarray(special.stdtrit(df, TAIL), dtype=np.float64)


def _logit_ends(value: FloatArray, half: FloatArray) -> Ends:
    center, half = special.logit(value), half / (value * (1 - value))
    return special.expit(center - half), special.expit(center + half)


def hall(tables: Tables) -> Ends:
    """Hall's (1992, JRSS B 54:221) cubic transformation, the skewness being that of the template means."""
    variance, df = cut(tables)
    count = tables.templates.shape[1]
    deviations = tables.templates - tables.templates.mean(axis=1, keepdims=True)
    third = count / (count - 1) / (count - 2) * (deviations**3).sum(axis=1)
    skewness = third / count**2 / variance**1.5
    skewness = np.where(np.abs(skewness) < 1e-6, 1e-6, skewness)

    def undone(value: FloatArray) -> FloatArray:
        return 3 / skewness * (np.cbrt(1 + skewness * (value - skewness / 6)) - 1)

    reach = [np.sqrt(variance) * undone(side * quantile(df)) for side in (1, -1)]
    return tables.mean - reach[0], tables.mean - reach[1]


def cochran(tables: Tables) -> Ends:
    """The mean squares' t quantiles, averaged with |c MS| as weights (after Cochran and Cox 1957)."""
    weights, total = left(tables)
    sizes = {term: np.abs(weights[term]) * square for term, square in tables.squares.items()}
    t = sum(size * quantile(tables.df[term]) for term, size in sizes.items()) / sum(sizes.values())
    return _logit_ends(tables.mean, t * np.sqrt(total / tables.size))


# σ_template.


def sigma(runs: int) -> None:
    """Of templates: what the degrees of freedom are lowered by."""
    rules: dict[str, Rule] = {
        "in use": lambda tables: spread(tables, trusted),
        "not lowered": lambda tables: spread(tables, lambda _: 0.0),
        "κ as it is": lambda tables: spread(tables, lambda _: 1.0),
        "shrunk κ": lambda tables: spread(tables, shrunk),
        "Bonett": bonett,
    }
    header("design", "items", "templates", "σ", *rules)
    for number, (name, plan) in enumerate(plans()):
        if plan.templates < 4:
            continue
        tables = fold(scores_of(plan, runs, np.random.default_rng([32, number])))
        for index, cells in enumerate(tables.cells):
            expected = main_effect_df(cells, 1)
            found = lowered(tables.templates[[index]], trusted(plan.templates))[0]
            np.testing.assert_allclose(found, expected, rtol=1e-6)
        _, _, true = truth(plan)
        report(f"{name} | {plan.items} | {plan.templates} | {true:.3f}", tables, rules, true, upper=True)


def lowered(templates: FloatArray, factor: float) -> FloatArray:
    """Degrees of freedom after Shoemaker (2003) with `factor` times the excess kurtosis."""
    count = templates.shape[1]
    return np.array([tailed_df(count, factor * excess_kurtosis(means)) for means in templates])


def shrunk(count: int) -> float:
    """The share of a kurtosis' variance, over normal samples, that a prior of variance 4 leaves it."""
    n = count
    return 4 / (4 + 24 * n * (n - 1) ** 2 / ((n - 3) * (n - 2) * (n + 3) * (n + 5)))


def spread(tables: Tables, factor: Callable[[int], float]) -> Ends:
    """The modified large-sample interval with the kurtosis times a factor of the number of templates."""
    return _mls(tables, lowered(tables.templates, factor(tables.templates.shape[1])))


def bonett(tables: Tables) -> Ends:
    """The same with Bonett's (2006, CSDA 50:775) kurtosis, around a trimmed mean."""
    values = tables.templates
    count = values.shape[1]
    trim = 1 / (2 * (count - 4) ** 0.5) if count > 4 else 0.5
    center = np.median(values, axis=1) if trim >= 0.5 else np.asarray(trim_mean(values, trim, axis=1))
    fourth = ((values - center[:, np.newaxis]) ** 4).sum(axis=1)
    square = count * values.var(axis=1)
    raw = np.divide(count * fourth, square**2, out=np.full(len(square), 3.0), where=square > 1e-20)
    return _mls(tables, np.minimum(2 * (count - 1) / np.maximum(raw - (count - 3) / count, 0.1), count - 1.0))


def _mls(tables: Tables, df: FloatArray) -> Ends:
    own: Term = (1,)
    shared = tables.size // tables.templates.shape[1]
    sides: dict[bool, list[tuple[FloatArray, FloatArray]]] = {True: [], False: []}
    for term, weight in combinations_of(tuple(tables.squares))[own].items():
        degrees = df if term == own else np.full(len(df), float(tables.df[term]))
        sides[weight > 0].append((abs(weight) * tables.squares[term] / shared, degrees))
    ends = np.empty((len(df), 2))
    for index in range(len(df)):
        plus, minus = ([Part(v[index], f[index]) for v, f in sides[side]] for side in (True, False))
        ends[index] = mls_interval(plus, minus, 1 - 2 * TAIL)
    low, high = np.sqrt(np.maximum(ends, 0.0)).T
    return low, high


# The difference of two models.


def paired(runs: int) -> None:
    """Of the difference of two models, untransformed."""
    rules: dict[str, Rule] = {
        "in use": lambda tables: straight(tables, *floored(tables)),
        "as for means": lambda tables: straight(tables, *cut(tables)),
        "preliminary F": lambda tables: straight(tables, *tested(tables)),
        "Welch": lambda tables: straight(tables, *floored(tables, welch)),
    }
    header("scores", "items", "templates", "own template SD (logit)", *rules)
    for number, (name, world) in enumerate(worlds()):
        if world.items > 200 or world.replicates > 1 or world.unit:
            continue
        tables = fold(differences_of(world, runs, np.random.default_rng([33, number])))
        low, high = rules["in use"](tables)
        for index, cells in enumerate(tables.cells):
            found = crossed_mean_of(cells)
            half = found.half_width(0.95)
            expected = [found.value - half, found.value + half]
            np.testing.assert_allclose([low[index], high[index]], expected, atol=1e-12)
        design = f"{name} | {world.items} | {world.templates} | {world.own[0]}"
        report(design, tables, rules, world.difference(), upper=False)


def tested(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """The noise's degrees of freedom until an F test finds more than noise (Bancroft 1964)."""
    weights, total = alternating(tables)
    df, noise = satterthwaite(tables, weights, total), highest(tables)
    more = special.fdtrc(df, tables.df[noise], total / tables.squares[noise]) <= PRELIMINARY
    return total / tables.size, np.where(more, df, tables.df[noise])


def straight(tables: Tables, variance: FloatArray, df: FloatArray) -> Ends:
    """The t interval."""
    half = quantile(df) * np.sqrt(variance)
    return tables.mean - half, tables.mean + half


if __name__ == "__main__":
    main()
