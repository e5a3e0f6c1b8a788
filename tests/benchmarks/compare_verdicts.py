"""How often `fathom compare` and `fathom gate` give the right verdict where the truth is known.

    python tests/benchmarks/compare_verdicts.py [RUNS]

Prints a Markdown table; each row is RUNS (200) simulated pairs of models.
"""

import sys
from collections import Counter
from dataclasses import dataclass

import numpy as np

from experiments.compare.gate import decide, gates
from experiments.compare.judge import Bars, judge
from experiments.compare.sentences import Comparison
from tests.experiments.compare.grids import grid
from tests.experiments.compare.sides import side


@dataclass(frozen=True)
class Scene:
    """A truth, and the verdicts that are right of it."""

    name: str
    gain: float
    sigmas: tuple[float, float]
    items: int
    templates: int
    stability: tuple[str, ...]
    gate: tuple[str, ...]


SCENES = (
    Scene("equally good and stable", 0.0, (0.06, 0.06), 400, 40, ("equivalent",), ("pass",)),
    Scene("as good, far less stable", 0.0, (0.16, 0.04), 400, 40, ("less stable",), ("fail",)),
    Scene("far worse, equally stable", -0.15, (0.06, 0.06), 400, 40, ("equivalent",), ("fail",)),
    Scene("too small a sample to tell", 0.0, (0.06, 0.06), 60, 4, ("undecided",), ("undecided",)),
    Scene(
        "σ ratio at the bar of 2",
        0.0,
        (0.08, 0.04),
        400,
        40,
        ("less stable", "undecided"),
        ("fail", "undecided"),
    ),
)
BARS = Bars(margin=0.05)


def main(runs: int) -> None:
    """Simulates, and prints the table."""
    nothing = [{"item_id": "i0"}]
    print(f"margin {100 * BARS.margin:g} points, σ ratio {BARS.sigma_ratio:g}, {runs} runs a row\n")
    print("| truth | items × templates | stability verdicts | right | gate decisions | right |")
    print("|---|---|---|---|---|---|")
    for place, scene in enumerate(SCENES):
        stabilities: Counter[str] = Counter()
        decisions: Counter[str] = Counter()
        for run in range(runs):
            rng = np.random.default_rng([place, run])
            paired = grid(
                rng, gain=scene.gain, sigmas=scene.sigmas, items=scene.items, templates=scene.templates
            )
            judged = judge([paired], BARS)
            one = Comparison(side("new", nothing), side("old", nothing), judged, BARS)
            stabilities[str(judged[0].found and judged[0].found.stability_verdict)] += 1
            decisions[decide(gates(one))] += 1
        cells = [
            scene.name,
            f"{scene.items} × {scene.templates}",
            *_shown(stabilities, scene.stability, runs),
            *_shown(decisions, scene.gate, runs),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def _shown(found: "Counter[str]", right: tuple[str, ...], runs: int) -> tuple[str, str]:
    counts = ", ".join(f"{verdict} {count}" for verdict, count in found.most_common())
    return counts, f"{100 * sum(found[one] for one in right) / runs:.1f} %"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
