from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"

Tidy = Callable[..., pd.DataFrame]


@pytest.fixture
def reference() -> Callable[[str], pd.DataFrame]:
    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(DATA / f"{name}.csv")

    return read


@pytest.fixture
def tidy() -> Tidy:
    """From an items × templates array to a table with the columns item, template, score."""

    def build(grid: NDArray[np.float64]) -> pd.DataFrame:
        item, template = np.indices(grid.shape).reshape(2, -1)
        return pd.DataFrame({"item": item, "template": template, "score": grid.ravel()})

    return build


@pytest.fixture
def replicated() -> Tidy:
    """From an items × templates × replicates array to a table with the columns item, template, score."""

    def build(rows: NDArray[np.float64]) -> pd.DataFrame:
        item, template, _ = np.indices(rows.shape).reshape(3, -1)
        return pd.DataFrame({"item": item, "template": template, "score": rows.ravel()})

    return build
