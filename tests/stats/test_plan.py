import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.design import half_width
from stats.plan import cheapest
from stats.power import detectable

PLAIN = {"item": 0.05, "template": 0.004, "item × template": 0.012, "residual": 0.15}


@settings(deadline=None, max_examples=12)
@given(
    st.floats(0.0, 0.01),
    st.floats(0.01, 0.1),
    st.floats(0.0, 0.05),
    st.floats(0.05, 0.2),
    st.booleans(),
)
def test_nothing_cheaper_does(template: float, item: float, residual: float, target: float, by_power: bool):
    variances = {"item": item, "template": template, "item × template": 0.01, "residual": residual}
    most = {"item": 40, "template": 7, "replicate": 2}

    def reach(sizes: dict[str, int]) -> float:
        return detectable(variances, sizes) if by_power else half_width(variances, sizes)

    enough = [
        items * templates * replicates
        for items, templates, replicates in itertools.product(range(3, 41), range(3, 8), (1, 2))
        if reach({"item": items, "template": templates, "replicate": replicates})
        <= target * (1.02 if by_power else 1)
    ]
    width, difference = (None, target) if by_power else (target, None)
    if not enough:
        with pytest.raises(ValueError, match="no design within"):
            cheapest(variances, most=most, price=1, half_width=width, difference=difference)
        return
    try:
        found = cheapest(variances, most=most, price=0.5, half_width=width, difference=difference)
    except ValueError:
        assert by_power  # the sum of quantiles may miss what is just within reach
        return
    sizes = dict(found.sizes)
    assert reach(sizes) <= target * (1.02 if by_power else 1 + 1e-9)
    assert found.price == 0.5 * found.requests
    if by_power:
        assert found.detectable == pytest.approx(reach(sizes), rel=0.06)
        assert found.requests >= min(enough)
    else:
        assert found.requests == min(enough)
        assert found.half_width == pytest.approx(reach(sizes))
        assert found.detectable is None


def test_the_noncentral_t_agrees_at_more_degrees_of_freedom():
    for target in (0.04, 0.06, 0.1):
        found = cheapest(PLAIN, most={"item": 2000, "template": 60}, price=1, difference=target, models=2)
        assert detectable(PLAIN, found.sizes) == pytest.approx(target, rel=0.01)
        assert found.requests == 2 * found.sizes["item"] * found.sizes["template"]


def test_the_floor_names_the_templates():
    with pytest.raises(ValueError, match=r"all of it gives 0.0777; more items alone never get below 0.0554"):
        cheapest(PLAIN, most={"item": 1000, "template": 5, "replicate": 10}, price=1, half_width=0.03)
    few_items = {"item": 20, "template": 40}
    with pytest.raises(ValueError, match=r"reaches 0.03: all of it gives 0.1\d+$"):
        cheapest(PLAIN, most=few_items, price=1, half_width=0.03)
    found = cheapest(PLAIN, most={"item": 1000, "template": 60}, price=1, half_width=0.03)
    assert found.floor < 0.03
    assert found.floor == pytest.approx(1.959964 * (0.004 / found.sizes["template"]) ** 0.5)


def test_seeds_are_planned_like_templates():
    variances = PLAIN | {"seed": 0.002, "item × seed": 0.01}
    found = cheapest(variances, most={"item": 2000, "template": 40, "seed": 10}, price=1, half_width=0.06)
    assert half_width(variances, found.sizes) <= 0.06
    assert set(found.sizes) == {"item", "template", "seed"}
    assert all(size >= 3 for size in found.sizes.values())


def test_what_cannot_be_planned_is_refused():
    most = {"item": 100, "template": 10}
    with pytest.raises(ValueError, match="give either half_width or difference"):
        cheapest(PLAIN, most=most, price=1)
    with pytest.raises(ValueError, match="give either half_width or difference"):
        cheapest(PLAIN, most=most, price=1, half_width=0.1, difference=0.1)
    with pytest.raises(ValueError, match="no size is given for 'template'"):
        cheapest(PLAIN, most={"item": 100}, price=1, half_width=0.1)
    with pytest.raises(ValueError, match="fewer than 3 levels of 'template' are no sample; got 2"):
        cheapest(PLAIN, most={"item": 100, "template": 2}, price=1, half_width=0.1)
    with pytest.raises(ValueError, match="most gives no number of 'item'"):
        cheapest({"template": 0.1}, most={"template": 10}, price=1, half_width=0.1)
    with pytest.raises(ValueError, match="target above 0"):
        cheapest(PLAIN, most=most, price=1, half_width=0)
    with pytest.raises(ValueError, match="more than 100000 combinations"):
        cheapest(PLAIN, most={"item": 9, "template": 999, "replicate": 999}, price=1, half_width=0.1)
