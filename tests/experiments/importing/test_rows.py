import math
from pathlib import Path

import pytest

from experiments.importing.naming import id_from, short
from experiments.importing.rows import ImportingError, as_score, place_in


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (True, 1.0),
        (0, 0.0),
        (0.25, 0.25),
        (" TRUE ", 1.0),
        ("false", 0.0),
        ("0.5", 0.5),
        ("1e-1", 0.1),
        (None, None),
        (math.nan, None),
        ("", None),
        ("NaN", None),
        ("None", None),
    ],
)
def test_scores_are_numbers_or_nothing(value: object, score: float | None) -> None:
    assert as_score(value, "here") == score


@pytest.mark.parametrize("value", ["good", [1], {"a": 1}])
def test_what_is_no_score_is_named_with_its_place(value: object) -> None:
    with pytest.raises(ImportingError, match=r"^f\.csv, line 3: the score is .*, expected a number"):
        as_score(value, place_in(Path("f.csv"), 3))


def test_a_parquet_file_has_rows() -> None:
    assert place_in(Path("a.parquet"), 7) == "a.parquet, row 7"
    assert place_in(Path("a.eval"), 7, "sample") == "a.eval, sample 7"


def test_ids_are_made_of_what_was_asked_and_do_not_depend_on_the_order_of_keys() -> None:
    assert id_from({"a": 1, "b": 2}, "what?") == id_from({"b": 2, "a": 1}, "what?")
    assert id_from({"a": 1}, "what?") != id_from({"a": 2}, "what?")
    assert id_from({"a": "\ud800"}, "x\n  y ").startswith("x y #")
    assert short("a" * 60) == "a" * 47 + "…"
