import math

import pytest

from stats.needed import Needed, needed


def width(templates: int, items: float) -> float:
    return math.sqrt(0.01 / templates + 1 / (items * templates) + 0.5 / items)


@pytest.mark.parametrize("room", [0.03, 0.045, 0.06])
def test_one_fewer_would_not_do(room: float):
    found = needed(width, room, templates=8, items=100)
    if found.templates is not None:
        assert width(found.templates, 100) < room <= width(found.templates - 1, 100)
    else:
        assert width(1000, 100) >= room
    if found.items is not None:
        assert width(8, found.items) < room <= width(8, found.items - 1)
    else:
        assert width(8, math.inf) >= room


def test_what_is_narrow_already_needs_more_than_there_is():
    assert needed(width, 10, templates=8, items=100) == Needed(9, 101)


def test_no_number_of_items_is_a_plan_beyond_ten_million():
    limit = width(8, math.inf)
    assert needed(width, limit * (1 + 1e-9), templates=8, items=100).items is None
