"""MaxP, AvgP and CPS, from a checkout and from a table in long form."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from experiments.verifying.files import VerifyError
from experiments.verifying.state_of_what_art import ACCURACIES, METRICS, sections

MATRICES = Path(os.environ.get("FATHOM_MATRICES", ""))
NAN = float("nan")


def checkout(folder: Path, published: dict[str, list[str]]) -> Path:
    """A folder laid out as the repository: a task of each of two benchmarks, two models, our own numbers."""
    tasks = {
        "LMentry/word_game": {"one": [0.2, 0.4, 0.9], "two": [0.5, 0.5, 0.5]},
        "BBL/strategyqa": {"one": [0.6, NAN], "two": [NAN, NAN]},
    }
    for name, models in tasks.items():
        entries = {
            str(place): {
                "template": "?",
                "method": "rephrase",
                "correct": True,
                "accs": {model: values[place] for model, values in models.items()},
            }
            for place in range(len(models["one"]))
        }
        file = folder / ACCURACIES / f"{name}.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"paraphrases": entries}))
    for metric, rows in published.items():
        file = folder / METRICS / f"open-source models {metric} (no filtering).csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["benchmark,task ,one,two", *rows]) + "\n")
    return folder


# Means 0.5 and 0.5; (1 - (0.9 - 0.5)) 0.9 = 0.54. A missing accuracy counts as 0: (1 - 0.3) 0.6 = 0.42.
PUBLISHED = {
    "MaxP": ["lmentry,word game ,0.9,0.5", "big-bench-lite,strategic qa,0.6,"],
    "AvgP": ["lmentry,word game ,0.5,0.5", "big-bench-lite,strategic qa,0.3,"],
    "CPS": ["lmentry,word game ,0.54,0.5", "big-bench-lite,strategic qa,0.42,"],
}


def test_a_checkout_is_derived_from_its_own_accuracies_and_tables(tmp_path: Path) -> None:
    found = sections(checkout(tmp_path, PUBLISHED))
    assert [section.title.rsplit(" ", 1)[1] for section in found] == ["MaxP", "AvgP", "CPS"]
    assert [len(section.checks) for section in found] == [3, 3, 3]
    assert all(section.agrees for section in found)
    (note,) = found[0].notes
    assert "counts as 0" in note
    assert "1 of task and model (big-bench-lite/strategic qa)" in note


def test_a_wrong_number_is_told_from_right_ones(tmp_path: Path) -> None:
    wrong = PUBLISHED | {"CPS": ["lmentry,word game ,0.54,0.51", "big-bench-lite,strategic qa,0.42,"]}
    *_, cps = sections(checkout(tmp_path, wrong))
    assert [check.name for check in cps.checks if not check.agrees] == ["CPS, lmentry, word game, two"]


def test_what_has_no_counterpart_is_named(tmp_path: Path) -> None:
    published = {metric: ["lmentry,word game ,0.9,", "lmentry,other,0.5,0.5"] for metric in PUBLISHED}
    notes = sections(checkout(tmp_path, published))[0].notes
    assert "published, without accuracies here: 2 of task and model (lmentry/other)" in notes
    assert (
        "accuracies here, not published: 2 of task and model (big-bench-lite/strategic qa, lmentry/word game)"
        in notes
    )


def rows_of(values: list[float]) -> pd.DataFrame:
    """One model of the published tables: 184 paraphrases, one of which 2 of 100 items were solved with."""
    return pd.DataFrame(
        {
            "benchmark": "BBH",
            "task": "formal_fallacies",
            "template_id": range(len(values)),
            "model": "minotaur-15b",
            "accuracy": values,
        }
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_in_long_form_is_held_against_what_ships(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"accuracies.{suffix}"
    table = rows_of([0.02] + [0.0] * 183)
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    found = sections(path)
    assert [check.name for section in found for check in section.checks] == [
        f"{metric}, big-bench-hard, formal fallacies, minotaur-15b" for metric in ("MaxP", "AvgP", "CPS")
    ]
    assert all(section.agrees for section in found)
    rows_of([0.03] + [0.0] * 183).to_csv(tmp_path / "other.csv", index=False)
    assert [section.agrees for section in sections(tmp_path / "other.csv")] == [False, False, False]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match=r"expected accuracies in .*BENCHMARK/TASK\.json"):
        sections(tmp_path)
    path = tmp_path / "table.csv"
    rows_of([0.5, 0.4]).rename(columns={"accuracy": "acuracy"}).to_csv(path, index=False)
    with pytest.raises(VerifyError, match="accuracy is missing; did you mean 'acuracy'"):
        sections(path)
    rows_of([50.0, 40.0]).to_csv(path, index=False)
    with pytest.raises(VerifyError, match=r"'accuracy' holds numbers from 0 to 1; got 50\.0"):
        sections(path)
    rows_of([0.5]).to_csv(path, index=False)
    with pytest.raises(VerifyError, match="BBH, formal_fallacies, minotaur-15b: at least 2 levels"):
        sections(path)
    rows_of([0.5, 0.4]).assign(model="other").to_csv(path, index=False)
    with pytest.raises(VerifyError, match="no task and model in it was published"):
        sections(path)
    with pytest.raises(VerifyError, match=r"MaxP \(no filtering\)\.csv: expected the columns benchmark"):
        sections(checkout(tmp_path / "other", {"MaxP": ["lmentry,word game,high,0.5"]}))
    broken = tmp_path / ACCURACIES / "BBH" / "task.json"
    broken.parent.mkdir(parents=True)
    broken.write_text('{"paraphrases": {"1": {"template": "?"}}}')
    with pytest.raises(VerifyError, match=r"task\.json: expected .*accs"):
        sections(tmp_path)


@pytest.mark.skipif("FATHOM_MATRICES" not in os.environ, reason="FATHOM_MATRICES names no folder")
def test_all_released_accuracies_give_the_published_numbers() -> None:
    found = sections(MATRICES / "state_of_what_art_template_accuracy" / "responses.parquet")
    assert [len(section.checks) for section in found] == [325, 325, 325]
    assert all(section.agrees for section in found)
