"""Programs are found in what models write around them, and run in the sandbox."""

import os
import time

import pytest

from experiments.grading.code import code_as_is, code_as_is_read, code_runs, code_runs_read
from experiments.grading.code_extract import find
from experiments.sandbox import SandboxError, available
from perturb import Item, Program, Prompt

PREFIX = 'from typing import List\n\n\ndef total(xs: List[int]) -> int:\n    """Sum of the squares."""\n'
BODY = "    result: List[int] = []\n    for x in xs:\n        result.append(x**2)\n    return sum(result)\n"
WHOLE = f"{PREFIX}{BODY}"
DEF = "def total(xs):\n    return sum(x**2 for x in xs)\n"
CONTINUED = Item("c", "?", (BODY,), program=Program("assert total([1, 2, 3]) == 14", PREFIX, "total"))
ASKED = Item("a", "?", (DEF,), program=Program("assert total([1, 2, 3]) == 14", "", "total"))
PROMPT = Prompt("?")


@pytest.fixture(scope="module", autouse=True)
def _sandbox() -> None:
    try:
        available()
    except SandboxError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


# What a model may write to continue the prefix; whether it passes by `code_runs` and by `code_as_is`.
CONTINUATIONS = {
    "the body": (BODY, True, True),
    "the body after an empty line": (f"\n{BODY}", True, True),
    "the whole function again": (WHOLE, True, True),
    "the function without the imports": (f"{WHOLE[WHOLE.index('def ') :]}", True, True),
    "the body in a block": (f"```python\n{BODY}```", True, False),
    "the function in a block": (
        f"Here you are:\n\n```python\n{WHOLE}```\n\nIt's easy, isn't it?",
        True,
        False,
    ),
    "a block without a language": (f"```\n{WHOLE}```", True, False),
    "a block with tildes": (f"~~~py\n{WHOLE}~~~", True, False),
    "a block that is not closed": (f"```python\n{WHOLE}", True, False),
    "a block that was begun before": (f"{BODY}```\n\nThis isn't hard.", True, False),
    "a block in a list": (
        "1. So:\n   ```python\n" + "   ".join(["", *DEF.splitlines(True)]) + "   ```",
        True,
        False,
    ),
    "a block and a use": (f"```python\n{DEF}```\nUsage:\n```python\nprint(total([1]))\n```", True, False),
    "first a wrong block": (
        f"```python\ndef total(xs):\n    return 0\n```\nNo:\n```python\n{DEF}```",
        True,
        False,
    ),
    "last a wrong block": (
        f"```python\n{DEF}```\nOr:\n```python\ndef total(xs):\n    return 0\n```",
        False,
        False,
    ),
    "a body without its first indentation": (BODY.strip(), True, False),
    "a body without indentation": (
        "result = 0\nfor x in xs:\n    result += x**2\nreturn result",
        True,
        False,
    ),
    "a single line": ("return sum(x**2 for x in xs)", True, False),
    "words after the body": (f"{BODY}\nThis function isn't slow.", True, False),
    "words after the function": (f"{WHOLE}\nThis function isn't slow.", True, False),
    "words before the function": (f"Sure! Here's the code:\n\n{WHOLE}", True, False),
    "a block in a docstring": (
        '    """\n    ```python\n    total([1])\n    ```\n    """\n    return sum(x**2 for x in xs)',
        True,
        True,
    ),
    "a future import": (f"```python\nfrom __future__ import annotations\n{DEF}```", True, False),
    "another name": ("    return 0\n\ndef other(xs):\n    return 14\n", False, False),
    "bold stars": ("    return sum(x**2 for x in xs)  # **really**\n", True, True),
    "a wrong body": ("    return 0\n", False, False),
    "a body that breaks off": ("    result = 0\n    for x in (", False, False),
    "carriage returns": (BODY.replace("\n", "\r\n"), True, True),
}


@pytest.mark.parametrize(("text", "lenient", "strict"), CONTINUATIONS.values(), ids=CONTINUATIONS.keys())
def test_continuations(text: str, lenient: bool, strict: bool):
    found = code_runs_read(text, CONTINUED, PROMPT)
    assert found.correct is lenient
    assert found.extracted
    assert code_as_is_read(text, CONTINUED, PROMPT).correct is strict


# What a model may write where a whole program is asked for.
PROGRAMS = {
    "the program": (DEF, True, True),
    "with a helper": (f"def square(x):\n    return x**2\n\n{DEF.replace('x**2', 'square(x)')}", True, True),
    "a lambda": ("total = lambda xs: sum(x**2 for x in xs)", True, True),
    "in a block": (f"Of course.\n```python\n{DEF}```\nDon't worry.", True, False),
    "between marks": (f"[BEGIN]\n{DEF}[DONE]\nTask: Don't", True, False),
    "before the last mark": (f"\n{DEF}[DONE]\n\nTask: Don't", True, False),
    "in a block between marks": (f"[BEGIN]\n```python\n{DEF}```\n[DONE]", True, False),
    "words after it": (f"{DEF}\n\nThat isn't slow.", True, False),
    "words before a constant": (f"Here's it:\n\nPOWER = 2\n{DEF.replace('**2', '**POWER')}", True, False),
    "words before it": (f"Here's the code:\n\n{DEF}", True, False),
    "a check of its own that fails": (f"{DEF}\nassert total([1]) == 2", False, False),
    "an attempt to read": (f"{DEF}\nprint(total(list(map(int, input().split()))))", False, False),
    "another name": ("def sum_of_squares(xs):\n    return sum(x**2 for x in xs)", False, False),
    "a method": (
        "class Solution:\n    def total(self, xs):\n        return sum(x**2 for x in xs)",
        False,
        False,
    ),
    "an early end": (f"import os\n{DEF.replace('14', '0')}os._exit(0)", False, False),
}


@pytest.mark.parametrize(("text", "lenient", "strict"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_whole_programs(text: str, lenient: bool, strict: bool):
    found = code_runs_read(text, ASKED, PROMPT)
    assert found.correct is lenient
    assert found.extracted
    assert code_as_is_read(text, ASKED, PROMPT).correct is strict


@pytest.mark.parametrize("text", ["", " \n\t ", "I'm sorry, I can't help.", "The sum of squares, of course."])
def test_no_code_is_no_answer(text: str):
    for item in (CONTINUED, ASKED):
        assert code_runs_read(text, item, PROMPT).extracted is None
    assert code_as_is_read(" \n", CONTINUED, PROMPT).extracted is None


def test_code_that_does_not_compile_is_a_wrong_answer():
    for text in ("```python\ndef total(xs) return 1\n```", "def total(xs) return 1"):
        found = code_runs_read(text, ASKED, PROMPT)
        assert not found.correct
        assert found.extracted is not None
        assert "return 1" in found.extracted


def test_the_reading_shows_the_program_as_it_ran():
    assert code_runs_read(f"```python\n{BODY}```\nDone.", CONTINUED, PROMPT).extracted == WHOLE
    assert code_as_is_read(BODY, CONTINUED, PROMPT).extracted == WHOLE
    assert code_runs_read(f"{BODY}\nIt isn't slow.", CONTINUED, PROMPT).extracted == WHOLE
    long = "x = 1\n" * 4000 + DEF
    found = code_runs_read(long, ASKED, PROMPT)
    assert found.correct
    assert found.extracted == long[:8192]


def test_only_a_text_that_may_go_on_is_open():
    assert code_runs_read(BODY, CONTINUED, PROMPT).open
    assert code_runs_read(f"```python\n{BODY}", CONTINUED, PROMPT).open
    assert not code_runs_read(f"```python\n{BODY}```", CONTINUED, PROMPT).open
    assert not code_runs_read(f"[BEGIN]\n{DEF}[DONE]", ASKED, PROMPT).open
    assert code_as_is_read(BODY, CONTINUED, PROMPT).open


def test_many_readings_keep_their_order_and_equal_programs_run_once(monkeypatch: pytest.MonkeyPatch):
    from experiments.grading import code

    runs: list[str] = []
    judge = code.judge

    def counted(program: str, *args: str, **kwargs: object):
        runs.append(program)
        return judge(program, *args, **kwargs)  # pyright: ignore[reportArgumentType] (handed on as it came)

    monkeypatch.setattr(code, "judge", counted)
    wrong = DEF.replace("**2", "")
    texts = [DEF, wrong, f"```python\n{DEF}```", "", DEF, wrong]
    found = code_runs([(text, ASKED, PROMPT) for text in texts], 4)
    assert [reading.correct for reading in found] == [True, False, True, False, True, False]
    assert found[3].extracted is None
    assert sorted(runs) == sorted({DEF, wrong})
    assert code_as_is([], 2) == code_runs([], 2) == []


def test_the_same_program_is_run_again_for_other_tests():
    other = Item("o", "?", (DEF,), program=Program("assert total([]) == 1", "", "total"))
    found = code_runs([(DEF, ASKED, PROMPT), (DEF, other, PROMPT)], 2)
    assert [reading.correct for reading in found] == [True, False]


def test_an_item_without_tests():
    with pytest.raises(ValueError, match="item 'q' has no tests"):
        code_runs_read(DEF, Item("q", "?", ("4",)), PROMPT)


def test_without_a_sandbox_nothing_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("FATHOM_RUN_CODE_WITHOUT_SANDBOX", raising=False)
    with pytest.raises(SandboxError, match="apt install bubblewrap"):
        code_runs_read(DEF, ASKED, PROMPT)


HOSTILE = {
    "NUL": "def total(xs):\0 pass",
    "surrogate": "def total(xs): return '\ud800'",
    "megabytes": "x = 1\n" * 200_000,
    "one long line": "x" * 1_000_000,
    "brackets": "(" * 100_000,
    "not": "total = " + "not " * 20_000 + "1",
    "minus": "total = " + "-" * 30_000 + "1",
    "attributes": "total = a" + ".b" * 10_000,
    "sums": "total = 1" + "+1" * 15_000,
    "powers": "total = 1" + "**1" * 10_000,
    "nested": "\n".join(" " * depth + "if 1:" for depth in range(150)),
    "fences": "```python\ndef total(x): (\n```\n" * 1500,
    "fences open": "```\n" * 10_000,
    "errors": "def total(xs):\n" + "    x = )\n" * 3000,
    "backticks": "`" * 30_000,
    "spaces": " " * 30_000 + "x\n" + "\t" * 30_000,
    "equals": "a " * 15_000 + "=",
    "colons": "a:" * 15_000,
    "marks": "[BEGIN]\n[DONE]\n" * 2000,
    "strings": "total = " + "'" * 30_001,
    "f-strings": "total = " + "f'{" * 5_000,
    "escapes": "def total(xs): return '\\d\\N{nothing}'",
    "right to left": "\u202edef total(xs): return 1",
    "byte order": "\ufeffdef total(xs): return 14",
    "coding": "# -*- coding: nothing -*-\ndef total(xs): return 1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_is_looked_through_quickly_and_without_an_error(text: str):
    start = time.process_time()
    for item in (CONTINUED, ASKED):
        assert item.program is not None
        find(text, item.program)
    assert time.process_time() - start < 4  # well below a second on an idle machine


@pytest.mark.parametrize("name", ["NUL", "surrogate", "not", "right to left", "coding", "escapes"])
def test_hostile_programs_run_and_fail(name: str):
    cases = [(HOSTILE[name], CONTINUED, PROMPT), (HOSTILE[name], ASKED, PROMPT)]
    assert not any(reading.correct for reading in (*code_runs(cases, 2), *code_as_is(cases, 2)))
