import numpy as np
import pandas as pd
import pytest

from stats.tables import UnbalancedError, cells, check_known, factor_of, fold, full_cells

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


def test_fold_agrees_with_the_table():
    rng = np.random.default_rng(1)
    codes = {name: rng.integers(0, size, 500) for name, size in (("a", 7), ("b", 4), ("c", 3))}
    y = rng.normal(1e6, 1, 500)
    found = fold(y, codes)
    table = pd.DataFrame(codes).assign(y=y)
    expected = table.groupby(["a", "b", "c"])["y"]
    np.testing.assert_allclose(found.mean.ravel(), expected.mean(), rtol=1e-14)
    np.testing.assert_array_equal(found.count.ravel(), expected.size())
    assert found.within == pytest.approx(float((expected.var() * (expected.size() - 1)).sum()))
    assert found.n == {"a": 7, "b": 4, "c": 3}


def test_codes_of_any_integer_type_will_do():
    codes = np.array([0, 1, 1, 0])
    for dtype in (np.int8, np.int32, np.uint16):
        found = fold(np.arange(4.0), {"a": codes.astype(dtype)})
        np.testing.assert_array_equal(found.mean, [1.5, 1.5])


def test_bad_codes_are_refused():
    y = np.arange(3.0)
    with pytest.raises(ValueError, match="one entry a row"):
        fold(y, {"a": np.arange(2)})
    with pytest.raises(ValueError, match="one entry a row"):
        fold(y, {})
    with pytest.raises(ValueError, match="codes start at 0"):
        fold(y, {"a": np.array([-1, 0, 1])})
    with pytest.raises(ValueError, match="not finite"):
        fold(np.array([0.0, np.nan, 1.0]), {"a": np.array([0, 0, 1])})


def test_nested_levels_start_again_in_every_parent():
    table = pd.DataFrame(
        {"passage": list("aabbb"), "item": ["x", "y", "p", "q", "x"], "score": [1.0, 2.0, 3.0, 4.0, 5.0]}
    )
    folded = cells(table, value="score", factors=("passage", "item"), parents=((), (0,)))
    np.testing.assert_array_equal(folded.mean, [[1, 2, np.nan], [3, 4, 5]])
    assert folded.levels == (("a", "b"), (0, 1, 2))
