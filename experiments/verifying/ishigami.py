"""Sobol indices of the Ishigami function, which are known exactly."""

import math

import numpy as np
import pandas as pd

from experiments.verifying.check import Section, checks_of
from stats.sobol import sobol

SOURCE = "Ishigami and Homma (1990), ISUMA '90:398, a = 7, b = 0.1; indices in closed form"
A, B = 7.0, 0.1
LEVELS = 40  # of each factor; midpoints integrate the sines exactly and x₃⁴ to about 1 in 1,000


def section() -> Section:
    """The indices over a full grid by `stats.sobol`."""
    points = -np.pi + (np.arange(LEVELS) + 0.5) * 2 * np.pi / LEVELS
    x1, x2, x3 = (axis.ravel() for axis in np.meshgrid(points, points, points, indexing="ij"))
    y = np.sin(x1) + A * np.sin(x2) ** 2 + B * x3**4 * np.sin(x1)
    table = pd.DataFrame({"x₁": x1, "x₂": x2, "x₃": x3, "y": y})
    rows = sobol(table, value="y", factors=("x₁", "x₂", "x₃")).rows
    obtained = {f"{row.factor}, first-order index": row.first for row in rows}
    obtained |= {f"{row.factor}, total index": row.total for row in rows}
    return Section("Sobol indices of the Ishigami function", checks_of(SOURCE, _exact(), obtained, 2e-3))


def _exact() -> dict[str, float]:
    """The variance is split into those of x₁, of x₂ and of x₁ with x₃."""
    alone = (1 + B * math.pi**4 / 5) ** 2 / 2
    second = A**2 / 8
    together = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = alone + second + together
    return {
        "x₁, first-order index": alone / total,
        "x₂, first-order index": second / total,
        "x₃, first-order index": 0.0,
        "x₁, total index": (alone + together) / total,
        "x₂, total index": second / total,
        "x₃, total index": together / total,
    }
