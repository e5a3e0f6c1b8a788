"""What a store holds, and pruning it."""

import sqlite3
from pathlib import Path

import pytest

from experiments.store.claims import claims_on
from experiments.store.completions import open_store
from experiments.store.contents import contents, prune
from experiments.store.layout import StoreError


def dated(store: Path, model: str, created: float) -> None:
    db = sqlite3.connect(store)
    db.execute("UPDATE completions SET created = ? WHERE model = ?", (created, model))
    db.commit()
    db.close()


def left(store: Path) -> dict[str, int]:
    return {holding.model: holding.completions for holding in contents(store).holdings}


def test_contents_are_counted_by_model(store: Path) -> None:
    dated(store, "llamacpp:two@ab", 5.0)
    found = contents(store)
    one, two = found.holdings
    assert (one.model, one.completions, one.prompt_tokens, one.completion_tokens) == (
        "openai:one@http://a/v1",
        300,
        sum(range(300)),
        600,
    )
    assert (two.model, two.completions, two.first, two.last) == ("llamacpp:two@ab", 100, 5.0, 5.0)
    assert found.size >= store.stat().st_size
    assert found.claimed == 0


def test_what_live_runs_are_sending_is_counted(store: Path) -> None:
    with claims_on(store) as claims:
        claims.take(["a", "b"])
        assert contents(store).claimed == 2
    assert contents(store).claimed == 0


def test_pruning_says_first_what_it_would_take(store: Path) -> None:
    gone = prune(store, model="openai:*", really=False)
    assert [(one.model, one.completions) for one in gone] == [("openai:one@http://a/v1", 300)]
    assert sum(left(store).values()) == 400


def test_pruning_by_model_takes_only_that_and_gives_the_space_back(store: Path) -> None:
    before = contents(store).size
    prune(store, model="openai:*", really=True)
    assert left(store) == {"llamacpp:two@ab": 100}
    after = contents(store)
    assert after.size < before
    assert after.free == 0


def test_pruning_by_age_takes_what_is_older(store: Path) -> None:
    dated(store, "llamacpp:two@ab", 5.0)
    prune(store, before=6.0, really=True)
    assert left(store) == {"openai:one@http://a/v1": 300}
    assert prune(store, before=6.0, really=True) == ()


def test_a_store_in_use_is_not_pruned(store: Path) -> None:
    with claims_on(store) as claims:
        claims.take(["a"])
        with pytest.raises(StoreError, match="a run is using"):
            prune(store, really=True)
    with open_store(store) as opened:
        assert len(opened.get([f"{number * 7919 % 65536:04x}" + "0" * 60 for number in range(400)])) == 400


def test_there_must_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        contents(tmp_path / "absent.sqlite")
    assert not (tmp_path / "absent.sqlite").exists()
