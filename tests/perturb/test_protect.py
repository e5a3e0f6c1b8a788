from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturb import Item, Program
from perturb.protect import SPARED, gaps, marks, misspellable, words

HUMAN_EVAL = '''from typing import List


def add_all(numbers: List[int]) -> int:
    """ Add up all numbers (see "sum") in order.
    Return zero for none of "(" and ")".

    >>> add_all([1, 2])
    three

    Example:
    add_all([2]) == 2
    """
'''


def item(question: str, *answers: str, choices: tuple[str, ...] = (), code: bool = False) -> Item:
    program = Program("assert f(1)") if code else None
    gold = 0 if choices else None
    return Item("x", question, answers or ("Chopin",), choices, gold, program=program)


def shown(asked: Item) -> list[str]:
    return [asked.question[start:end] for start, end in words(asked)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tell about `some code here` please", "Tell about please"),
        ("Tell about ```\nlong code\nblock\n``` please", "Tell about please"),
        ("Tell about https://example.org/path please", "Tell about please"),
        ("Tell about someone@example.org please", "Tell about please"),
        ("Tell about snake_case_name please", "Tell about please"),
        ("Tell about camelCaseName please", "Tell about please"),
        ("Tell about module.name please", "Tell about please"),
        ("Tell about {placeholder name} please", "Tell about please"),
        ("Tell about <placeholder name> please", "Tell about please"),
        ("Tell about [BLANK] please", "Tell about please"),
        ("Tell about $\\frac{alpha}{beta} gamma$ please", "Tell about please"),
        ("Tell about $$alpha and beta$$ please", "Tell about please"),
        ("Tell about \\(alpha and beta\\) please", "Tell about please"),
        ("Tell about \\[alpha\nand beta\\] please", "Tell about please"),
        ("Tell about \\begin{align} all of it \\end{align} please", "Tell about please"),
        ("Tell about [asy]\ndraw( the line );\n[/asy] please", "Tell about please"),
        ("Is $ABCD$ or $xy$ it", "Is or it"),
        ("It costs $5 here and $10 there", "It costs here and there"),
        ("Tell about 25th please", "Tell about please"),
        ("Tell about covid19 please", "Tell about please"),
        ("Tell about NASA please", "Tell about please"),
        ("Tell about Москва please", "Tell about please"),
        ("Tell about Curaçao please", "Tell about please"),
        ("Tell about Frederic Chopin please", "Tell about Frederic please"),
        ("Tell about CHOPIN please", "Tell about please"),
        ("‘Tell’ me—“please”…", "Tell me please"),
        ("If x is a vector in y", "If is vector in"),
        ("\ud800 lone surrogates", "lone surrogates"),
        ("日本の首都は？", ""),
        ("👩‍👩‍👧 ?", ""),
        ("", ""),
    ],
)
def test_plain_words(text: str, plain: str):
    assert shown(item(text)) == plain.split()


def test_answers_are_kept_as_whole_words_only():
    assert shown(item("Does Romeo love Rome and roaming", "Rome", "")) == [
        "Does",
        "Romeo",
        "love",
        "and",
        "roaming",
    ]
    assert shown(item("Is it New York or Cork", "new york")) == ["Is", "it", "or", "Cork"]
    named = item("Which shines, Jupiter or Sirius", "Jupiter", choices=("Jupiter", "Sirius"))
    assert shown(named) == ["Which", "shines", "or"]


def test_all_words_of_the_first_answer_are_kept_in_another_order():
    assert shown(item("Sort: pear fig apple quince", "apple fig pear quince")) == ["Sort"]
    assert shown(item("Who wrote it, the man", "the other man")) == ["Who", "wrote", "it", "the", "man"]
    assert shown(item("Sort: pear fig", "else", "fig pear")) == ["Sort", "pear", "fig"]
    assert shown(item("it is so as it is", "is so")) == ["it", "as", "it", "is"]


def test_of_a_program_only_its_prose_is_plain():
    asked = item(HUMAN_EVAL, code=True)
    prose = "Add up all numbers see in order Return zero for none of and Example"
    assert shown(asked) == prose.split()
    # The white space of code is its own: what may grow stands between the words of the doc string.
    first, last = HUMAN_EVAL.index("Add up"), HUMAN_EVAL.index('"""\n', 100)
    assert all(first - 1 <= start and end <= last for start, end in gaps(asked))
    assert [HUMAN_EVAL[start - 5 : end] for start, end in marks(asked)] == ["order.", 'd ")".', "ample:"]


def test_of_a_task_in_words_the_tests_are_code():
    text = (
        "Write a function to add, please.\nYour code should pass these tests:\nassert add('one', [2]) == more"
    )
    assert shown(item(text, code=True))[-1] == "tests"
    assert shown(item(text))[-1] == "more"


def test_quotes_in_a_task_about_code_are_kept():
    assert shown(item("Return 'even one' or \"odd\", don't fail", code=True)) == [
        "Return",
        "or",
        "don",
        "fail",
    ]


def test_words_that_weigh_are_not_misspellable():
    asked = item("Which of these doesn't have twelve Couldn’t well-known parts without False or more")
    text = asked.question
    assert [text[a:b] for a, b in misspellable(asked, 4)] == [
        "Which",
        "these",
        "have",
        "well",
        "known",
        "parts",
    ]
    assert [text[a:b] for a, b in misspellable(asked, 2)] == [
        "Which",
        "of",
        "these",
        "have",
        "well",
        "known",
        "parts",
        "or",
    ]
    assert {"not", "never", "seven", "without", "except"} <= SPARED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one  two\nthree", ["  ", "\n"]),
        ("  lead and trail  ", [" ", " "]),
        ("a\u00a0b", ["\u00a0"]),
        ("About 10 000 men", [" ", " "]),
        ("Run `a b` now", [" ", " "]),
        ("by Frederic Chopin and", [" ", " ", " "]),
        ("one", []),
        ("", []),
    ],
)
def test_gaps(text: str, found: list[str]):
    assert [text[start:end] for start, end in gaps(item(text))] == found


def test_gaps_within_an_answer_are_kept():
    assert len(gaps(item("Is it New York here", "New York"))) == 3


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Who, when: why; what! Where?", ["Who,", "when:", "why;", "what!", "Where?"]),
        ("Who sang (in part) “Help!”?", ["Help!", "Help!”?"]),
        ("It was 1990, was it.", ["1990,", "it."]),
        ("Take 3, 4 and 5.", ["5."]),
        ("Dr. J. R. Smith of the U.S. and St. Ives vs. No. 7", []),
        ("1. one 2. two A. three", []),
        ("It ends in 1990.", ["1990."]),
        ("What... Really?! So…", []),
        ("See example.org/a, or a_b; or x^2: here", []),
        ("At 3:45 or 2,000 or 1.5 o'clock", []),
        ("Is it `code`? So $x^2$, and {name}.", ["`code`?", "$x^2$,", "{name}."]),
        ("Is it `a, b` or $x, y_1$", []),
        ("你好。好？", []),
        ("?", []),
        ("", []),
    ],
)
def test_marks(text: str, places: list[str]):
    found = [text[:end].split()[-1].strip("“(") for _, end in marks(item(text))]
    assert found == places
    assert all(end - start == 1 and text[start] in ".,;:!?" for start, end in marks(item(text)))


def test_marks_of_an_answer_are_kept():
    assert marks(item("Was it Yahoo! or not", "Yahoo!")) == []
    assert len(marks(item("Was it Chopin?"))) == 1


def test_an_answer_cannot_be_changed_through_what_was_returned():
    asked = item("Which famous composer")
    words(asked).clear()
    assert len(words(asked)) == 3


@given(st.text(), st.text(max_size=5), st.booleans())
def test_spans_are_in_order_and_apart(text: str, answer: str, code: bool):
    asked = item(text, answer, code=code)
    for spans in (words(asked), misspellable(asked, 3), gaps(asked), marks(asked)):
        position = 0
        for start, end in spans:
            assert position <= start < end <= len(text)
            position = end


def test_speed_of_questions_not_seen_before():
    asked = [
        item(f"Which famous composer {n} wrote several beautiful nocturnes, and when?") for n in range(3000)
    ]
    start = process_time()
    for one in asked:
        words(one)
    assert process_time() - start < 1


def test_options_that_the_question_lists_are_kept() -> None:
    question = "Which edit is funny: rocky road\nOptions:\n(A) rocky toad\n(B) rocky roads"
    asked = Item("x", question, ("(A)",))
    kept = {question[start:end] for start, end in words(asked)}
    assert {"Which", "edit", "funny"} <= kept
    assert not kept & {"toad", "roads"}
