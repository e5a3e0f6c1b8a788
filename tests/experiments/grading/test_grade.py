import pytest

from experiments.grading import GRADERS, Grade, Status, grade, grader
from experiments.models.protocol import Completion, FinishReason
from perturb import AnswerType, Item, Prompt

PROMPT = Prompt("Q: ?\nA:", stop=("\nQ:",))
ITEM = Item("x", "?", ("Paris",))
FITTING: dict[AnswerType, tuple[Item, Prompt, str, str]] = {
    "short": (ITEM, PROMPT, "Paris", "London"),
    "number": (Item("x", "?", ("18",)), PROMPT, "18", "180"),
    "choice": (
        Item("x", "?", ("yes",), choices=("no", "yes"), gold=1),
        Prompt("?", labels=("A", "B")),
        "(B)",
        "(A)",
    ),
}


@pytest.mark.parametrize("name", GRADERS)
def test_every_grader(name: str):
    item, prompt, right, wrong = FITTING[grader(name).answer_type]

    def of(text: str, finish: FinishReason = "stop") -> Grade:
        return grade(name, Completion("key", text, finish), item, prompt)

    assert of(right) == Grade(1.0, Status.correct, right.strip("()"))
    assert of(wrong) == Grade(0.0, Status.wrong, wrong.strip("()"))
    assert of("") == Grade(0.0, Status.unparsed)
    assert of("", "length") == Grade(0.0, Status.truncated)
    assert of("", "error") == Grade(0.0, Status.failed)
    assert of(right, "refusal") == Grade(0.0, Status.refused)
    assert of("I'm sorry, but I can't help with that.").status is Status.refused
    assert of(right, "length").status is Status.correct


@pytest.mark.parametrize("kind", FITTING)
def test_every_answer_type_has_a_strict_and_a_lenient_grader(kind: AnswerType):
    assert [one.lenient for one in GRADERS.values() if one.answer_type == kind] == [False, True]


def test_a_refusal_phrase_that_is_the_answer_is_correct():
    song = Item("x", "Which line?", ("I can't help you",))
    assert grade("short_exact", Completion("key", "I can't help you", "stop"), song, PROMPT).score == 1


def test_before_the_cue_the_token_limit_goes_before_everything():
    worked = Prompt("?", cue="The answer is")
    for text in ("Paris", "I'm sorry, but I can't answer", ""):
        for name in ("short_exact", "short_contains"):
            got = grade(name, Completion("key", text, "length"), ITEM, worked)
            assert got.status is Status.truncated
            assert got.score == 0


def test_an_unknown_grader_names_the_nearest():
    with pytest.raises(ValueError, match="unknown grader 'exact_short'; did you mean 'short_exact'"):
        grade("exact_short", Completion("key", "Paris", "stop"), ITEM, PROMPT)
