"""The engine's process from inside, on a stand-in for vLLM."""

import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from experiments.models.protocol import Request
from experiments.models.vllm_worker import main
from perturb.prompt import Prompt

FAKE = Path(__file__).parents[2] / "vllm" / "fake"
LOAD = {"name": "tiny", "weights": "c0ffee", "arguments": {"model": "weights"}}


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in, imported as vLLM."""
    monkeypatch.syspath_prepend(str(FAKE))
    before = set(sys.modules)
    yield import_module("vllm")
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "vllm":
            del sys.modules[name]


def converse(requests: Sequence[Request], chunk: int, rounds: int = 1) -> list[str]:
    """The engine's words, when it is given requests as it asks for them."""
    ours, theirs = Pipe()
    thread = Thread(target=main, args=(os.dup(theirs.fileno()), chunk))
    thread.start()
    theirs.close()
    ours.send(("load", LOAD))
    words: list[str] = []
    for _ in range(rounds):
        waiting = [requests[start : start + chunk] for start in range(0, len(requests), chunk)]
        while words[-1:] != ["end"]:
            word, what = ours.recv()
            words.append(word)
            if word == "more":
                ours.send(("do", waiting.pop(0) if waiting else []))
            elif word == "done":
                words[-1] = "".join(done.key for done in what)
        words.append("next round")
    ours.close()
    thread.join()
    return words


def test_a_process_may_count_tokens_instead(vllm: Any) -> None:
    ours, theirs = Pipe()
    thread = Thread(target=main, args=(os.dup(theirs.fileno()), 3))
    thread.start()
    theirs.close()
    arguments = {**LOAD, "arguments": {"model": "weights", "max_model_len": 12}}
    ours.send(("measure", arguments))
    assert ours.recv() == ("ready", 12)
    for text in ("", "abc"):
        ours.send(("count", Prompt(text)))
        assert ours.recv() == ("counted", 1 + len(text))
    ours.close()
    thread.join()
    assert not vllm.LLM.made


def test_the_engine_always_has_a_chunk_to_do_and_never_more_than_two(vllm: Any) -> None:
    requests = [Request(key, Prompt("x"), 1) for key in "abcdefgh"]
    words = converse(requests, 3)
    assert words == [
        *("ready", "more", "more"),  # six in hand
        *("a", "b", "c", "more"),  # three are done: two more, and then no more
        *("d", "e", "more", "f", "g", "h", "end", "next round"),
    ]
    assert vllm.LLM.made[-1].llm_engine.most_waiting == 6


@pytest.mark.usefixtures("vllm")
def test_it_waits_for_another_round_and_ends_with_the_pipe() -> None:
    words = converse([Request("a", Prompt("x"), 1)], 3, rounds=2)
    assert words == ["ready", *2 * ("more", "more", "a", "end", "next round")]
