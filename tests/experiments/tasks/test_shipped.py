import json
import operator
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import experiments.tasks.arithmetic as arithmetic
from experiments.tasks.shipped.stories import STORIES, Story

FOLDER = Path(arithmetic.__file__).parent / "shipped"
SETS = ("trivia_mini", "arithmetic_mini", "choice_mini")
LEAST = {
    ("trivia_mini", "test"): 220,
    ("trivia_mini", "train"): 48,
    ("arithmetic_mini", "test"): 220,
    ("arithmetic_mini", "train"): 48,
    ("choice_mini", "test"): 130,
    ("choice_mini", "train"): 32,
}
KEYS = {
    "trivia_mini": ["question_id", "question", "answer", "difficulty"],
    "arithmetic_mini": ["id", "question", "answer", "steps"],
    "choice_mini": ["id", "question", "choices", "answerKey", "difficulty"],
}

OPERATORS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

Row = dict[str, Any]


def read(name: str, split: str) -> list[Row]:
    return [json.loads(line) for line in (FOLDER / name / f"{split}.jsonl").read_text("utf-8").splitlines()]


def everything(name: str) -> list[Row]:
    return read(name, "test") + read(name, "train")


def normal(text: str) -> str:
    """TriviaQA's normaliser: lower case, punctuation and articles turned into spaces, spaces squeezed."""
    punctuation = string.punctuation + "‘’´`"
    text = "".join(" " if character in punctuation else character for character in text.lower())
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def states(question: str, answer: str) -> bool:
    return f" {normal(answer)} " in f" {normal(question)} "


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in texts(each)] if isinstance(value, list) else []


# All three sets.


@pytest.mark.parametrize(("name", "split"), LEAST)
def test_a_split_is_large_enough(name: str, split: str) -> None:
    assert len(read(name, split)) >= LEAST[name, split]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("split", ["test", "train"])
def test_the_files_are_plain_json_lines(name: str, split: str) -> None:
    raw = (FOLDER / name / f"{split}.jsonl").read_bytes()
    rows = read(name, split)
    assert raw.decode("utf-8") == "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("name", SETS)
def test_every_row_has_the_same_keys_in_the_same_order(name: str) -> None:
    assert all(list(row) == KEYS[name] for row in everything(name))


@pytest.mark.parametrize("name", SETS)
def test_ids_are_the_set_and_a_number_that_counts_through_both_splits(name: str) -> None:
    rows = everything(name)
    width = 3 if name == "choice_mini" else 4
    assert [row[KEYS[name][0]] for row in rows] == [f"{name}-{n:0{width}d}" for n in range(1, len(rows) + 1)]


@pytest.mark.parametrize("name", SETS)
def test_no_question_is_asked_twice_within_or_across_splits(name: str) -> None:
    counts = Counter(normal(row["question"]) for row in everything(name))
    assert [question for question, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", SETS)
def test_questions_end_with_a_question_mark_and_begin_with_a_capital(name: str) -> None:
    questions = [row["question"] for row in everything(name)]
    assert [q for q in questions if not q.endswith("?") or not q[0].isupper()] == []


@pytest.mark.parametrize("name", SETS)
def test_texts_hold_no_control_characters_braces_curly_quotes_or_stray_spaces(name: str) -> None:
    found = [text for row in everything(name) for text in texts(row)]
    for text in found:
        lines = text.split("\n") if name == "arithmetic_mini" else [text]
        assert len(lines) <= 2
        for line in lines:
            assert all(unicodedata.category(character)[0] != "C" for character in line), text
            assert not set(line) & set("{}“”‘’…\xa0\ufffd"), text
            assert line == " ".join(line.split()), text
        assert unicodedata.normalize("NFC", text) == text


# Trivia.


def test_trivia_rows_have_the_schema() -> None:
    for row in everything("trivia_mini"):
        assert list(row["answer"]) == ["value", "aliases", "normalized_aliases"]
        assert row["difficulty"] in (1, 2, 3, 4)
        assert isinstance(row["answer"]["value"], str)
        assert all(isinstance(alias, str) for alias in row["answer"]["aliases"])


def test_trivia_aliases_begin_with_the_value_and_are_unique() -> None:
    for row in everything("trivia_mini"):
        aliases = row["answer"]["aliases"]
        assert aliases[0] == row["answer"]["value"]
        assert len(set(aliases)) == len(aliases), row


def test_trivia_normalised_aliases_are_those_of_the_aliases() -> None:
    for row in everything("trivia_mini"):
        expected = list(dict.fromkeys(normal(alias) for alias in row["answer"]["aliases"]))
        assert row["answer"]["normalized_aliases"] == expected


def test_no_trivia_alias_is_so_short_that_a_wrong_answer_would_hold_it() -> None:
    aliases = [alias for row in everything("trivia_mini") for alias in row["answer"]["normalized_aliases"]]
    assert [alias for alias in aliases if len(alias) < 3 and not alias.isdigit()] == []


def test_no_trivia_question_states_its_answer() -> None:
    for row in everything("trivia_mini"):
        assert [alias for alias in row["answer"]["aliases"] if states(row["question"], alias)] == []


@pytest.mark.parametrize("split", ["test", "train"])
def test_trivia_difficulty_is_spread_about_40_30_20_10(split: str) -> None:
    counts = Counter(row["difficulty"] for row in read("trivia_mini", split))
    shares = [counts[level] / counts.total() for level in (1, 2, 3, 4)]
    assert shares == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=0.03)


def test_small_numbers_are_accepted_as_digits_and_as_words() -> None:
    numbers = [row["answer"] for row in everything("trivia_mini") if row["answer"]["value"].isdigit()]
    counted = [answer for answer in numbers if int(answer["value"]) <= 1000]
    assert len(counted) > 30
    for answer in counted:
        assert any(alias.replace(" ", "").isalpha() for alias in answer["normalized_aliases"]), answer


# Multiple choice.


def gold(row: Row) -> str:
    return row["choices"]["text"][row["choices"]["label"].index(row["answerKey"])]


def test_choice_rows_have_the_schema() -> None:
    for row in everything("choice_mini"):
        assert list(row["choices"]) == ["text", "label"]
        assert row["choices"]["label"] == ["A", "B", "C", "D"]
        assert row["answerKey"] in row["choices"]["label"]
        assert row["difficulty"] in (1, 2, 3)
        assert len({text.casefold() for text in row["choices"]["text"]}) == 4


def test_options_of_a_question_have_the_same_form() -> None:
    for row in everything("choice_mini"):
        assert len({text.endswith(".") for text in row["choices"]["text"]}) == 1, row
        assert not any(re.search(r"\b(all|none|both) of\b", text) for text in row["choices"]["text"]), row


def test_no_choice_question_states_its_answer() -> None:
    assert [row for row in everything("choice_mini") if states(row["question"], gold(row))] == []


@pytest.mark.parametrize("split", ["test", "train"])
def test_right_options_are_balanced_over_the_labels(split: str) -> None:
    rows = read("choice_mini", split)
    counts = Counter(row["answerKey"] for row in rows)
    assert all(0.22 <= counts[label] / len(rows) <= 0.28 for label in "ABCD"), counts


@pytest.mark.parametrize("split", ["test", "train"])
@pytest.mark.parametrize("extreme", [max, min])
def test_the_length_of_an_option_does_not_give_it_away(split: str, extreme: Callable[..., int]) -> None:
    """Who always takes the longest (or shortest) option, tossing for ties, scores about as by chance."""
    hits: list[float] = []
    for row in read("choice_mini", split):
        lengths = [len(text) for text in row["choices"]["text"]]
        wanted = extreme(lengths)
        hits.append((len(gold(row)) == wanted) / lengths.count(wanted))
    assert 0.15 <= float(np.mean(hits)) <= 0.35


@pytest.mark.parametrize("split", ["test", "train"])
def test_choice_has_every_difficulty(split: str) -> None:
    counts = Counter(row["difficulty"] for row in read("choice_mini", split))
    assert all(0.15 <= counts[level] / counts.total() <= 0.5 for level in (1, 2, 3)), counts


# Arithmetic.


def problems() -> list[arithmetic.Problem]:
    return arithmetic.generate(np.random.default_rng(arithmetic.SEED), sum(arithmetic.SIZES.values()))


def solve(problem: arithmetic.Problem) -> int:
    """Works the structured problem out afresh, in rational arithmetic so that no remainder is lost."""
    known: dict[str, Fraction] = {name: Fraction(value) for name, value in problem.numbers.items()}
    value = Fraction(0)
    for step in problem.steps:
        left = known[step.left] if step.left in known else Fraction(step.left)
        right = known[step.right] if step.right in known else Fraction(step.right)
        value = OPERATORS[step.operator](left, right)
        assert value.denominator == 1
        assert value >= 2
        known[step.result] = value
    return int(value)


@pytest.mark.parametrize("split", ["test", "train"])
def test_the_shipped_word_problems_come_from_the_generator_byte_for_byte(split: str) -> None:
    made = arithmetic.to_jsonl(arithmetic.splits()[split]).encode("utf-8")
    assert (FOLDER / "arithmetic_mini" / f"{split}.jsonl").read_bytes() == made


def test_every_shipped_answer_is_what_the_structured_problem_works_out_to() -> None:
    for row, problem in zip(everything("arithmetic_mini"), problems(), strict=True):
        assert row["question"] == problem.question
        assert row["answer"].rpartition("\n#### ")[2] == str(solve(problem))
        assert row["steps"] == len(problem.steps)


def test_every_equation_in_a_solution_holds_and_the_last_one_gives_the_answer() -> None:
    for row in everything("arithmetic_mini"):
        solution, _, answer = row["answer"].rpartition("\n#### ")
        equations = re.findall(r"(\d+) ([-+*/]) (\d+) = (\d+)", solution)
        assert len(equations) == row["steps"] == solution.count(". ") + 1
        for left, sign, right, result in equations:
            assert int(result) == OPERATORS[sign](Fraction(left), Fraction(right)), row
        assert equations[-1][3] == answer


def test_a_question_states_every_given_number_and_no_other_and_not_the_answer() -> None:
    for problem in problems():
        stated = [int(number) for number in re.findall(r"\d+", problem.question)]
        assert set(stated) == set(problem.numbers.values()), problem
        assert problem.answer not in stated


def test_numbers_in_a_calculation_that_are_not_given_are_implied_by_the_question() -> None:
    implied = {
        "2": ("two", "share the profit equally", "all the way round"),
        "5": ("five",),
        "7": ("in a week",),
    }
    for problem in problems():
        for step in problem.steps:
            for operand in (step.left, step.right):
                if operand.isdigit():
                    assert any(words in problem.question for words in implied[operand]), problem


def test_solutions_hold_no_calculator_annotations() -> None:
    assert not any("<<" in row["answer"] for row in everything("arithmetic_mini"))


def test_half_of_the_word_problems_take_one_step_and_some_take_four() -> None:
    for split in ("test", "train"):
        counts = Counter(row["steps"] for row in read("arithmetic_mini", split))
        assert set(counts) == {1, 2, 3, 4}
        assert 0.4 <= counts[1] / counts.total() <= 0.6


def test_word_problems_tell_at_least_25_stories_with_different_people() -> None:
    made = problems()
    assert len({problem.story for problem in made}) >= 25
    people = {word for problem in made for word in re.findall(r"[A-Z][a-z]+", problem.question)}
    assert len(people & {"Anna", "Jamal", "Kavya", "Mei", "Pablo", "Rosa", "Samir", "Hugo"}) == 8


def test_no_two_word_problems_share_story_and_numbers() -> None:
    keys = [(problem.story, *problem.numbers.values()) for problem in problems()]
    assert len(set(keys)) == len(keys)


def test_another_seed_makes_other_problems_that_are_right_too() -> None:
    made = arithmetic.generate(np.random.default_rng(arithmetic.SEED + 1), 100)
    assert all(problem.answer == solve(problem) for problem in made)
    assert [problem.question for problem in made] != [problem.question for problem in problems()[:100]]


def test_no_problems_are_no_problem() -> None:
    assert arithmetic.generate(np.random.default_rng(0), 0) == []


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_story_can_be_told_with_every_placeholder_filled(story: Story) -> None:
    problem = arithmetic.tell(np.random.default_rng(3), story)
    assert problem.answer == solve(problem)
    assert not set(problem.question + problem.solution) & set("{}")
    assert "  " not in problem.question + problem.solution
    assert all(min(values) >= 2 for values in story.draws.values())


def test_story_names_are_unique() -> None:
    assert len({story.name for story in STORIES}) == len(STORIES)


def test_a_story_that_cannot_come_out_whole_is_named() -> None:
    story = Story("odd halves", {"n": range(3, 30, 2)}, ("half = n / 2",), "Half of {n}?", "{half}.")
    with pytest.raises(ValueError, match="odd halves"):
        arithmetic.tell(np.random.default_rng(0), story)


def test_stories_that_run_out_are_reported() -> None:
    few = [
        Story(f"{n}", {"n": range(9, 11)}, tuple(f"r{k} = {before} + 1" for k, before in chain), "{n}?", "")
        for n in (1, 2, 3, 4)
        for chain in [[(k, "n" if k == 1 else f"r{k - 1}") for k in range(1, n + 1)]]
    ]
    with pytest.raises(ValueError, match="expected 50"):
        arithmetic.generate(np.random.default_rng(0), 50, few)
