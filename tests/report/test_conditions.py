import pandas as pd

from experiments.report.conditions import ONLY, condition_words
from experiments.report.findings import FACTORS

SAME = {
    "template": "qa/bare", "shots": 0, "cot": False, "form": "chat", "perturbation": "none", "severity": 0.0,
    "perturbation_seed": 0, "exemplar_seed": 0, "temperature": 0.0, "top_p": 1.0, "sampling_seed": 0,
    "replicate": 0, "sampled": False,
}  # fmt: skip


def words(*rows: dict[str, object]) -> list[str]:
    table = pd.DataFrame([SAME | row for row in rows], index=[7 + place for place in range(len(rows))])
    named = condition_words(table, list(FACTORS))
    assert list(named.index) == list(table.index)
    return named.tolist()


def test_only_what_varies_is_named() -> None:
    assert words({"cot": True}, {"template": "qa/q_a"}) == [
        "template qa/bare, chain of thought on",
        "template qa/q_a, chain of thought off",
    ]
    assert words({}, {}) == [ONLY, ONLY]


def test_a_factor_that_acts_on_nothing_is_not_named() -> None:
    rows: list[dict[str, object]] = [
        {"shots": shots, "exemplar_seed": seed} for shots in (0, 5) for seed in (0, 1)
    ]
    assert words(*rows) == ["shots 0", "shots 0", "shots 5, exemplar seed 0", "shots 5, exemplar seed 1"]
    assert words({"exemplar_seed": 1}, {"exemplar_seed": 2}) == [ONLY, ONLY]
