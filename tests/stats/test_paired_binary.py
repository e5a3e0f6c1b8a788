from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from stats.paired_binary import Counts, mcnemar_p, newcombe, paired_proportions, tango
from stats.tables import UnbalancedError

Read = Callable[[str], pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    factor: str


COLUMNS = Columns(value="y", item="item", factor="template")
COUNTS = st.builds(Counts, *(st.integers(0, 40) for _ in range(4))).filter(lambda counts: counts.n > 0)


def test_agresti_1990_p350():
    # R's mcnemar.test and binom.test.
    exact, mid, chi2 = mcnemar_p(Counts(794, 150, 86, 570))
    assert exact == pytest.approx(3.71593613957e-05)
    assert chi2 == pytest.approx(3.09929344105e-05)
    assert mid < exact


def test_two_templates_of_the_crossed_reference(reference: Read):
    table = reference("crossed_balanced").query("seed == 1")
    found = paired_proportions(table, level=1, against=2, **COLUMNS)
    assert found.counts == Counts(both=25, only_level=6, only_against=15, neither=14)
    assert found.p_chi2 == pytest.approx(0.0495346134356)
    assert found.p_exact == pytest.approx(0.0783538818359376)
    assert found.p_mid == pytest.approx(0.0524787902832032)
    assert found.newcombe.value == found.tango.value == -0.15
    assert found.newcombe.random == ("item",)
    assert found.newcombe.n == {"item": 60}
    # The score interval is at 0 exactly where the chi-square test rejects at its level.
    assert found.tango.high < 0 < tango(found.counts, 0.951)[1]


# Fagerland, Lydersen and Laake (2014), Stat. Med. 33:2850, on the data of Bentur et al. (2009).
def test_airway_reactivity():
    counts = Counts(1, 1, 7, 12)
    assert newcombe(counts) == pytest.approx((-0.507, -0.026), abs=5e-4)
    assert tango(counts) == pytest.approx((-0.517, -0.026), abs=5e-4)
    exact, mid, chi2 = mcnemar_p(counts)
    assert (exact, mid, chi2) == pytest.approx((0.0703, 0.0391, 0.0339), abs=5e-5)


# Newcombe (1998), Stat. Med. 17:2635, method 10.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [(Counts(20, 12, 2, 16), 0.0562, 0.3292), (Counts(36, 12, 2, 0), 0.0569, 0.3404)],
)
def test_newcombe_1998(counts: Counts, low: float, high: float):
    assert newcombe(counts) == pytest.approx((low, high), abs=5e-5)


@given(
    COUNTS.filter(lambda counts: counts.only_level + counts.only_against > 0), st.sampled_from([0.8, 0.95])
)
def test_tango_inverts_the_score_test_with_shares_found_numerically(counts: Counts, level: float):
    """The restricted maximum of the likelihood is looked for by search instead of by formula."""
    b, c, n = counts.only_level, counts.only_against, counts.n

    def statistic(difference: float) -> float:
        least = max(0.0, -difference)
        most = (1 - difference) / 2

        def loss(share: float) -> float:
            terms = (
                (b, share + difference),
                (c, share),
                (n - b - c, 1 - 2 * share - difference),
            )
            return -sum(count * np.log(max(chance, 1e-300)) for count, chance in terms if count)

        share = optimize.minimize_scalar(
            loss, bounds=(least, most), method="bounded", options={"xatol": 1e-12}
        ).x
        return (b - c - n * difference) ** 2 / (n * (2 * share + difference * (1 - difference)))

    z2 = {0.8: 1.2815515655446004, 0.95: 1.959963984540054}[level] ** 2
    for end in tango(counts, level):
        if abs(end) < 0.999:
            assert statistic(end) == pytest.approx(z2, rel=1e-3)


@settings(deadline=None)
@given(COUNTS)
def test_exchanging_the_levels_mirrors_everything(counts: Counts):
    mirrored = Counts(counts.both, counts.only_against, counts.only_level, counts.neither)
    assert mcnemar_p(counts) == pytest.approx(mcnemar_p(mirrored))
    for interval in (newcombe, tango):
        low, high = interval(counts)
        assert -1 <= low <= counts.difference + 1e-8
        assert counts.difference - 1e-8 <= high <= 1
        assert interval(mirrored) == pytest.approx((-high, -low), abs=1e-9)
    # Rights and wrongs exchanged are the same comparison the other way round.
    turned = Counts(counts.neither, counts.only_against, counts.only_level, counts.both)
    assert newcombe(turned) == pytest.approx(tuple(-end for end in reversed(newcombe(counts))), abs=1e-9)


def test_results_that_never_differ_still_have_an_interval():
    assert mcnemar_p(Counts(30, 0, 0, 20)) == (1.0, 1.0, 1.0)
    z2 = 1.959963984540054**2
    assert tango(Counts(30, 0, 0, 20)) == pytest.approx((-z2 / (50 + z2), z2 / (50 + z2)))
    assert tango(Counts(0, 10, 0, 0))[1] == 1
    assert 0.4 < tango(Counts(0, 10, 0, 0))[0] < 1


@pytest.mark.parametrize("interval", [newcombe, tango])
def test_paired_intervals_cover(interval: Callable[[Counts], tuple[float, float]]):
    """Exact coverage, every table with 30 items weighted by its probability."""
    n, chances = 30, (0.55, 0.18, 0.07)
    covered = 0.0
    lgamma = np.cumsum(np.log(np.maximum(np.arange(n + 1), 1)))
    for b in range(n + 1):
        for c in range(n + 1 - b):
            rest = n - b - c
            for both in range(rest + 1) if interval is newcombe else (rest,):
                counts = Counts(both, b, c, rest - both)
                low, high = interval(counts)
                if not low <= 0.11 <= high:
                    continue
                logs = [(b, 0.18), (c, 0.07)]
                logs += [(both, 0.55), (rest - both, 0.2)] if interval is newcombe else [(rest, 0.75)]
                weight = lgamma[n] - sum(lgamma[count] for count, _ in logs)
                covered += float(np.exp(weight + sum(count * np.log(chance) for count, chance in logs)))
    assert chances[1] - chances[2] == pytest.approx(0.11)
    assert 0.93 <= covered <= 0.975


def test_several_answers_an_item_are_refused(reference: Read):
    with pytest.raises(UnbalancedError, match="240 rows repeat an 'item' at one level of 'template'"):
        paired_proportions(reference("crossed_balanced"), level=1, against=2, **COLUMNS)


def test_scores_between_0_and_1_are_refused(reference: Read):
    table = reference("crossed_balanced").query("seed == 1").assign(y=lambda table: table["score"])
    with pytest.raises(ValueError, match=r"'y' has to hold 0 \(wrong\) or 1"):
        paired_proportions(table, level=1, against=2, **COLUMNS)
