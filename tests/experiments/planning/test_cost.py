from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.planning.cost import Cost, cost_of, total
from experiments.planning.pilot import Pilot
from tests.experiments.compare.sides import side


def pilot(folder: Path, *, sent: int = 4, usd: float = 0.0, **price: Any) -> Pilot:
    """A pilot of four requests, two of another task, its own with 100 tokens in and 10 out on average."""
    rows = [
        {"item_id": f"i{place}", "key": f"k{place}", "task": "mine" if place < 2 else "other"}
        for place in range(4)
    ]
    one = side("m", rows)
    manifest = {
        **one.manifest,
        "counts": {"sent": sent},
        "wall_s": 2.0,
        "models": [
            {"name": "m", "role": "grader", "price": {}},
            {
                "name": "m",
                "role": "model",
                "prompt_tokens": 800,
                "completion_tokens": 80,
                "usd": usd,
                "price": {"input": 2.0, "output": 5.0, **price},
            },
        ],
    }
    requests = pd.DataFrame(
        {
            "key": ["k0", "k1", "k2", "k3", "k9"],
            "prompt_tokens": [90, 110, 300, 300, 7],
            "completion_tokens": [10, 10, 30, 30, 7],
            "latency_s": [0.2, 0.4, 9.0, 9.0, 9.0],
            "finish": "stop",
        }
    )
    requests.to_parquet(folder / "requests.parquet")
    moved = type(one)(folder, one.model, manifest, one.outcomes)
    return Pilot(moved, "mine", "Mine", one.outcomes, ("item", "template"), (0,), frozenset())


def test_a_request_costs_what_its_task_s_did(tmp_path: Path):
    found = cost_of(pilot(tmp_path))
    assert found.tokens == pytest.approx(110)
    assert found.seconds == pytest.approx(2.0 / 4)


def test_money_is_the_list_price_as_far_as_the_pilot_paid_it(tmp_path: Path):
    listed = (100 * 2.0 + 10 * 5.0) / 1e6
    at_list = (800 * 2.0 + 80 * 5.0) / 1e6
    assert cost_of(pilot(tmp_path, usd=at_list)).usd == pytest.approx(listed)
    assert cost_of(pilot(tmp_path, usd=at_list / 2)).usd == pytest.approx(listed / 2)


def test_where_everything_was_stored_the_price_is_the_list_s_and_the_time_the_latency(tmp_path: Path):
    one = pilot(tmp_path, sent=0)
    record = one.side.manifest["models"][1]
    record.update(prompt_tokens=0, completion_tokens=0)
    found = cost_of(one)
    assert found.seconds == pytest.approx(0.3)
    assert found.usd == pytest.approx((100 * 2.0 + 10 * 5.0) / 1e6)


def test_an_engine_that_counts_no_tokens_has_no_known_price(tmp_path: Path):
    one = pilot(tmp_path)
    requests = pd.read_parquet(tmp_path / "requests.parquet")
    requests.assign(prompt_tokens=0, completion_tokens=0).to_parquet(tmp_path / "requests.parquet")
    assert cost_of(one).tokens is None
    assert cost_of(one).usd is None
    requests.assign(finish="error").to_parquet(tmp_path / "requests.parquet")
    assert cost_of(one) == Cost()


def test_costs_add_up_where_they_are_known():
    assert total([Cost(1, 2, 3), Cost(10, None, 30)]) == Cost(11, None, 33)
    assert Cost(1, None, 3).times(2) == Cost(2, None, 6)
    assert Cost(None, 5).filled(Cost(7, 6, 8)) == Cost(7, 5, 8)
