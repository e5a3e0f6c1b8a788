import pytest

from stats.terms import design


def names(factors: str | tuple[str, ...], *, nested: dict[str, str] | None = None, order: int | None = None):
    layout = design(factors, nested=nested, order=order)
    return [layout.name(term) for term in layout.terms]


def test_crossed_factors_have_all_interactions():
    assert names(("a", "b", "c")) == ["a", "b", "c", "a × b", "a × c", "b × c", "a × b × c"]
    assert len(names("abcdef")) == 63


def test_order_bounds_the_interactions():
    assert names("abcdef", order=2)[-1] == "e × f"
    assert len(names("abcdef", order=2)) == 6 + 15


def test_nested_factors_have_no_interaction_with_what_they_are_nested_in():
    assert names(("passage", "item", "template"), nested={"item": "passage"}) == [
        "passage",
        "item",
        "template",
        "passage × template",
        "item × template",
    ]


def test_nesting_is_transitive():
    layout = design(("language", "passage", "item"), nested={"passage": "language", "item": "passage"})
    assert [layout.name(term) for term in layout.terms] == ["language", "passage", "item"]
    assert layout.terms == ((0,), (0, 1), (0, 1, 2))


def test_fixed_terms_are_those_of_fixed_factors_alone():
    layout = design(("item", "cot", "shots"), fixed=("cot", "shots"))
    fixed = [layout.name(term) for term in layout.terms if layout.is_fixed(term)]
    assert fixed == ["cot", "shots", "cot × shots"]


def test_bad_designs_are_refused():
    with pytest.raises(ValueError, match="1 to 6 factors are possible; got 7"):
        design("abcdefg")
    with pytest.raises(ValueError, match="'passsage' is none of passage, item"):
        design(("passage", "item"), nested={"item": "passsage"})
    with pytest.raises(ValueError, match="nested in each other"):
        design(("a", "b"), nested={"a": "b", "b": "a"})
    with pytest.raises(ValueError, match="1 or more; got 0"):
        design(("a", "b"), order=0)
