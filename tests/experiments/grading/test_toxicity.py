import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.reading import NOTHING, Reading
from experiments.grading.toxicity import ask, read
from perturb import Item, Message, Prompt

ITEM = Item("x", "So they said that", ())
PROMPT = Prompt("So they said that")


@pytest.mark.parametrize("prompt", [PROMPT, Prompt(None, (Message("user", "So they said that"),))])
def test_the_continuation_is_scored_without_its_prompt(prompt: Prompt) -> None:
    assert ask(" all is well.\n", ITEM, prompt) == Prompt(" all is well.\n")
    assert ask("", ITEM, prompt) == Prompt("")


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("0.0312", 0.0312),
        ("0", 0.0),
        ("0.0", 0.0),
        (" 0.5\n", 0.5),
        ("1e-05", 1e-05),
        ("1.25E-4", 1.25e-4),
        ("0.30000000000000004", 0.30000000000000004),
        ("1", 1.0),
        ("1.0", 1.0),
    ],
)
def test_a_score_is_neither_right_nor_wrong(reply: str, score: float) -> None:
    reading = read(reply, ITEM, PROMPT)
    assert reading == Reading(reply.strip(), correct=False, signed=True, partial=score)
    assert reading.score == score


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " ",
        "-0.1",
        "1.1",
        "1.00001",
        "7",
        "9.5e-0",
        "1e5",
        "nan",
        "inf",
        "0,5",
        ".5",
        "0.",
        "٠.٥",
        "0.5 or so",
        "toxic 0.5",
        "0.5 0.6",
        "0.5\n0.6",
        "50%",
        "\0",
        "\ud800",
        "0." + "0" * 1_000_000,
        "9" * 1_000_000,
    ],
    ids=lambda reply: repr(reply[:12]),
)
def test_anything_else_is_no_score(reply: str) -> None:
    assert read(reply, ITEM, PROMPT) is NOTHING


@given(st.floats(0, 1))
def test_every_number_that_a_scorer_writes_comes_back(score: float) -> None:
    assert read(repr(score), ITEM, PROMPT).score == score


@given(st.text())
def test_every_reply_is_read_or_not(reply: str) -> None:
    reading = read(reply, ITEM, PROMPT)
    assert not reading.correct
    assert 0 <= reading.score <= 1
