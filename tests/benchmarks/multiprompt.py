"""How well the distribution over templates is recovered from few answers.

python tests/benchmarks/multiprompt.py                     simulated tables, and how long fits take
python tests/benchmarks/multiprompt.py --matrices DIR      also real ones, from DIR's parquet files

For every design it prints how often intervals of the 10 to 90 % quantiles hold those of the full table, the
mean errors of the 5 and 95 % quantiles beside those of the plain means, and the standard deviation between
templates: true, plain, and estimated.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, special

from stats.estimate import FloatArray
from stats.multiprompt import multiprompt
from stats.rasch import Responses, fit_rasch
from stats.rasch_posterior import posterior

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
INNER = QUANTILES[1:-1]

Full = Callable[[np.random.Generator], FloatArray]


def simulated(
    templates: int, items: int, sigma: float, *, broken: float = 0.0, interaction: float = 0.0
) -> Full:
    """Full tables of a Rasch model, its item difficulties with SD 1.5, or of one it does not describe.

    Args:
        templates: How many.
        items: How many.
        sigma: SD of the templates' abilities, in logits.
        broken: Share of templates whose ability is 4 sigma too low.
        interaction: SD of what each cell adds to the logit.
    """

    def draw(rng: np.random.Generator) -> FloatArray:
        ability = rng.normal(0.8, sigma, templates) - 4 * sigma * (rng.random(templates) < broken)
        logit = (
            ability[:, None]
            - rng.normal(0, 1.5, items)
            + interaction * rng.standard_normal((templates, items))
        )
        return (rng.random((templates, items)) < special.expit(logit)).astype(np.float64)

    return draw


def like_real(accuracies: FloatArray, items: int = 100) -> Full:
    """Full tables of templates with given accuracies, on items with difficulties of SD 1.5."""

    def draw(rng: np.random.Generator) -> FloatArray:
        difficulty = rng.normal(0, 1.5, items)

        def gap(ability: float, accuracy: float) -> float:
            return float(special.expit(ability - difficulty).mean()) - accuracy

        inner = accuracies.clip(0.005, 0.995)
        abilities = np.array([optimize.brentq(gap, -30, 30, args=(one,)) for one in inner])
        return (rng.random((accuracies.size, items)) < special.expit(abilities[:, None] - difficulty)).astype(
            float
        )

    return draw


def recover(name: str, full: Full, asked: int, runs: int) -> None:
    """Prints one line on `runs` tables of which every template is asked `asked` items."""
    held: list[list[bool]] = []
    errors: list[tuple[float, ...]] = []
    deviations: list[tuple[float, float, float]] = []
    single: list[float] = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        table = full(rng)
        templates, items = table.shape
        chosen = np.stack([rng.choice(items, asked, replace=False) for _ in range(templates)])
        rows = np.repeat(np.arange(templates), asked)
        sparse = pd.DataFrame({"template": rows, "item": chosen.ravel(), "y": table[rows, chosen.ravel()]})
        found = multiprompt(
            sparse, value="y", item="item", template="template", quantiles=QUANTILES, rng=rng, draws=200
        )
        truth = table.mean(axis=1)
        true = dict(zip(QUANTILES, np.quantile(truth, QUANTILES), strict=True))
        plain = np.quantile([row.raw for row in found.rows], (0.05, 0.95))
        held.append([found.quantiles[q].low <= true[q] <= found.quantiles[q].high for q in INNER])
        errors.append(
            (
                found.quantiles[0.05].value - true[0.05],
                found.quantiles[0.95].value - true[0.95],
                float(plain[0]) - true[0.05],
                float(plain[1]) - true[0.95],
            )
        )
        deviations.append((float(truth.std(ddof=1)), found.raw_sd, found.sd.value))
        single.append(
            float(np.mean([row.low <= one <= row.high for row, one in zip(found.rows, truth, strict=True)]))
        )
    coverage = " ".join(f"{one:.2f}" for one in np.mean(held, axis=0))
    low, high, plain_low, plain_high = (float(one) for one in np.mean(errors, axis=0))
    true_sd, raw_sd, sd = (float(one) for one in np.mean(deviations, axis=0))
    print(
        f"{name:34} asked {asked:3}: 10-90 % held {coverage}, templates {np.mean(single):.2f}; "
        f"5 % {low:+.3f} (plain {plain_low:+.3f}), 95 % {high:+.3f} (plain {plain_high:+.3f}); "
        f"SD {true_sd:.3f}, plain {raw_sd:.3f}, found {sd:.3f}",
        flush=True,
    )


def timed(templates: int, items: int, share: float) -> None:
    """Prints how long the mode and 200 posterior draws take."""
    rng = np.random.default_rng(0)
    table = simulated(templates, items, 0.3)(rng)
    rows, columns = (codes.astype(np.int64) for codes in np.nonzero(rng.random(table.shape) < share))
    seen = Responses(rows, columns, np.ones(rows.size), table[rows, columns], (templates, items))
    began = time.process_time()
    mode = fit_rasch(seen)
    fitted = time.process_time()
    draws = sum(1 for _ in posterior(seen, mode, rng=rng, draws=200))
    print(
        f"{templates} templates × {items} items × {share:.0%}: {mode.iterations} Newton steps in "
        f"{fitted - began:.2f} s, {draws} draws in {time.process_time() - fitted:.2f} s of processor time"
    )


def real(folder: Path, runs: int) -> None:
    """Real full tables of outcomes, and simulated ones with the accuracies of real templates."""
    answers = pd.read_parquet(folder / "truthfulqa_multilingual" / "responses.parquet")
    answers["prompt"] = answers["model"].astype(str) + "/" + answers["template_id"].astype(str)
    full = answers.pivot_table(index="prompt", columns="item_id", values="correct").dropna()
    outcomes = full.to_numpy(dtype=np.float64)
    for asked in (50, 100):
        recover(f"TruthfulQA, {len(full)} model-languages", lambda rng: outcomes, asked, runs)
    found = pd.read_parquet(folder / "state_of_what_art_template_accuracy" / "responses.parquet")
    found = found[found["n_items"] == 100]
    groups = [
        (f"{task}, {model}", rows["accuracy"].to_numpy(dtype=np.float64))
        for (task, model), rows in found.groupby(["task", "model"])
        if len(rows) >= 100
    ]
    for name, accuracies in groups[:: max(1, len(groups) // 6)][:6]:
        recover(f"like {name}"[:34], like_real(accuracies[:120]), 50, runs)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--matrices", type=Path, metavar="DIR")
    parser.add_argument("--runs", type=int, default=40)
    options = parser.parse_args()
    timed(100, 1000, 0.05)
    timed(100, 3000, 0.1)
    recover("normal, SD .3", simulated(100, 300, 0.3), 50, options.runs)
    recover("normal, SD .05", simulated(100, 300, 0.05), 50, options.runs)
    recover("normal, SD .3, 20 templates", simulated(20, 300, 0.3), 50, options.runs)
    recover("normal, SD .3, little asked", simulated(100, 1000, 0.3), 20, options.runs)
    recover("normal, SD .3, cells SD .8", simulated(100, 300, 0.3, interaction=0.8), 50, options.runs)
    recover("a tenth broken", simulated(100, 300, 0.3, broken=0.1), 50, options.runs)
    if options.matrices is not None:
        real(options.matrices, options.runs)


if __name__ == "__main__":
    main()
