from typing import get_args

import pytest

from experiments.grading import GRADERS, Grade, Status, grade, grader
from experiments.grading.grade import UNSCORED, Case, grade_many
from experiments.models.protocol import Completion, FinishReason
from perturb import AnswerType, Item, Prompt

PROMPT = Prompt("Q: ?\nA:", stop=("\nQ:",))
ITEM = Item("x", "?", ("Paris",))
LABELLED = Prompt("?", labels=("A", "B"), options=(" no", " yes"))
CHOICE = Item("x", "?", ("yes",), choices=("no", "yes"), gold=1)
FITTING: dict[AnswerType, tuple[Item, Prompt, str, str]] = {
    "short": (ITEM, PROMPT, "Paris", "London"),
    "number": (Item("x", "?", ("18",)), PROMPT, "18", "180"),
    "expression": (Item("x", "?", ("\\frac{1}{2}",)), PROMPT, "\\boxed{\\frac12}", "\\boxed{2}"),
    "choice": (CHOICE, LABELLED, "(B)", "(A)"),
    "exam": (CHOICE, LABELLED, "(B)", "(A)"),
    "exact": (Item("x", "?", ("valid",)), PROMPT, "valid", "invalid"),
    "span": (ITEM, PROMPT, "Paris", "London"),
    "word": (Item("x", "the", ("sign",)), PROMPT, "sign", "signs"),
}
PURE = [name for name, one in GRADERS.items() if not one.likelihood and one.many is None and one.ask is None]


@pytest.mark.parametrize("name", PURE)
def test_every_pure_grader(name: str):
    item, prompt, right, wrong = FITTING[grader(name).answer_types[0]]

    def of(text: str, finish: FinishReason = "stop") -> Grade:
        return grade(name, Completion("key", text, finish), item, prompt)

    assert (of(right).score, of(right).status) == (1.0, Status.correct)
    assert of(right).extracted
    assert (of(wrong).score, of(wrong).status) == (0.0, Status.wrong)
    assert of("") == Grade(0.0, Status.unparsed)
    assert of("", "length") == Grade(0.0, Status.truncated)
    assert of("", "error") == Grade(0.0, Status.failed)
    assert of(right, "refusal") == Grade(0.0, Status.refused)
    assert of("I'm sorry, but I can't help with that.").status is Status.refused
    assert of(right, "length").status is Status.correct


@pytest.mark.parametrize("kind", get_args(AnswerType))
def test_every_answer_type_has_a_strict_and_a_lenient_grader(kind: AnswerType):
    if kind == "text":
        assert [one.measures for one in GRADERS.values() if kind in one.answer_types] == [True]
    else:
        fitting = [one for one in GRADERS.values() if kind in one.answer_types and one.ask is None]
        assert {one.lenient for one in fitting} == {False, True}


def test_what_is_right_in_part_has_part_of_the_score():
    item = Item("x", "?", ("the old grey bridge",))
    done = grade("span_f1", Completion("key", "the old bridge", "stop"), item, PROMPT)
    assert done.status is Status.wrong
    assert 0 < done.score < 1


def test_likelihoods_are_read_as_they_are():
    done = grade("choice_likelihood", Completion("key", "[-3.0, -2.0]", "stop"), CHOICE, LABELLED)
    assert done == Grade(1.0, Status.correct, "B")
    assert grade("choice_likelihood", Completion("key", "", "error"), CHOICE, LABELLED).status == "failed"


def opinion(name: str, said: Completion | None, finish: FinishReason = "stop") -> Grade:
    case = Case(Completion("key", "Paris", finish), ITEM, PROMPT, said)
    return grade_many(name, [case])[0]


def test_a_judge_s_verdict_is_the_grade():
    assert opinion("judge", Completion("k", "CORRECT", "stop")).status is Status.correct
    assert opinion("judge", Completion("k", "INCORRECT", "stop")).status is Status.wrong
    assert opinion("judge", Completion("k", "Hm.", "stop")).status is Status.ungraded
    assert opinion("judge", Completion("k", "", "error", error="down")).status is Status.ungraded
    assert opinion("judge", None, "error").status is Status.failed


def test_toxicity_is_a_measure_and_never_0_for_want_of_a_scorer():
    assert opinion("toxicity", Completion("k", "0.25", "stop")) == Grade(0.25, Status.scored, "0.25")
    assert opinion("toxicity", Completion("k", "1.0", "stop")).status is Status.scored
    assert opinion("toxicity", None).status is Status.ungraded
    assert Status.ungraded in UNSCORED


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
    with pytest.raises(ValueError, match="unknown grader 'short_exakt'; did you mean 'short_exact'"):
        grade("short_exakt", Completion("key", "Paris", "stop"), ITEM, PROMPT)
