import pytest

from experiments.versions.capabilities import capabilities
from tests.experiments.versions.made import made

RECORDS = {
    "sums": {"category": "Math"},
    "facts": {"category": "Knowledge", "subcategory": "one"},
    "dates": {"category": "Knowledge", "subcategory": "two"},
    "rhymes": {"category": "Poetry"},
}
CHANCES = {"sums": 0.5, "facts": 0.6, "dates": 0.3, "rhymes": 0.4}


def test_every_model_is_scored_in_every_category_in_the_order_of_the_table():
    one = made("one", CHANCES, records=RECORDS)
    found = capabilities([one])
    assert [(of.model, of.category) for of in found] == [
        ("one", "Knowledge"),
        ("one", "Math"),
        ("one", "Poetry"),
    ]
    means = one.side.outcomes.groupby("task")["score"].mean()
    assert found[0].value == pytest.approx((means["facts"] + means["dates"]) / 2)
    assert found[0].interval is not None
    assert found[0].interval.low < found[0].value < found[0].interval.high


def test_what_only_another_model_was_asked_is_missing():
    whole = made("whole", CHANCES, records=RECORDS)
    part = made("part", {"facts": 0.5}, records=RECORDS)
    found = {(one.model, one.category): one for one in capabilities([whole, part])}
    assert found["part", "Knowledge"].missing == ("DATES",)
    assert found["whole", "Knowledge"].missing == ()
    assert ("part", "Math") not in found


def test_one_task_is_no_capability():
    assert capabilities([made("a", {"sums": 0.5}), made("b", {"sums": 0.5})]) == ()


def test_a_task_with_one_graded_item_is_left_out():
    one = made("one", CHANCES, items=2, records=RECORDS)
    one.side.outcomes.loc[one.side.outcomes["item_id"] == "sums-0", "score"] = float("nan")
    assert "Math" not in {of.category for of in capabilities([one])}
