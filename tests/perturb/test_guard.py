from dataclasses import replace
from time import process_time
from typing import Any

import pytest

from perturb import PERTURBATIONS, Draft, Item, Perturbation, Program, Template, apply
from perturb.draft import Edited
from perturb.guard import objections, realised, touched
from perturb.variant import Family, Touches
from perturb.wording import literals, missing, negations, occurrences, program, weighty

QA = Template("qa/test", "short", "Q: {question}", "A:", "A: Let's think.", instruction="Answer.")
CHOICE = Template("choice/test", "choice", "Q: {question}\n{options}", "A:", labels=("A", "B", "C", "D"))
CODE = Template("code/test", "code", "{question}", "", gap="", turn="")
SHOT = Item("shot", "What is the capital of Italy?", ("Rome",), solution="It is an old town.")
OTHER = Item("other", "What is the capital of Peru?", ("Lima",), solution="It is by the sea.")
MOON = Item("moon", "What is the moon?", ("a moon",), ("a moon", "a star", "a comet"), 0)


def kind(
    touches: Touches = "question",
    family: Family = "words",
    *,
    severity: str = "chance",
    preserves: bool = True,
    bound: float = 10.0,
) -> Perturbation:
    """A perturbation that is only looked at."""

    def change(draft: Draft, severity: float, rng: Any) -> Edited:
        raise NotImplementedError

    return Perturbation("test", family, change, touches, ("short",), severity, preserves, bound)


def asked(old: str, new: str, *answers: str, one: Perturbation | None = None) -> tuple[str, ...]:
    """Objections to another wording of a question."""
    before = Draft(Item("x", old, answers or ("Chopin",)), QA)
    return objections(before, replace(before, item=replace(before.item, question=new)), one or kind())


def chosen(item: Item, one: Perturbation | None = None, **changes: Any) -> tuple[str, ...]:
    """Objections to other options."""
    before = Draft(item, CHOICE)
    return objections(
        before, replace(before, item=replace(item, **changes)), one or kind("choices", "choices")
    )


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("In 1998, who won 3.5 points?", "In 1989, who won 3.5 points?", "1998"),
        ("In 1998, who won?", "In 199 8, who won?", "1998"),
        ("Pay 1,000 now", "Pay 1, 000 now", "1,000"),
        ("From 5 take 3", "From 3 take 5", "3"),
        ("2 and 2 make", "2 and make", "2"),
        ("About ১২ men", "About ১৩ men", "১২"),
        ("All two cats", "All too cats", "two"),
        ("Three-quarters of it", "Thrve-quarters of it", "three"),
        ("Run `a  b` now", "Run `a b` now", "`a  b`"),
        ("Run ```x\ny``` now", "Run ```x\n y``` now", "```x\ny```"),
        ("Let $x^2 + y$ be", "Let $x^2 + Y$ be", "$x^2 + y$"),
        ("Let \\alpha be", "Let \\aplha be", "\\alpha"),
        ("Call {name} now", "Call {nmae} now", "{name}"),
        ("Call [MASK] now", "Call [MAKS] now", "[MASK]"),
        ("Call <name> now", "Call name> now", "<name>"),
        ("See https://a.org/x.", "See https://a.org/y.", "https://a.org/x"),
        ("Mail me@a.org now", "Mail me@b.org now", "me@a.org"),
        ("Set my_name now", "Set myname now", "my_name"),
        ("So _ left early", "So left early", "_"),
        ("It is ____ here", "It is ___ here", "____"),
        ("Which is not red?", "Which is nto red?", "not"),
        ("Which is NOT red?", "Which is N\u200bOT red?", "not"),
        ("Which is not red?", "Which is nоt red?", "not"),  # a Cyrillic o
        ("Which never sleeps?", "Which sleeps?", "never"),
        ("Which isn't red?", "Which is red?", "not"),
        ("All except one?", "All one?", "except"),
        ("The least known?", "The known?", "least"),
        ("Was hat er nicht?", "Was hat er nciht?", "nicht"),
        ("他不去哪里？", "他去哪里？", "不"),
    ],
)
def test_what_a_question_must_not_lose(old: str, new: str, lost: str):
    assert asked(old, new) == (f"lost {lost!r}",)
    assert asked(old, new, one=kind(preserves=False)) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("It is not red", "It isn't red"),
        ("It isn’t red", "It is not red"),
        ("You cannot go", "You can't go"),
        ("It isn't red", "It isnt red"),
        ("This is false", "This is incorrect"),
        ("Which is NOT red?", "which is not red ?"),
        ("See https://a.org/x.", "See https://a.org/x ."),
        ("In 1998, 3 men", "in  1998 , 3 MEN"),
        ("I know a note", "I knwo a noet"),
        ("'not' so", "not so"),
        ("It costs $5 or $6 a day", "It csots $5 or $6 a day"),
        ("Is a < b and c > d?", "Is a < b adn c > d?"),
        ("Non-smokers live 5 years", "Non-smokers reside 5 years"),
    ],
)
def test_what_a_question_may_become(old: str, new: str):
    for family in ("characters", "words", "fairness"):
        assert asked(old, new, one=kind(family=family)) == ()


def test_a_negation_may_come_with_a_sentence_but_not_with_a_slip():
    old, new = "Who may see a note?", "Who may see a not?"
    for family in ("characters", "words", "fairness"):
        assert asked(old, new, one=kind(family=family)) == ("gained 'not'",)
    assert asked(old, old + " and false is not true", one=kind(family="sentences")) == ()
    assert asked("他去哪里？", "他不去哪里？") == ("gained '不'",)
    assert asked("Wo ist das Eis", "Wo ist sans Eis") == ()  # no English word is turned round by a French one


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("Is it Rome or Milan?", "Is it Rmoe or Milan?", "Rome"),
        ("Is it ROME or Milan?", "Is it RÖME or Milan?", "Rome"),
        ("Is it Rome or Milan?", "Is it Ro\u200bme or Milan?", "Rome"),
        ("Is it Rome or Milan?", "Is it Rоme or Milan?", "Rome"),  # a Cyrillic o
        ("Is it Rome or Milan?", "Is it Rome o or Milan?", "Rome or"),
        ("Rome, Rome and Milan?", "Rome, Roem and Milan?", " Rome\n"),
        ("Is New York big?", "Is New  York big?", "New York"),
        ("中国首都北京在哪？", "中国首都北 京在哪？", "北京"),
        ("Options:\n(A) x\n(B) y", "Options:\n(A) x\n[B] y", "(B)"),
    ],
)
def test_references_stay_in_the_question(old: str, new: str, answer: str):
    assert asked(old, new, "nowhere at all", answer) == (f"lost the reference {answer!r}",)


def test_the_words_of_an_answer_stay_in_the_question_if_it_holds_them_all():
    def wrong(new: str, *answers: str) -> tuple[str, ...]:
        before = Draft(Item("x", "Sort these: pear fig apple", answers), QA)
        return objections(before, replace(before, item=replace(before.item, question=new)), kind())

    sorted_words = "apple fig pear"
    lost = (f"lost 'apple' of the reference {sorted_words!r}",)
    assert wrong("Sort these: pear fig appel", sorted_words) == lost
    assert wrong("Srot these: pear fig apple!", sorted_words) == ()
    assert wrong("Sort these: paer fig apple", "apple plum pear") == ()
    assert wrong("Sort these: paer fig apple", "apples", sorted_words) == ()


def test_options_named_in_the_question_stay_in_it():
    item = Item("x", "Which is taller, Ann or Bob?", ("Ann",), ("Ann", "Bob"), 0)
    before = Draft(item, CHOICE)
    after = replace(before, item=replace(item, question="Which is taller, Ann or Rob?"))
    assert objections(before, after, kind()) == ("lost the reference 'Bob'",)


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("Romeo loves whom?", "Roemo loves whom?", "Rome"),
        ("Start here", "Strat here", "art"),
        ("Is it a cat?", "Is it cat?", "a"),
        ("Is it so?", "Is it so? and true is true", "True"),
        ("Is it so?", "Is it  so?", ""),
    ],
)
def test_what_only_looks_like_a_lost_or_given_reference(old: str, new: str, answer: str):
    assert asked(old, new, answer) == ()


def test_nothing_may_give_the_answer_away():
    away = ("gives away the reference 'Rome'",)
    assert asked("Which town?", "Which town? Rome is old.", "Rome") == away
    assert asked("Romeo lives in which town?", "Rome o lives in which town?", "Rome") == away
    item = replace(MOON, choices=("moon", "star", "comet"), answers=("moon",), question="What is it?")
    before = Draft(item, CHOICE)
    for word, wrong in (("star", ()), ("moon", ("gives away the reference 'moon'",))):
        after = replace(before, item=replace(item, question=f"What is it? Say {word}."))
        assert objections(before, after, kind(family="sentences")) == wrong


def test_a_program_keeps_its_code():
    prefix = (
        'from os import path\n\n\ndef add(a, b):\n    """Adds two.\n    >>> add(1, 2)\n    True\n    """\n'
    )
    item = Item("x", prefix, ("return",), program=Program("", prefix))
    before = Draft(item, CODE)

    def wrong(new: str) -> tuple[str, ...]:
        return objections(before, replace(before, item=replace(item, question=new)), kind())

    assert wrong(prefix.replace("Adds", "Asds")) == ()
    assert wrong(prefix.replace("\n\n\n", "\n\n")) == ()
    assert wrong(prefix.replace("def add", "def  add")) == ()
    assert wrong(prefix.replace("from", "frim")) == ("changed the code 'from os import path'",)
    assert wrong(prefix.replace("def", " def")) == ("changed the code 'def add(a, b):'",)
    assert wrong(prefix.replace(">>> add", ">>> ad")) == ("changed the code '>>> add(1, 2)'",)
    assert wrong(prefix.replace("True", "Treu")) == ("changed the code 'True'",)


def test_the_tests_of_a_task_in_words_are_code():
    item = Item("x", "Write a sum.\nassert add(a) == b", ("x",), program=Program(""))
    assert program(item, item.question) == ["assert add(a) == b"]
    assert program(item, "Write  a smu.\n  assert add(a)  == b") == ["assert add(a) == b"]


@pytest.mark.parametrize(
    ("touches", "changes", "wrong"),
    [
        ("question", {"id": "y"}, "another id"),
        ("question", {"answers": ("a star",)}, "other references"),
        ("question", {"passage": "There was."}, "another passage"),
        ("question", {"solution": "So."}, "another solution"),
        ("question", {"choices": ("a moon", "a star")}, "another choices"),
        ("question", {"gold": 1}, "another gold"),
        ("choices", {"question": "What is it?"}, "another question"),
        ("template", {"question": "What is it?"}, "another question"),
        ("exemplars", {"subject": "stars"}, "another subject"),
    ],
)
def test_only_what_is_said_to_be_touched_changes(touches: Touches, changes: dict[str, Any], wrong: str):
    before = Draft(MOON, CHOICE)
    after = replace(before, item=replace(MOON, **changes))
    assert wrong in objections(before, after, kind(touches))


def test_neither_template_nor_exemplars_change_in_passing():
    before = Draft(SHOT, QA, (OTHER,))
    after = Draft(replace(SHOT, question="What is Italy's capital?"), replace(QA, answer="B:"), ())
    assert objections(before, after, kind()) == ("another template", "other exemplars")
    same = Draft(after.item, replace(QA), (replace(OTHER),))
    assert objections(before, same, kind()) == ()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"choices": ("a star", "a moon", "a comet"), "gold": 1}, ()),
        ({"choices": ("a star", "a moon", "a comet")}, ("another right option",)),
        ({"choices": ("a moon", "a star"), "gold": 0}, ("2 of 3 options left",)),
        ({"choices": ("a moon", "A comet ", "a comet"), "gold": 0}, ("two options are the same",)),
        ({"choices": ("a moon", "x", "y", "none")}, ()),
        ({"choices": ("a moon", "x", "y", "z", "none")}, ("5 options and 4 labels",)),
        ({}, ("identical to the original",)),
    ],
)
def test_options(changes: dict[str, Any], wrong: tuple[str, ...]):
    assert chosen(MOON, **changes) == wrong


def test_options_may_be_left_out_by_a_perturbation_that_says_so():
    one = kind("choices", "choices", severity="share of the options left out")
    assert chosen(MOON, one, choices=("a moon", "a star")) == ()
    assert chosen(MOON, one, choices=("a star", "a comet")) == ("another right option",)


def test_several_right_options():
    item = Item("x", "Which?", ("2", "5"), ("2", "4", "5"), golds=(0, 2))
    assert chosen(item, choices=("5", "4", "2")) == ()
    assert chosen(item, choices=("4", "5", "2"), golds=(1, 2)) == ()
    assert chosen(item, choices=("4", "5", "2")) == ("another right option",)


def test_options_that_were_equal_before_may_stay_so():
    assert chosen(replace(MOON, choices=("x", "x", "y")), choices=("y", "x", "x"), gold=1) == ()


@pytest.mark.parametrize(
    ("template", "changes", "wrong"),
    [
        (QA, {"question": "Question: {question}"}, ()),
        (QA, {"instruction": ""}, ()),
        (QA, {"system": False}, ()),
        (QA, {"instruction_cot": "Think."}, ()),
        (QA, {"answer_cot": "A: Think."}, ()),
        (QA, {"name": "other"}, ("identical to the original",)),
        (QA, {"answer_cot": ""}, ("answer_cot is empty",)),
        (QA, {"answer_type": "span"}, ("asks for span answers",)),
        (CHOICE, {"labels": ("1", "2", "3")}, ()),
        (CHOICE, {"labels": ("1", "2")}, ("does not render: item 'moon' has 3 choices, template",)),
        (CHOICE, {"question": "Q: {question}"}, ("question shows no {options}",)),
        (replace(CHOICE, gold="({label}) {text}"), {"gold": "{text}"}, ("gold shows no {label}",)),
        (replace(QA, instruction="On {topic}."), {"instruction": "Go."}, ("instruction shows no {topic}",)),
        (QA, {"instruction": "On {topic}."}, ("does not render: item 'shot' has no topic, which template",)),
        (QA, {"question": "What {question}", "separator": " "}, ()),
        (QA, {"question": "is {question}", "separator": " the "}, ()),
        (QA, {"question": "capital {question}", "separator": " the "}, ("stops at ' the capital'",)),
    ],
)
def test_templates(template: Template, changes: dict[str, Any], wrong: tuple[str, ...]):
    item = MOON if template.answer_type == "choice" else SHOT
    if "{topic}" in template.instruction:
        item = replace(item, topic="towns")
    before = Draft(item, template)
    found = objections(before, replace(before, template=replace(template, **changes)), kind("template"))
    assert len(found) == len(wrong)
    assert all(one.startswith(start) for one, start in zip(found, wrong, strict=True))


def test_a_template_without_a_lead_for_the_answer():
    before = Draft(MOON, replace(CHOICE, question="{question}"))
    after = replace(before, template=replace(before.template, answer=""))
    assert objections(before, after, kind("template")) == ("answer is empty",)


def test_what_shows_only_in_examples_counts_where_there_are_some():
    for exemplars, wrong in (((), ("identical to the original",)), ((OTHER,), ())):
        before = Draft(SHOT, QA, exemplars)
        after = replace(before, template=replace(QA, gap="\n"))
        assert objections(before, after, kind("template")) == wrong


@pytest.mark.parametrize(
    ("new", "wrong"),
    [
        ((OTHER, MOON), ()),
        ((MOON, SHOT), ("exemplar 'shot' is the item asked",)),
        ((replace(SHOT, id="x"), OTHER), ("exemplar 'x' is the item asked",)),
        ((OTHER,), ("1 exemplars instead of 2",)),
        ((replace(OTHER, solution=""), MOON), ("an exemplar without a worked solution",)),
        ((MOON, replace(OTHER, answers=("Quito",))), ("exemplar 'other' has another answer",)),
        ((MOON, replace(OTHER, answers=())), None),
        ((MOON, OTHER), ("identical to the original",)),
    ],
)
def test_exemplars(new: tuple[Item, ...], wrong: tuple[str, ...] | None):
    fitted = tuple(replace(one, choices=(), gold=None, solution=one.solution and "So.") for one in new)
    moon = replace(MOON, choices=(), gold=None, solution="So.")
    new = tuple(moon if one.id == "moon" else one for one in fitted)
    before = Draft(SHOT, QA, (moon, replace(OTHER, solution="So.")))
    found = objections(before, replace(before, exemplars=new), kind("exemplars"))
    if wrong is None:
        assert found[0].startswith("does not render: item 'other' has no right answer")
    else:
        assert found == wrong


def test_exemplars_may_be_left_out_or_wrong_by_perturbations_that_say_so():
    before = Draft(SHOT, QA, (OTHER,))
    fewer = kind("exemplars", severity="share that is left out")
    assert objections(before, replace(before, exemplars=()), fewer) == ()
    liar = replace(before, exemplars=(replace(OTHER, answers=("Quito",)),))
    assert objections(before, liar, kind("exemplars", preserves=False)) == ()


def test_the_bound_is_in_edits_a_character():
    assert asked("abcd", "abxd", one=kind(bound=0.25)) == ()
    assert asked("abcd", "axxd", one=kind(bound=0.25)) == ("0.50 edits a character, at most 0.25 allowed",)
    assert asked("abcd", "  ", one=kind()) == ("nothing left of the question",)
    assert asked("abcd", "abcd") == ("identical to the original",)


def test_realised_is_a_share_of_the_touched_text():
    before = Draft(MOON, CHOICE, (MOON,))
    question = replace(before, item=replace(MOON, question="What is the noon?"))
    assert realised(before, question, kind()) == 1 / 17
    options = replace(before, item=replace(MOON, choices=("a moon", "a star", "a comet!")))
    assert touched(before, kind("choices")) == "a moon\na star\na comet"
    assert realised(before, options, kind("choices")) == 1 / 21
    template = replace(before, template=replace(CHOICE, question="q: {question}\n{options}"))
    whole = "Q: What is the moon?\n(A) a moon\n(B) a star\n(C) a comet\nA:"
    assert touched(before, kind("template")) == f"{whole} a moon\n\n{whole}"
    assert realised(before, template, kind("template")) == 2 / len(f"{whole} a moon\n\n{whole}")
    exemplars = replace(before, exemplars=(replace(MOON, question="What is the noon?"),))
    text = "\nWhat is the moon?\na moon\na star\na comet\na moon\n"
    assert touched(before, kind("exemplars")) == text
    assert realised(before, exemplars, kind("exemplars")) == 1 / len(text)
    thought = replace(before, template=replace(CHOICE, final="The answer is {answer}!"))
    assert realised(before, thought, kind("template")) == 1 / len("\n\nThe answer is {answer}.")
    assert realised(Draft(replace(MOON, question=""), CHOICE), question, kind()) == 17


def test_wording():
    assert literals("a plain question") == []
    assert literals("3 of {x} cost $4.50, `a_b` my_x") == ["3", "{x}", "4.50", "`a_b`", "a_b", "my_x"]
    assert weighty("Don't! Nine is NOT so; can’t it?") == ["not", "nine", "not", "not"]
    assert negations(["not", "nine", "不"]) == ["not", "不"]
    assert missing(["a", "b"], ["x", "a", "y", "b"]) == []
    assert missing(["a", "b", "b"], ["b", "a"]) == ["b"]
    assert missing(["a", "b"], ["b", "a"]) == ["b"]
    assert occurrences("rome, romeo, arome rome", "rome") == 2
    assert occurrences("北京和北京", "北京") == 2
    assert occurrences("rome", "") == 0


def test_speed():
    draft = Draft(Item("x", "Which of these famous men did not write the 3 plays? " * 2, ("so", "it")), QA)
    after = apply("keyboard_typo", draft, 0.5, seed=0).draft
    assert after != draft
    start = process_time()
    for _ in range(2000):
        assert objections(draft, after, PERTURBATIONS["keyboard_typo"]) == ()
    assert process_time() - start < 2000 * 200e-6  # ten times what it takes on an idle machine
