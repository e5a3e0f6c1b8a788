import pytest

from experiments.baselines.example import named_example
from experiments.baselines.facts import load


def test_the_named_example():
    found = named_example(load())
    assert (found.before.figure.model, found.before.figure.task) == ("Llama 2-70B", "triviaqa")
    assert (found.before.figure.score, found.after.figure.score) == (0.74, 0.555)
    assert found.before.figure.starred
    assert not found.after.figure.starred
    assert 100 * found.effect.change.points == pytest.approx(-18.5)
    assert found.relative is not None
    assert 100 * found.relative.value == pytest.approx(-25.0)


def test_no_interval_of_it_comes_near_zero():
    found = named_example(load())
    assert found.effect.change.difference is not None
    assert -0.20 < found.effect.change.difference.low < found.effect.change.difference.high < -0.17
    assert found.relative is not None
    assert -0.27 < found.relative.low < found.relative.high < -0.23


def test_it_changes_places_with_gpt_models():
    found = named_example(load())
    assert len(found.others) == 13
    neighbours = [
        neighbour.figure.model if neighbour else None
        for row in (found.before, found.after)
        for neighbour in (found.below(row), found.above(row))
    ]
    assert neighbours == ["text-davinci-001", "text-davinci-002", "davinci-instruct-beta", "davinci"]
    assert found.above(found.others[-1]) is None
    assert found.below(found.others[0]) is None
