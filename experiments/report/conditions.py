"""Conditions in words: the levels of the factors that vary, where they can make a difference."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.report.findings import FACTORS, LIVE, label

if TYPE_CHECKING:
    import pandas as pd

CHANGING_PROMPTS = (
    "template", "shots", "cot", "form", "perturbation", "perturbation_seed", "exemplar_seed",
)  # fmt: skip
REPEATS = ("sampling_seed", "replicate")  # levels that are nothing but further samples
ONLY = "the only condition"


def condition_words(rows: "pd.DataFrame", factors: Sequence[str]) -> "pd.Series[str]":
    """Each row's condition: "template qa/bare, shots 5".

    Factors with one level are left out, and so is a factor where it acts on nothing: the exemplar seed
    without exemplars. Rows with the same words were asked alike, as far as these factors go.

    Args:
        rows: Outcomes of one model and task.
        factors: The factors that count.
    """
    import pandas as pd

    several = [factor for factor in FACTORS if factor in factors and rows[factor].nunique() > 1]
    if not several:
        return pd.Series(ONLY, index=rows.index)
    acting = [LIVE[factor][0] for factor in several if factor in LIVE]
    columns = list(dict.fromkeys([*several, *acting]))
    levels = rows[columns].drop_duplicates()

    def words(row: Mapping[Any, Any]) -> str:
        live = [one for one in several if one not in LIVE or row[LIVE[one][0]] > 0]
        return ", ".join(f"{FACTORS[one]} {label(one, row[one])}" for one in live) or ONLY

    levels = levels.assign(words=[words(row) for row in levels.to_dict("records")])
    named = rows[columns].merge(levels, on=columns, how="left")
    return pd.Series(named["words"].to_numpy(), index=rows.index)
