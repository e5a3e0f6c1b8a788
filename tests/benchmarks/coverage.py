"""Prints how often 95 % intervals of the mean and of σ_template hold the truth, as a table in markdown.

nice python tests/benchmarks/coverage.py [tables a design: 400] [with missing cells: 100] [part of a name]
"""

import platform
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.coverage import Plan, coverage, grid_of_plans, truth

LOW, HIGH = 0.935, 0.965


def main() -> None:
    """One line a design."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    fitted = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    began = time.process_time()
    print("| design | items | templates | σ | runs | mean | items only | σ_template | width |")
    print("|---|---|---|---|---|---|---|---|---|")
    for number, (name, plans) in enumerate(grid_of_plans().items()):
        for place, plan in enumerate(plans if wanted in name else ()):
            rng = np.random.default_rng([1, number, place])
            found = coverage(plan, runs if plan.missing == "no" else fitted, rng)
            _, _, sigma = truth(plan)
            cells = [
                name + _more(plan),
                f"{plan.items}",
                f"{plan.templates}",
                f"{sigma:.3f}",
                f"{found.runs}",
                marked(found.crossed, found.runs),
                f"{found.items_only:.3f}",
                marked(found.sigma, found.runs),
                f"{found.width:.3f}",
            ]
            print(f"| {' | '.join(cells)} |", flush=True)
    error = (0.95 * 0.05 / np.array([runs, fitted])) ** 0.5
    print(f"\nMonte Carlo standard error: {error[0]:.4f}, with missing cells {error[1]:.4f}.")
    print(f"{time.process_time() - began:.0f} s of one core, Python {platform.python_version()}.")


def _more(plan: Plan) -> str:
    if plan.seeds:
        return f", {plan.seeds} seeds"
    if plan.passages:
        least, most = min(plan.passages), max(plan.passages)
        return f": {len(plan.passages)} of {least}" + (f" to {most}" if most > least else "")
    return ""


def marked(share: float, runs: int) -> str:
    """The share, bold where it is outside [.935, .965] by more than twice its own error."""
    error = 2 * (share * (1 - share) / runs) ** 0.5
    text = f"{share:.3f}"
    return f"**{text}**" if share + error < LOW or share - error > HIGH else text


if __name__ == "__main__":
    main()
