import json
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from stats.estimate import FloatArray
from stats.sequential import betting_sequence, binary_sequence, confidence_sequence, log_wealth
from stats.tables import UnbalancedError


class Columns(TypedDict):
    value: str
    item: str
    order: str


COLUMNS = Columns(value="score", item="item", order="place")


def scores_of(eighths: list[int]) -> FloatArray:
    return np.array(eighths) / 8


def answers_of(found: list[int]) -> FloatArray:
    return np.array(found, dtype=np.float64)


SCORES = st.lists(st.integers(0, 8), min_size=1, max_size=60).map(scores_of)
ANSWERS = st.lists(st.integers(0, 1), min_size=1, max_size=80).map(answers_of)


def table_of(values: FloatArray) -> pd.DataFrame:
    places = np.arange(len(values))
    return pd.DataFrame({"item": [f"q{place}" for place in places], "place": places, "score": values})


@settings(deadline=None)
@given(ANSWERS)
def test_ends_of_the_mixture_sequence_are_where_the_martingale_reaches_its_bound(values: FloatArray):
    low, high = binary_sequence(values)
    n, ones = values.size, float(values.sum())

    def excess(p: float) -> float:
        log = float(special.betaln(ones + 1, n - ones + 1) - special.xlogy(ones, p))
        return log - float(special.xlog1py(n - ones, -p)) - np.log(20)

    mean = ones / n
    last_low = float(optimize.brentq(excess, 1e-300, mean)) if ones else 0.0
    last_high = float(optimize.brentq(excess, mean, 1 - 1e-16)) if ones < n else 1.0
    # What earlier items ruled out stays out.
    assert low[-1] >= last_low - 1e-9
    assert high[-1] <= last_high + 1e-9
    if n == 1:
        assert (low[-1], high[-1]) == pytest.approx((last_low, last_high))


@settings(deadline=None, max_examples=40)
@given(SCORES)
def test_a_mean_is_out_of_the_betting_sequence_where_the_wealth_says_so(values: FloatArray):
    low, high = betting_sequence(values)
    for mean in np.linspace(0.0123, 0.9877, 12):
        broke = bool(log_wealth(values[np.newaxis], float(mean)).max() >= np.log(20))
        inside = low[-1] <= mean <= high[-1]
        assert inside or broke
        if broke and high[-1] - low[-1] > 0.002:
            assert not low[-1] + 0.001 < mean < high[-1] - 0.001


@settings(deadline=None, max_examples=40)
@given(ANSWERS, st.booleans())
def test_ends_close_in_hold_the_mean_and_mirror(values: FloatArray, bets: bool):
    sequence = betting_sequence if bets else binary_sequence
    low, high = sequence(values)
    assert np.all(np.diff(low) >= 0)
    assert np.all(np.diff(high) <= 0)
    assert np.all((low >= 0) & (high <= 1))
    mirrored_low, mirrored_high = sequence(1 - values)
    if np.all(low < high):  # ends that met were not both at the true mean
        assert mirrored_low == pytest.approx(1 - high)
        assert mirrored_high == pytest.approx(1 - low)


@pytest.mark.parametrize("chance", [0.05, 0.5, 0.8])
def test_peeking_at_answers_covers_at_all_times(chance: float):
    rng = np.random.default_rng(int(100 * chance))
    runs = 300
    held = wilson_held = 0
    for _ in range(runs):
        values = (rng.random(600) < chance).astype(float)
        low, high = binary_sequence(values)
        held += bool(low[-1] <= chance <= high[-1])  # the last holds it only if all do
        n = np.arange(50, 601)
        shares = np.cumsum(values)[49:] / n
        z = np.abs(shares - chance) / np.sqrt(chance * (1 - chance) / n)
        wilson_held += bool(z.max() < 1.96)
    assert held / runs >= 0.94
    assert wilson_held / runs < 0.85  # what a fixed-size interval does when it is peeked at


@pytest.mark.parametrize("spread", [0.3, 2.0, 30.0])
@pytest.mark.parametrize("mean", [0.1, 0.6])
def test_peeking_at_scores_covers_at_all_times(mean: float, spread: float):
    rng = np.random.default_rng(int(100 * spread + mean * 10))
    values = rng.beta(spread * mean, spread * (1 - mean), (500, 600))
    held = log_wealth(values, mean).max(axis=1) < np.log(20)
    assert held.mean() >= 0.94
    low, high = betting_sequence(values[0])
    assert high[-1] - low[-1] < 0.25


def test_scores_that_vary_little_give_a_narrow_sequence():
    rng = np.random.default_rng(1)
    narrow = betting_sequence(rng.beta(50, 50, 400))
    wide = betting_sequence((rng.random(400) < 0.5).astype(float))
    assert narrow[1][-1] - narrow[0][-1] < 0.4 * (wide[1][-1] - wide[0][-1])


def test_templates_of_an_item_are_averaged_and_rows_come_in_any_order():
    rng = np.random.default_rng(2)
    answers = (rng.random((80, 4)) < 0.6).astype(float)
    item, template = np.indices(answers.shape).reshape(2, -1)
    table = pd.DataFrame({"item": item, "template": template, "place": item, "score": answers.ravel()})
    found = confidence_sequence(table.sample(frac=1, random_state=1), **COLUMNS)
    assert found.method == "hedged betting confidence sequence"
    assert found.values == pytest.approx(answers.mean(axis=1))
    low, high = betting_sequence(answers.mean(axis=1))
    assert (found.estimate.low, found.estimate.high) == (low[-1], high[-1])
    assert found.estimate.random == ("item",)
    renamed = table.assign(item=table["item"].map({code: f"x{code * 7 % 80}" for code in range(80)}))
    assert confidence_sequence(renamed, **COLUMNS).high == pytest.approx(found.high)


def test_when_to_stop():
    values = (np.random.default_rng(3).random(1500) < 0.9).astype(float)
    found = confidence_sequence(table_of(values), **COLUMNS)
    assert found.method == "beta-binomial mixture confidence sequence"
    stop = found.first_within(0.05)
    assert stop is not None
    frame = found.to_frame()
    assert list(frame.columns) == ["items", "value", "mean", "low", "high"]
    assert frame["high"][stop - 1] - frame["low"][stop - 1] <= 0.1
    assert frame["high"][stop - 2] - frame["low"][stop - 2] > 0.1
    assert found.first_within(0.001) is None
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["high"][-1] == found.high[-1]


def test_what_has_no_order_is_refused():
    table = table_of(np.array([0.0, 1.0, 1.0]))
    with pytest.raises(UnbalancedError, match="two levels of 'item' have the same place in column 'place'"):
        confidence_sequence(table.assign(place=[0, 1, 1]), **COLUMNS)
    with pytest.raises(UnbalancedError, match="column 'place' gives some several"):
        confidence_sequence(table.assign(item=["a", "a", "b"]), **COLUMNS)
    with pytest.raises(ValueError, match=r"'score' has to lie in \[0, 1\]; it spans 0.0 to 2.0"):
        confidence_sequence(table.assign(score=[0.0, 1.0, 2.0]), **COLUMNS)
    with pytest.raises(ValueError, match="level"):
        confidence_sequence(table, level=95, **COLUMNS)


def test_bets_made_for_a_half_width_reach_it_sooner_and_still_hold_the_mean_at_all_times():
    sooner: list[float] = []
    missed = 0
    for seed in range(40):
        values = (np.random.default_rng(seed).random((600, 5)) < 0.6).mean(axis=1)
        aimed, plain = betting_sequence(values, 0.9, [0.05]), betting_sequence(values, 0.9)
        wide = [int((high - low > 0.1).sum()) for low, high in (aimed, plain)]
        sooner.append(wide[0] / wide[1])
        missed += bool(((aimed[0] > 0.6) | (aimed[1] < 0.6)).any())
    assert np.mean(sooner) < 0.9
    assert missed <= 8  # 4 are expected at most


@settings(deadline=None, max_examples=40)
@given(SCORES, st.lists(st.sampled_from([0.01, 0.05, 0.2]), min_size=1, max_size=3))
def test_a_mean_is_out_once_bettors_together_have_made_enough(values: FloatArray, aims: list[float]):
    low, high = betting_sequence(values, 0.8, aims)
    before = [0.25]
    for place in range(1, values.size):
        means = (0.5 + np.cumsum(values[:place])) / (np.arange(1, place + 1) + 1)
        before.append(float((0.25 + ((values[:place] - means) ** 2).sum()) / (place + 1)))
    out = np.zeros(3, dtype=bool)
    means = np.array([0.2, 0.5, 0.9])
    for sign in (1, -1):
        capital = np.zeros((len(aims), 3))
        for value, spread in zip(values, before, strict=True):
            for bettor, aim in enumerate(aims):
                bet = np.minimum(aim / spread, 0.5 / (means if sign == 1 else 1 - means))
                capital[bettor] += np.log1p(sign * bet * (value - means))
            out |= np.exp(capital).mean(axis=0) / 2 >= 5
    inside = (low[-1] <= means) & (means <= high[-1])
    near = (np.abs(means - low[-1]) < 2e-3) | (np.abs(means - high[-1]) < 2e-3)
    assert ((inside == ~out) | near).all()
