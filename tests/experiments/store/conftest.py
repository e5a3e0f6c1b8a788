"""A store with something in it."""

from pathlib import Path

import pytest

from experiments.models.protocol import Completion
from experiments.store.completions import open_store


def key(number: int) -> str:
    return f"{number * 7919 % 65536:04x}" + "0" * 60


def completion(number: int) -> Completion:
    logprobs = (-0.5, -float(number)) if number % 3 == 0 else None
    return Completion(
        key(number), f"answer {number} é\x00" + "x" * 200, "stop", number, 2, 0.25, "r", logprobs
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """300 completions of one model and 100 of another."""
    path = tmp_path / "s.sqlite"
    with open_store(path) as opened:
        opened.put("openai:one@http://a/v1", [completion(number) for number in range(300)])
        opened.put("llamacpp:two@ab", [completion(number) for number in range(300, 400)])
    return path
