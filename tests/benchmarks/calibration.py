"""Prints how often a template effect is detected and how often its interval holds the truth.

python tests/benchmarks/calibration.py [respondents]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.calibration import Calibration, calibrate


def main() -> None:
    """One line a design."""
    respondents = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{respondents} respondents a line, 10 templates, mean .6, item SD .15")
    for sigma in (0.0, 0.08):
        for items in (100, 150, 200):
            found = calibrate(Calibration(sigma_template=sigma, items=items), range(respondents))
            print(
                f"sigma {sigma:.2f}, {items} items: detected {found.detected:.3f}, "
                f"interval holds {found.covered:.3f}"
            )


if __name__ == "__main__":
    main()
