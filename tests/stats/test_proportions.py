from typing import get_args

import pytest

from stats.proportions import Method, proportion, wilson


# Newcombe (1998), Statistics in Medicine 17:857; R's prop.test(correct=FALSE), binom.test and qbeta.
@pytest.mark.parametrize(
    ("successes", "n", "score", "exact", "posterior"),
    [
        (
            81,
            263,
            (0.255288519878274, 0.3662095769828),
            (0.252736745585271, 0.367621922601351),
            (0.254521934991023, 0.365647499174082),
        ),
        (
            15,
            148,
            (0.0623863995307363, 0.160487241723308),
            (0.0578440100834486, 0.161650490349479),
            (0.0604485170092964, 0.157643143478741),
        ),
        (
            0,
            20,
            (0, 0.161125158052819),
            (0, 0.168433470983085),
            (2.42464784592427e-05, 0.116638982904875),
        ),
        (
            1,
            29,
            (0.00611321429276266, 0.171755218793203),
            (0.000872646883579923, 0.177644295488723),
            (0.00374617364905708, 0.150077686002232),
        ),
    ],
)
def test_newcombes_examples(
    successes: int,
    n: int,
    score: tuple[float, float],
    exact: tuple[float, float],
    posterior: tuple[float, float],
):
    published: dict[Method, tuple[float, float]] = {
        "wilson": score,
        "clopper_pearson": exact,
        "jeffreys": posterior,
    }
    for method, expected in published.items():
        found = proportion(successes, n, method=method)
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
        assert found.value == successes / n
    # Agresti and Coull's has the midpoint of Wilson's and is never shorter.
    found = proportion(successes, n, method="agresti_coull")
    assert found.low <= score[0]
    assert found.high >= score[1]


@pytest.mark.parametrize("method", get_args(Method))
def test_intervals_mirror_and_grow_with_the_level(method: Method):
    for successes, n in ((0, 7), (2, 9), (50, 50)):
        found, mirrored = (proportion(k, n, method=method) for k in (successes, n - successes))
        assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-12)
        wider = proportion(successes, n, method=method, level=0.99)
        assert wider.low <= found.low
        assert wider.high >= found.high


def test_wilson_is_the_default():
    assert proportion(3, 10) == wilson(3, 10)


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(successes: int, n: int):
    with pytest.raises(ValueError, match=f"got {successes} of {n}"):
        wilson(successes, n)


def test_unknown_methods_are_refused():
    with pytest.raises(ValueError, match=r"method is one of wilson, .*; got 'wald'"):
        proportion(1, 5, method="wald")  # pyright: ignore[reportArgumentType]
