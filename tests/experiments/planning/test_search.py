import itertools
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.planning.evidence import Evidence, Part
from experiments.planning.search import (
    Room,
    cheapest,
    items_needed,
    more_of_both,
    seeds_needed,
    templates_needed,
)
from experiments.planning.wanted import DifferencePower, ScoreWidth, StablePower, Wanted
from stats.design import Sizes
from stats.plan import cheapest as fewest_requests

PLAIN = {"item": 0.03, "template": 0.002, "item × template": 0.05, "residual": 0.15}


def width(variances: dict[str, float], target: float) -> ScoreWidth:
    sigma = variances["template"] ** 0.5
    return ScoreWidth(Evidence((Part("a", 0.6, variances, sigma),)), 0.95, target)


@settings(deadline=None, max_examples=15)
@given(st.floats(0, 0.01), st.floats(0.005, 0.1), st.floats(0, 0.05), st.floats(0.04, 0.2))
def test_nothing_cheaper_does(template: float, item: float, residual: float, target: float):
    variances = {"item": item, "template": template, "item × template": 0.01, "residual": residual}
    wanted, room = width(variances, target), Room(60, 9, replicates=2)
    designs = [
        room.sizes(items, templates, 1, replicates)
        for items, templates, replicates in itertools.product(range(20, 61), range(5, 10), (1, 2))
    ]
    enough = [
        one["item"] * one["template"] * one["replicate"] for one in designs if wanted.met(wanted.reach(one))
    ]
    found = cheapest(wanted, room)
    if not enough:
        assert found is None
        return
    assert found is not None
    assert wanted.met(wanted.reach(found))
    assert found["item"] * found["template"] * found["replicate"] == min(enough)


@pytest.mark.parametrize("target", [0.02, 0.03, 0.05])
def test_it_agrees_with_the_plan_of_stats(target: float):
    variances = PLAIN | {"exemplar_seed": 0.0001}
    room = Room(3000, 40, exemplar_seeds=6, replicates=3)
    found = cheapest(width(variances, target), room)
    most = {"template": 40, "exemplar_seed": 6, "replicate": 3, "item": 3000}
    expected = fewest_requests(variances, most=most, price=1, half_width=target)
    assert found is not None
    assert found["template"] >= 5
    requests = found["item"] * found["template"] * found["exemplar_seed"] * found["replicate"]
    if expected.sizes["template"] >= 5 and expected.sizes["item"] >= 20:
        assert requests == expected.requests
    else:
        assert requests >= expected.requests


@dataclass(frozen=True)
class Simulated(Wanted):
    """A simulated want's search, with a formula for its power, which is estimated too high."""

    lucky: float = 0.0

    @property
    def measure(self) -> str:
        return "power, %"

    @property
    def simulated(self) -> bool:
        return True

    def reach(self, sizes: Sizes) -> float:
        return 1 - 1 / (1 + sizes["item"] * (sizes["template"] - 4) / 500)

    def sure(self, sizes: Sizes) -> float:
        return self.reach(sizes) - self.lucky

    def bound(self, sizes: Sizes) -> float:
        return 1.0


def test_a_simulated_want_is_halved_down_to():
    wanted, room = Simulated(width(PLAIN, 1).evidence, 0.95, 0.8), Room(900, 20)
    enough = [
        items * templates
        for items, templates in itertools.product(range(20, 901), range(5, 21))
        if items * (templates - 4) >= 2000
    ]
    found = cheapest(wanted, room)
    assert found is not None
    assert found["item"] * found["template"] == min(enough)
    assert cheapest(wanted, Room(100, 20)) is None


def test_a_simulated_power_is_looked_at_again():
    wanted, room = Simulated(width(PLAIN, 1).evidence, 0.95, 0.8, lucky=0.05), Room(900, 20)
    found = cheapest(wanted, room)
    assert found is not None
    assert wanted.sure(found) >= 0.8
    assert wanted.sure({**found, "item": found["item"] - 30}) < 0.8
    whole = Room(125, 20)  # .8 with all of it, .75 as it turns out
    assert cheapest(wanted, whole) is None
    assert cheapest(replace(wanted, lucky=-0.01), Room(120, 20)) == Room(120, 20).whole


def test_what_is_needed_when_nothing_within_reach_does():
    wanted, room = width(PLAIN, 0.02), Room(600, 14)
    assert cheapest(wanted, room) is None
    templates = templates_needed(wanted, room)
    assert templates is not None
    assert wanted.met(wanted.reach({**room.whole, "template": templates}))
    assert not wanted.met(wanted.reach({**room.whole, "template": templates - 1}))
    assert items_needed(wanted, room) is None  # the floor of 14 templates is above it

    nearer = width({**PLAIN, "template": 0.0004, "item": 0.05}, 0.02)
    items = items_needed(nearer, room)
    assert items is not None
    assert nearer.met(nearer.reach({**room.whole, "item": items}))
    assert not nearer.met(nearer.reach({**room.whole, "item": items - 1}))
    hopeless = width({**PLAIN, "item": 0.2}, 0.02)
    assert templates_needed(hopeless, Room(250, 14)) is None
    assert items_needed(hopeless, Room(250, 14)) is None
    both = more_of_both(hopeless, Room(250, 14))
    assert both is not None
    assert hopeless.met(hopeless.reach(both))
    assert both["item"] > 250
    assert both["template"] > 14
    assert more_of_both(width({**PLAIN, "template": 0.2}, 0.02), Room(250, 14)) is None


def test_exemplar_seeds_may_be_what_lacks():
    wanted = width({**PLAIN, "template": 0.0001, "exemplar_seed": 0.002}, 0.03)
    few = Room(3000, 30, exemplar_seeds=4)
    assert cheapest(wanted, few) is None
    assert templates_needed(wanted, few) is None
    seeds = seeds_needed(wanted, few)
    assert seeds is not None
    assert cheapest(wanted, replace(few, exemplar_seeds=seeds)) is not None
    assert seeds_needed(wanted, Room(3000, 30)) is None


def test_fewer_than_five_templates_are_planned_only_where_there_are_no_more():
    wanted = width({**PLAIN, "template": 0.0}, 0.05)
    many, few = cheapest(wanted, Room(2000, 30)), cheapest(wanted, Room(2000, 3))
    assert many is not None
    assert few is not None
    assert (many["template"], few["template"]) == (5, 3)


def test_power_is_searched_alike():
    part = replace(width(PLAIN, 1).evidence.first, mean=0.0)
    wanted = DifferencePower(Evidence((part,)), 0.95, 0.8, 0.06)
    found = cheapest(wanted, Room(2000, 40))
    assert found is not None
    assert wanted.reach(found) >= 0.8
    assert wanted.reach({**found, "item": found["item"] - 1}) < 0.8


def test_stability_is_found_where_there_are_templates_enough():
    unsteady = width({**PLAIN, "template": 0.01}, 1).evidence
    wanted = StablePower(unsteady, 0.95, 0.8, margin=6.0, one_sided=True)
    found = cheapest(wanted, Room(100, 8))
    assert found is not None
    assert wanted.reach(found) >= 0.8
    assert cheapest(wanted, Room(30, 5)) is None
