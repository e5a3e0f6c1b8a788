"""Programs to be written, with the tests that check them."""

import ast
import builtins

from experiments.tasks.readers.row import Row, optional, text, texts
from perturb.item import Item, Program


def humaneval(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """HumanEval: `prompt`, `canonical_solution`, `test`, which defines `check`, and `entry_point`."""
    prompt, entry = text(row, "prompt"), text(row, "entry_point").strip()
    tests = text(row, "test") + f"\n\ncheck({entry})\n"
    return (
        Item(
            id=str(row.get("task_id") or item_id),
            question=prompt,
            answers=(text(row, "canonical_solution"),),
            subject=subject,
            program=Program(tests=tests, prefix=prompt, entry=entry),
        ),
    )


def mbpp(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """MBPP: `text`, `code`, `test_list`, and what is in `test_setup_code`.

    The sanitized configuration, with `prompt` and `test_imports` instead, is read too. A question shows the
    tests of `test_list` and those are run, all of them; `challenge_test_list` is not, as in the authors' own
    evaluation (Austin et al. 2021, arXiv 2108.07732).
    """
    tests = [_lines(test) for test in texts(row, "test_list")]
    setup = [optional(row, "test_setup_code"), *(row.get("test_imports") or ())]
    task = text(row, "prompt" if "text" not in row else "text").strip()
    program = [*filter(None, map(_lines, setup)), *tests]
    number = row.get("task_id")
    return (
        Item(
            id=item_id if number is None else f"MBPP/{number}",
            question="\n".join([task, "Your code should pass these tests:", *tests]),
            answers=(_lines(text(row, "code")),),
            subject=subject,
            program=Program(tests="\n".join(program) + "\n", entry=called(tests[0])),
        ),
    )


def _lines(program: str) -> str:
    return program.replace("\r\n", "\n").strip()


def called(test: str) -> str:
    """The function that a test calls: the outermost one, and rather one that is not Python's own; or nothing.

    >>> called("assert set(similar((1, 2), (2, 3))) == {2}")
    'similar'
    """
    try:
        tree = ast.parse(test)
    except SyntaxError:
        return ""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]  # outermost ones first
    names = [function.id for function in calls if isinstance(function, ast.Name)]
    return next((name for name in names if not hasattr(builtins, name)), names[0] if names else "")
