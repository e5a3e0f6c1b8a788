import pytest

from experiments.report.draws import affordable


@pytest.mark.parametrize(
    ("size", "draws"), [(1, 1000), (10_000, 1000), (20_000, 500), (49_999, 200), (10**9, 200)]
)
def test_draws_fall_with_the_size_of_the_table(size: int, draws: int) -> None:
    assert affordable(size, 10_000_000, least=200, most=1000) == draws
