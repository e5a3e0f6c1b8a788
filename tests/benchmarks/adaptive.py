"""What asking less costs and saves: sparse samples and stopping rules, against full grids.

python tests/benchmarks/adaptive.py sample                     simulated tables of templates × items
python tests/benchmarks/adaptive.py until                      simulated respondents, item by item
python tests/benchmarks/adaptive.py sample --matrices DIR      also real answers, from DIR's parquet files
python tests/benchmarks/adaptive.py until --matrices DIR

Prints the tables of docs/adaptive.md. "Ordinary" is a sweep that asks every template the same random items:
plain quantiles of the templates' means, with the bootstrap over items and the finite-population factor. Below
a simulated table's line are those of somebody who knows more (tests/benchmarks/sparse_bound.py).
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from experiments.sweep.sparse import balanced_mask
from stats.components import components
from stats.estimate import FloatArray
from stats.group_sequential import Spending
from stats.intervals import score
from stats.multiprompt import multiprompt
from stats.repeated import NAMES, equal_looks, repeated_difference, repeated_mean
from stats.sequential import aims_for, betting_sequence, difference_sequence
from stats.stopping import decisions
from tests.benchmarks.multiprompt import simulated
from tests.benchmarks.sparse_bound import Law, known_law, normals, rasch_table, skewed

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
DRAWS = 400  # from the posterior; the report makes 800, which changes little
PARTS = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])  # of the items, asked ordinarily
RESAMPLES = 100
BLOCKS = 20
LOOKS = (5, 20)  # planned
NORMAL = 1.959964


def sparse(table: FloatArray, mask: NDArray[np.bool_], rng: np.random.Generator) -> FloatArray:
    """Lower end, estimate and upper end of each quantile from a sparse sample, as reported: (levels, 3)."""
    rows, columns = np.nonzero(mask)
    asked = pd.DataFrame({"template": rows, "item": columns, "y": table[rows, columns]})
    found = multiprompt(
        asked, value="y", item="item", template="template", quantiles=LEVELS, rng=rng, draws=DRAWS
    )
    return np.array([(one.low, one.value, one.high) for one in found.quantiles.values()])


def ordinary(table: FloatArray, part: float, rng: np.random.Generator) -> FloatArray:
    """The same from an ordinary sweep of a part of the items."""
    items = table.shape[1]
    asked = round(part * items)
    some = table[:, rng.choice(items, asked, replace=False)]
    values = np.quantile(some.mean(axis=1), LEVELS)
    weights = rng.multinomial(asked, np.full(asked, 1 / asked), size=RESAMPLES) / asked
    drawn = np.quantile(weights @ some.T, LEVELS, axis=1)
    half = NORMAL * drawn.std(axis=1, ddof=1) * np.sqrt(1 - asked / items)
    return np.stack([values - half, values, values + half], axis=1)


def held(found: FloatArray, truth: FloatArray) -> NDArray[np.bool_]:
    """Whether each interval holds the truth; shapes (tables, levels, 3) and (tables, levels)."""
    return (found[..., 0] <= truth) & (truth <= found[..., 2])


def half_width(found: FloatArray) -> FloatArray:
    """By level, the mean over tables."""
    return ((found[..., 2] - found[..., 0]) / 2).mean(axis=0)


def rmse(found: FloatArray, truth: FloatArray) -> FloatArray:
    """By level."""
    return np.sqrt(np.square(found[..., 1] - truth).mean(axis=0))


def row(values: FloatArray, digits: int) -> str:
    """Numbers side by side."""
    return " ".join(f"{value:.{digits}f}" for value in values)


def recover(
    name: str,
    draw: Callable[[np.random.Generator], tuple[FloatArray, FloatArray]],
    share: float,
    tables: int,
    law: Law | None = None,
) -> None:
    """Prints coverage, half-widths, errors, and how many times fewer answers that is.

    Args:
        name: Of the design.
        draw: A full table and the difficulties of its items.
        share: Of the pairs, asked.
        tables: How many.
        law: That of the abilities, where the table follows the Rasch model: then also lines of what could be
            known at most.
    """
    found: dict[str, list[FloatArray]] = {name: []}
    many: list[FloatArray] = []
    truths: list[FloatArray] = []
    for seed in range(tables):
        rng = np.random.default_rng(seed)
        table, difficulty = draw(rng)
        truths.append(np.quantile(table.mean(axis=1), LEVELS))
        mask = balanced_mask(table.shape[0], table.shape[1], share, rng=rng)
        found[name].append(sparse(table, mask, rng))
        many.append(np.stack([ordinary(table, part, rng) for part in PARTS]))
        for about, scaled in (("shape and items known", True), ("all but the templates known", False)):
            if law is not None:
                best = known_law(table, mask, difficulty, law, LEVELS, rng, scaled=scaled)
                found.setdefault(f"… {about}", []).append(best)
    whole, truth = np.stack(many), np.stack(truths)
    for one, intervals in found.items():
        against(one, np.stack(intervals), whole, truth, share)


def against(name: str, found: FloatArray, whole: FloatArray, truth: FloatArray, share: float) -> None:
    """Prints one line: intervals of shape (tables, levels, 3) against ordinary ones of each of PARTS."""
    inside = held(found, truth)
    tables = len(truth)
    widths = np.stack([half_width(whole[:, place]) for place in range(len(PARTS))])
    errors = np.stack([rmse(whole[:, place], truth) for place in range(len(PARTS))])
    covered = np.stack([held(whole[:, place], truth).mean(axis=0) for place in range(len(PARTS))])
    by_width, by_error, cover = np.zeros(5), np.zeros(5), np.zeros(5)
    for place in range(5):
        # Both fall as more is asked; np.interp wants them rising.
        by_width[place] = np.interp(half_width(found)[place], widths[::-1, place], PARTS[::-1])
        by_error[place] = np.interp(rmse(found, truth)[place], errors[::-1, place], PARTS[::-1])
        cover[place] = np.interp(by_width[place], PARTS, covered[:, place])
    error = inside.mean(axis=1).std(ddof=1) / np.sqrt(tables)
    print(
        f"| {name} | {share:.0%} | {tables} | {row(inside.mean(axis=0), 2)} | "
        f"{inside.mean():.3f} ± {error:.3f} | "
        f"{row(100 * half_width(found), 1)} | {row(100 * rmse(found, truth), 1)} | "
        f"{row(by_width / share, 1)} | {cover.mean():.2f} | {row(by_error / share, 1)} |",
        flush=True,
    )


def population(name: str, templates: int, items: int, sigma: float, share: float, tables: int) -> None:
    """Prints how often REML's intervals, of a sparse sample, hold mean and SD of all templates and items."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    by_template = special.expit(0.8 + sigma * nodes[:, None] - 1.5 * nodes) @ weights
    mean = float(by_template @ weights)
    spread = float(np.sqrt(np.square(by_template - mean) @ weights))
    inside: list[tuple[bool, bool, bool]] = []
    for seed in range(tables):
        rng = np.random.default_rng(seed)
        table = simulated(templates, items, sigma)(rng)
        rows, columns = np.nonzero(balanced_mask(templates, items, share, rng=rng))
        asked = pd.DataFrame({"template": rows, "item": columns, "y": table[rows, columns]})
        crossed = score(asked, value="y", item="item", template="template").crossed
        parts = components(asked, value="y", factors=["item", "template"], order=1, method="reml")
        found = parts.sigma("template")
        assert crossed is not None
        inside.append((crossed.low <= mean <= crossed.high, found.low <= spread <= found.high, found.low > 0))
    held_mean, held_sigma, told = np.mean(inside, axis=0)
    print(
        f"| {name} | {share:.0%} | {held_mean:.3f} ± {error_of(held_mean, tables):.3f} | "
        f"{held_sigma:.3f} ± {error_of(held_sigma, tables):.3f} | {told:.2f} |",
        flush=True,
    )


def respondent(templates: int, items: int, mean: float) -> Callable[[np.random.Generator], FloatArray]:
    """Item means over templates; the true mean over items, with these templates, is `mean`."""

    def draw(rng: np.random.Generator) -> FloatArray:
        # A beta-distributed chance of each item, SD about .28: most of a benchmark's scatter is items.
        chance = rng.beta(2 * mean, 2 * (1 - mean), items)
        return (rng.random((items, templates)) < chance[:, None]).mean(axis=1)

    return draw


def first_narrow(low: FloatArray, high: FloatArray, block: int, half: float) -> int:
    """After how many items, at the end of a block, an interval is narrow enough; all if it never is."""
    ends = np.append(np.arange(block, low.size, block), low.size)
    enough = ends[(high - low)[ends - 1] <= 2 * half]
    return int(enough[0]) if enough.size else low.size


def peeking(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends of the usual interval after each item, as if it were the last."""
    n = np.arange(1, values.size + 1)
    mean = np.cumsum(values) / n
    spread = np.sqrt(np.maximum(np.cumsum(values**2) / n - mean**2, 1e-12) / np.maximum(n - 1, 1))
    return mean - NORMAL * spread, mean + NORMAL * spread


Stop = tuple[int, float, float]  # after how many items, and the ends of the interval there


def anytime(values: FloatArray, half: float) -> Stop:
    """Where the confidence sequence stops, looked at after each block."""
    low, high = betting_sequence(values, aims=[half])
    stop = first_narrow(low, high, block_of(values.size), half)
    return stop, float(low[stop - 1]), float(high[stop - 1])


def planned(values: FloatArray, half: float, looks: int) -> Stop:
    """Where planned looks stop."""
    found = repeated_mean(values, equal_looks(values.size, looks), half_width=half)
    return found.n["item"], found.low, found.high


def block_of(items: int) -> int:
    """Items between two looks at a confidence sequence."""
    return max(10, -(-items // BLOCKS))


def known(name: str, draw: Callable[[np.random.Generator], FloatArray], truth: float, runs: int) -> None:
    """Prints one line a half-width and rule: where it stops, and how often the interval there held."""
    rules: dict[str, Callable[[FloatArray, float], Stop]] = {"anytime": anytime} | {
        f"{looks} looks": partial(planned, looks=looks) for looks in LOOKS
    }
    drawn = [draw(np.random.default_rng(seed)) for seed in range(runs)]
    items = drawn[0].size
    looks = np.append(np.arange(block_of(items), items, block_of(items)), items) - 1
    always = [bool(((low <= truth) & (truth <= high))[looks].all()) for low, high in map(peeking, drawn)]
    spread = float(np.mean([values.var(ddof=1) for values in drawn]))
    for half in (0.05, 0.04, 0.03):
        for rule, stopping in rules.items():
            stops, low, high = np.array([stopping(values, half) for values in drawn]).T
            inside = float(((low <= truth) & (truth <= high)).mean())
            errors = [values[: int(stop)].mean() - truth for values, stop in zip(drawn, stops, strict=True)]
            usual = f"{np.mean(always):.2f}" if rule == "anytime" else ""
            print(
                f"| {name} | {items:,} | ±{100 * half:.0f} | {spread * (NORMAL / half) ** 2:,.0f} | {rule} | "
                f"{stops.mean():,.0f} | {items / stops.mean():.1f} | "
                f"{inside:.3f} ± {error_of(inside, runs):.3f} | {100 * np.mean(errors):+.2f} | {usual} |",
                flush=True,
            )


def error_of(share: float, runs: int) -> float:
    """Monte Carlo standard error of a share."""
    return float(np.sqrt(max(share * (1 - share), 1 / runs) / runs))


Verdict = tuple[str, int]  # and after how many items


def anytime_verdict(first: FloatArray, second: FloatArray, margin: float) -> Verdict:
    """What the confidence sequence says at the end of the first block at which it says anything."""
    low, high = difference_sequence(first, second, aims=aims_for(margin))
    for look in (*range(block_of(first.size), first.size, block_of(first.size)), first.size):
        ends = low[look - 1], high[look - 1]
        if ends[0] > 0 or ends[1] < 0:
            return "more" if ends[0] > 0 else "less", look
        if -margin <= ends[0] and ends[1] <= margin:
            return "alike", look
    return "open", first.size


def planned_verdict(
    first: FloatArray, second: FloatArray, margin: float, looks: int, spending: Spending
) -> Verdict:
    """What planned looks say."""
    (found,) = decisions({"a": first, "b": second}, margin, looks=equal_looks(first.size, looks, spending))
    return found.verdict, found.difference.n["item"]


def decide(
    name: str,
    draw: Callable[[np.random.Generator], tuple[FloatArray, FloatArray]],
    truth: float,
    runs: int,
    margin: float = 0.02,
) -> None:
    """Prints where each rule tells two models apart or finds them alike, and how often that is wrong."""
    rules: dict[str, Callable[[FloatArray, FloatArray, float], Verdict]] = {"anytime": anytime_verdict} | {
        f"{looks} looks, {NAMES[spending]}": partial(planned_verdict, looks=looks, spending=spending)
        for looks in LOOKS
        for spending in NAMES
    }
    drawn = [draw(np.random.default_rng(seed)) for seed in range(runs)]
    items = drawn[0][0].size
    looks = np.append(np.arange(block_of(items), items, block_of(items)), items)
    naive = [
        bool(((least > 0) | (most < 0))[looks - 1].any())
        for least, most in (peeking(first - second) for first, second in drawn)
    ]
    wrong = {"more": truth <= 0, "less": truth >= 0, "alike": abs(truth) > margin, "open": False}
    for rule, judge in rules.items():
        verdicts, stops = zip(*(judge(first, second, margin) for first, second in drawn), strict=True)
        false = float(np.mean([wrong[verdict] for verdict in verdicts]))
        told = np.mean([verdict in ("more", "less") for verdict in verdicts])
        alike = np.mean([verdict == "alike" for verdict in verdicts])
        usual = f"{np.mean(naive):.2f}" if rule == "anytime" else ""
        print(
            f"| {name} | {items:,} | {100 * truth:+.1f} | {rule} | {told:.2f} | {alike:.2f} | "
            f"{np.mean(stops):,.0f} | {items / np.mean(stops):.1f} | "
            f"{false:.3f} ± {error_of(false, runs):.3f} | {usual} |",
            flush=True,
        )


def few(templates: int, mean: float, each: int, runs: int) -> None:
    """Prints how often an interval of five planned looks misses, with few items a look and scores near 1."""
    looks = {spending: equal_looks(5 * each, 5, spending) for spending in NAMES}
    missed = np.zeros(2 * len(looks) + 1)
    draw = respondent(templates, 5 * each, mean)
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        chance = rng.beta(2 * mean, 2 * (1 - mean), (5 * each, 1))
        first, second = ((rng.random((5 * each, templates)) < chance).mean(axis=1) for _ in range(2))
        values = draw(np.random.default_rng(seed))
        found: list[bool] = []
        for plan in looks.values():
            ends = [repeated_mean(values[:count], plan) for count in plan.counts]
            found.append(any(not one.low <= mean <= one.high for one in ends))
            ends = [repeated_difference(first[:count], second[:count], plan) for count in plan.counts]
            found.append(any(not one.low <= 0 <= one.high for one in ends))
        plan = looks["obrien_fleming"]
        ends = [repeated_mean(values[:count], plan, half_width=0.05) for count in plan.counts]
        missed += [*found, any(not one.low <= mean <= one.high for one in ends)]
    print(
        f"| {templates} | {mean:g} | {each} | {' | '.join(f'{share:.3f}' for share in missed / runs)} |",
        flush=True,
    )


def two(
    templates: int, items: int, difference: float
) -> Callable[[np.random.Generator], tuple[FloatArray, FloatArray]]:
    """Two models on the same items, the chances of one shrunk towards 0 so that their means differ."""

    def draw(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        chance = rng.beta(1.2, 0.8, (items, 1))
        worse = chance * (1 - difference / 0.6)
        first, second = ((rng.random((items, templates)) < p).mean(axis=1) for p in (chance, worse))
        return first, second

    return draw


def shuffled(*columns: FloatArray) -> Callable[[np.random.Generator], tuple[FloatArray, ...]]:
    """The same real items in random order."""

    def draw(rng: np.random.Generator) -> tuple[FloatArray, ...]:
        order = rng.permutation(columns[0].size)
        return tuple(column[order] for column in columns)

    return draw


def pair_of(
    draw: Callable[[np.random.Generator], tuple[FloatArray, ...]],
) -> Callable[[np.random.Generator], tuple[FloatArray, FloatArray]]:
    """The first two of what is drawn."""

    def both(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        first, second = draw(rng)
        return first, second

    return both


def real_items(folder: Path, name: str, value: str, by: Sequence[str]) -> pd.DataFrame:
    """Item means over templates, a column each of `by`, of the items that have all answers."""
    answers = pd.read_parquet(folder / name / "responses.parquet").dropna(subset=[value])
    wide = answers.pivot_table(index="item_id", columns=[*by, "template_id"], values=value)
    whole = wide.dropna(axis=0)
    return whole.T.groupby(level=list(range(len(by)))).mean().T


def sample(matrices: Path | None, tables: int) -> None:
    """Sparse samples."""
    print(
        "| table | asked | tables | held, 10 25 50 75 90 % | held, all | half-width, points | "
        "RMSE, points | times fewer, same half-width | ordinary held | times fewer, same RMSE |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    designs = {
        "ability SD .3": (normals((1.0, 0.8), sd=0.3), 100, (0.1, 0.05)),
        "SD .3": (normals((1.0, 0.8), sd=0.3), 40, (0.1,)),
        "SD .1": (normals((1.0, 0.8), sd=0.1), 100, (0.1,)),
        "a tenth broken": (normals((0.9, 0.8), (0.1, -0.4), sd=0.3), 100, (0.1, 0.05)),
        "two groups": (normals((0.5, 1.4), (0.5, 0.2), sd=0.3), 100, (0.1,)),
        "skewed": (skewed(0.8, 0.4), 100, (0.1,)),
    }
    first = next(iter(designs))
    for name, (law, templates, shares) in designs.items():
        for share in shares:

            def draw(
                rng: np.random.Generator, law: Law = law, templates: int = templates
            ) -> tuple[FloatArray, FloatArray]:
                return rasch_table(law, templates, 500, rng)

            recover(f"{templates} × 500, {name}", draw, share, tables * (2 if name == first else 1), law)
    normal = designs["SD .3"][0]
    off = "100 × 500, cells off the model"
    recover(off, lambda rng: rasch_table(normal, 100, 500, rng, interaction=0.8), 0.1, tables)
    if matrices is not None:
        answers = pd.read_parquet(matrices / "truthfulqa_multilingual" / "responses.parquet")
        answers["prompt"] = answers["model"].astype(str) + "/" + answers["template_id"].astype(str)
        full = answers.pivot_table(index="prompt", columns="item_id", values="correct").dropna()
        outcomes = full.to_numpy(dtype=np.float64)
        none = np.zeros(outcomes.shape[1])
        recover(f"TruthfulQA, {len(full)} × {outcomes.shape[1]}", lambda rng: (outcomes, none), 0.1, tables)
    print()
    print("| table | asked | mean held | σ held | σ told from 0 |")
    print("|---|---|---|---|---|")
    population("20 × 500, ability SD .3", 20, 500, 0.3, 0.1, 80)


def until(matrices: Path | None, runs: int) -> None:
    """Stopping rules."""
    print(
        "| respondent | items | wanted | fixed number | rule | stops after | times fewer | held there | "
        "error, points | usual interval held at every block |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    known("1 template, mean .6", respondent(1, 2000, 0.6), 0.6, runs)
    known("5 templates, mean .6", respondent(5, 2000, 0.6), 0.6, runs)
    known("5 templates, mean .9", respondent(5, 2000, 0.9), 0.9, runs)
    if matrices is not None:
        for name, column in real_columns(matrices):
            known(name, lambda rng, column=column: rng.permutation(column), float(column.mean()), runs)
    print()
    print(
        "| two models | items | difference | rule | told apart | alike | stops after | times fewer | wrong | "
        "usual test, at each block: rejects |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for difference in (0.0, 0.02, 0.05, 0.1):
        decide("5 templates", two(5, 2000, difference), difference, runs)
    if matrices is not None:
        for name, first, second in real_pairs(matrices):
            truth = float((first - second).mean())
            decide(name, pair_of(shuffled(first, second)), truth, runs // 4)
    print()
    print(
        "| templates | mean | items a look | score, O'B–F | two alike, O'B–F | score, P | two alike, P | ±5 |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for mean in (0.6, 0.9, 0.97, 0.99):
        for templates in (1, 5):
            for each in (20, 40, 100):
                few(templates, mean, each, 4 * runs)


def real_columns(matrices: Path) -> list[tuple[str, FloatArray]]:
    """Item means of real models."""
    truthful = real_items(matrices, "truthfulqa_multilingual", "correct", ["model"])
    asked = real_items(matrices, "promptset_triviaqa_selfassessment", "says_it_can_answer", ["model"])
    return [
        ("TruthfulQA, a model in 5 languages", truthful.iloc[:, 0].to_numpy(dtype=np.float64)),
        ("PromptSET, 10 wordings", asked.iloc[:, 0].to_numpy(dtype=np.float64)),
    ]


def real_pairs(matrices: Path) -> list[tuple[str, FloatArray, FloatArray]]:
    """Item means of two real models, or of two ways to ask one."""
    truthful = real_items(matrices, "truthfulqa_multilingual", "correct", ["model"])
    truthful = truthful[truthful.mean().sort_values().index]
    math = real_items(matrices, "gsm8k_openai_solutions", "correct", ["model"])
    answers = pd.read_parquet(matrices / "bbh_codex_cot_vs_direct" / "responses.parquet")
    ways = answers.pivot_table(index="item_id", columns="template_id", values="correct").dropna()
    found = [
        ("TruthfulQA, best and worst model", truthful.iloc[:, -1], truthful.iloc[:, 0]),
        ("TruthfulQA, two in the middle", truthful.iloc[:, 7], truthful.iloc[:, 6]),
        ("GSM8K, two sizes, 2 ways to decode", math.iloc[:, 1], math.iloc[:, 0]),
        ("BBH, chain of thought or not", ways.iloc[:, 0], ways.iloc[:, 1]),
    ]
    return [
        (name, one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64)) for name, one, other in found
    ]


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("sample", "until"))
    parser.add_argument("--matrices", type=Path, metavar="DIR")
    parser.add_argument("--runs", type=int, default=60, help="tables or respondents a line")
    options = parser.parse_args()
    (sample if options.what == "sample" else until)(options.matrices, options.runs)


if __name__ == "__main__":
    main()
