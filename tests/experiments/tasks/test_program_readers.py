"""Rows of programming problems become items with the tests that check them. No row here is of a benchmark."""

import pytest

from experiments.tasks.readers import READERS, Row
from experiments.tasks.readers.code import called
from perturb.item import Item, Program

HUMANEVAL: Row = {
    "task_id": "HumanEval/9",
    "prompt": 'def twice(n):\n    """Doubles n."""\n',
    "canonical_solution": "    return 2 * n\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4",
    "entry_point": "twice",
}
MBPP: Row = {
    "task_id": 3,
    "text": "Write a function that doubles.",
    "code": "def twice(n):\r\n  return 2 * n",
    "test_list": ["assert twice(2) == 4", "assert twice(0) == 0"],
    "test_setup_code": "",
    "challenge_test_list": [],
}


def one(reader: str, row: Row) -> Item:
    (item,) = READERS[reader](row, "t-1", "")
    return item


def test_humaneval_checks_what_continues_the_prompt() -> None:
    item = one("humaneval", HUMANEVAL)
    assert (item.id, item.question, item.answers) == (
        "HumanEval/9",
        HUMANEVAL["prompt"],
        ("    return 2 * n\n",),
    )
    assert item.program == Program(
        tests=HUMANEVAL["test"] + "\n\ncheck(twice)\n", prefix=HUMANEVAL["prompt"], entry="twice"
    )


def test_mbpp_shows_the_tests_that_it_runs() -> None:
    further = {"test_setup_code": "x = 1\r\ny = 2", "challenge_test_list": ["assert twice(y) == 4"]}
    item = one("mbpp", {**MBPP, **further})
    assert item.question == (
        "Write a function that doubles.\nYour code should pass these tests:\n"
        "assert twice(2) == 4\nassert twice(0) == 0"
    )
    assert (item.id, item.answers) == ("MBPP/3", ("def twice(n):\n  return 2 * n",))
    assert item.program == Program(
        tests="x = 1\ny = 2\nassert twice(2) == 4\nassert twice(0) == 0\n",
        entry="twice",
    )


def test_mbpp_reads_the_sanitized_layout() -> None:
    row = {key: value for key, value in MBPP.items() if key in ("task_id", "code", "test_list")}
    item = one("mbpp", {**row, "prompt": "Double it.", "test_imports": ["import math"]})
    assert item.question.startswith("Double it.\nYour code")
    assert item.program is not None
    assert item.program.tests.startswith("import math\nassert")


@pytest.mark.parametrize("reader_and_row", [("humaneval", HUMANEVAL), ("mbpp", MBPP)])
def test_reference_programs_pass_their_tests(reader_and_row: tuple[str, Row]) -> None:
    item = one(*reader_and_row)
    assert item.program is not None
    names: dict[str, object] = {}
    exec(item.program.prefix + item.answers[0] + "\n" + item.program.tests, names)
    wrong = item.answers[0].replace("2 *", "3 *")
    with pytest.raises(AssertionError):
        exec(item.program.prefix + wrong + "\n" + item.program.tests, names)


@pytest.mark.parametrize(
    ("test", "function"),
    [
        ("assert find(Pair(1, 2)) == 3", "find"),
        ("assert set(find([2])) == {2}", "find"),
        ("assert math.isclose(find(2), 2)", "find"),
        ("assert not find(2)", "find"),
        ("assert sum(1, 2) == 3", "sum"),
        ("assert 1 == 1", ""),
        ("assert (", ""),
    ],
)
def test_the_function_that_a_test_calls_is_found(test: str, function: str) -> None:
    assert called(test) == function
