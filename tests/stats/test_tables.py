import numpy as np
import pandas as pd
import pytest

from stats.tables import UnbalancedError, cells, check_known, factor_of, full_cells

TABLE = pd.DataFrame({"item": ["b", "a", "b", "a"], "template": [1, 1, 0, 0], "score": [1.0, 2.0, 3.0, 4.0]})


def test_cells_have_sorted_levels_whatever_the_order_of_rows():
    folded = cells(TABLE, value="score", factors=("item", "template"))
    assert folded.levels == (("a", "b"), (0, 1))
    np.testing.assert_array_equal(folded.mean, [[4.0, 2.0], [3.0, 1.0]])
    assert folded.n == {"item": 2, "template": 2}
    assert folded.within == 0


def test_rows_of_a_cell_are_averaged_and_their_scatter_kept():
    folded = cells(TABLE, value="score", factors=("item",))
    np.testing.assert_array_equal(folded.mean, [3.0, 2.0])
    np.testing.assert_array_equal(folded.count, [2, 2])
    assert folded.within == 4.0


def test_unused_categories_do_not_count():
    table = TABLE.assign(item=pd.Categorical(TABLE["item"], categories=["z", "b", "a"]))
    assert factor_of(table, "item").levels == ("b", "a")  # in the order of the categories
    assert full_cells(table, value="score", factors=("item", "template")).mean.shape == (2, 2)


def test_levels_of_types_without_an_order_keep_that_of_appearance():
    levels = factor_of(pd.DataFrame({"f": [("b",), None.__class__, ("b",), "a"]}), "f").levels
    assert levels == (("b",), type(None), "a")


@pytest.mark.parametrize("levels", [["é", "日本", "🙂"], [True, False, True], [1.5, -2, 0], ["", " ", "\n"]])
def test_any_hashable_level_will_do(levels: list[object]):
    table = pd.DataFrame({"f": levels, "y": [1.0, 2.0, 3.0]})
    assert set(factor_of(table, "f").levels) == set(levels)


def test_missing_column_names_the_nearest():
    with pytest.raises(ValueError, match=r"no column 'templat': did you mean 'template'\?"):
        cells(TABLE, value="score", factors=("item", "templat"))
    with pytest.raises(ValueError, match=r"no column 'xyz': the table has item, template, score"):
        cells(TABLE, value="xyz", factors=("item",))


def test_gaps_and_words_in_the_value_column_are_refused():
    with pytest.raises(ValueError, match="'score' has no finite number in 2 of 4 rows"):
        cells(TABLE.assign(score=[1.0, np.nan, np.inf, 0.0]), value="score", factors=("item",))
    with pytest.raises(ValueError, match="'score' has to hold numbers"):
        cells(TABLE.assign(score=["right", "wrong", "right", "wrong"]), value="score", factors=("item",))


def test_booleans_and_nullable_numbers_are_numbers():
    scores = pd.array([1, 0, 1, 1], dtype="Int64")
    for column in (scores, scores.astype("boolean"), np.array([True, False, True, True])):
        folded = cells(TABLE.assign(score=column), value="score", factors=("item",))
        np.testing.assert_array_equal(folded.mean, [0.5, 1.0])


def test_gaps_in_a_factor_are_refused():
    with pytest.raises(ValueError, match="'item' names no level in 1 of 4 rows"):
        cells(TABLE.assign(item=pd.Series(["a", None, "b", "b"])), value="score", factors=("item",))


def test_empty_table_and_doubled_roles_are_refused():
    with pytest.raises(ValueError, match="no rows"):
        cells(TABLE.iloc[:0], value="score", factors=("item",))
    with pytest.raises(ValueError, match="one role"):
        cells(TABLE, value="score", factors=("item", "item"))


def test_missing_cells_are_counted_and_one_is_named():
    with pytest.raises(
        UnbalancedError, match=r"item × template: 1 of 4 cells have no row \(one is item 'b', templ"
    ):
        full_cells(
            TABLE.iloc[:3].iloc[[0, 1, 1]].assign(template=[1, 1, 0]),
            value="score",
            factors=("item", "template"),
        )


def test_unknown_level_names_the_nearest():
    with pytest.raises(ValueError, match=r"'model' has no level 'gpt4': did you mean 'gpt-4'\?"):
        check_known("gpt4", ("gpt-4", "llama"), "model")
