from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.importing.rows import Condition, ImportingError, Row
from experiments.importing.tally import CellCount, Tally

FILES = [(Path("a.jsonl"), "line"), (Path("b.eval"), "sample")]
CONDITIONS = [Condition("m", "t", template=name) for name in "xyz"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(CONDITIONS),
        st.sampled_from("pqr"),
        st.integers(0, 2),
        st.sampled_from(["em", "f1"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
Drawn = tuple[Condition, str, int, str, bool]


def filled(rows: list[Drawn]) -> Tally:
    tally = Tally()
    for number, (condition, item, replicate, metric, failed) in enumerate(rows, start=1):
        error = f"error {number}" if failed else None
        tally.add(Row(number, condition, item, metric, None, replicate, error=error), condition, number % 2)
    return tally


@given(rows=ROWS)
@settings(deadline=None, max_examples=60)
def test_the_first_answer_given_again_is_named_with_both_places(rows: list[Drawn]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    again = None
    for number, row in enumerate(rows, start=1):
        first = seen.setdefault(row[:4], number)
        if first != number and again is None:
            again = (first, number)
    if again is None:
        filled(rows).refuse_repeats(FILES)
        return
    places = [f"{FILES[number % 2][0]}, {FILES[number % 2][1]} {number}" for number in again]
    with pytest.raises(ImportingError) as caught:
        filled(rows).refuse_repeats(FILES)
    assert f"condition: {places[0]}, and {places[1]}." in str(caught.value)


@given(rows=ROWS)
@settings(deadline=None, max_examples=60)
def test_cells_are_counted_by_the_reported_metric(rows: list[Drawn]) -> None:
    tally = filled(rows)
    mine = [row for row in rows if row[3] == "em"]
    if {row[0] for row in mine} != {row[0] for row in rows}:
        with pytest.raises(ImportingError, match=r"has no em: choose with --metric one"):
            tally.cells({"t": "em"})
        return
    counts = tally.cells({"t": "em"})
    assert {condition: count.outcomes for condition, count in counts.items()} == Counter(
        row[0] for row in mine
    )
    for condition, count in counts.items():
        of_cell = [row for row in mine if row[0] == condition]
        assert count.items == len({row[1] for row in of_cell})
        assert count.samples == len({row[2] for row in of_cell})
        assert count.failed == sum(row[4] for row in of_cell)
        assert bool(count.error) == (count.failed > 0)


def test_cells_and_items_keep_their_order_and_tasks_their_items() -> None:
    tally = Tally()
    other = Condition("m", "u")
    cells = [
        tally.add(Row(1, condition, item, "em", 1.0), condition, 0)
        for condition, item in ((other, "b"), (CONDITIONS[0], "a"), (other, "a"))
    ]
    assert cells == [0, 1, 0]
    assert tally.items_of("u") == ["a", "b"]
    assert tally.items_of("t") == ["a"]
    assert tally.cells({"t": "em", "u": "em"}) == {
        other: CellCount(2, 0, "", 2, 1),
        CONDITIONS[0]: CellCount(1, 0, "", 1, 1),
    }
