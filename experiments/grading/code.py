"""Graders of programs: what a model wrote is run, in the sandbox, against the item's tests."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from experiments.sandbox import Jail, Limits, check, judge
from perturb import Item, Program, Prompt

from .code_extract import Piece, find
from .reading import NOTHING, Reading

Case = tuple[str, Item, Prompt]
_SHOWN = 8192  # characters of a program that a reading keeps
_Found = tuple[str, Piece]


def code_runs(cases: Sequence[Case], workers: int) -> list[Reading]:
    """Right if the program that the text holds passes all tests of its item.

    Where the program is, `code_extract.find` says: code blocks, words around the code, repeated signatures
    and lost indentation are seen to, in the same way for every model.
    Whether it passes, `sandbox.judge` says.

    Args:
        cases: Texts with their Markdown, each with its item as it was asked and its prompt.
        workers: How many programs run at once; a program that occurs again is run once.

    Returns:
        One reading a case: `extracted` is the program as it ran (its first 8 Ki characters).

    Raises:
        SandboxError: Programs cannot be run safely here.
        ValueError: An item has no tests.
    """
    return _readings(cases, workers, find)


def code_as_is(cases: Sequence[Case], workers: int) -> list[Reading]:
    """Right if the item's prefix and the text, just as it is, are a program that passes all tests.

    Strict: a code block's marks or a word of explanation are errors in the program. Otherwise as `code_runs`.
    """
    return _readings(cases, workers, _as_is)


def code_runs_read(text: str, item: Item, prompt: Prompt) -> Reading:
    """`code_runs` of a single text."""
    return code_runs([(text, item, prompt)], 1)[0]


def code_as_is_read(text: str, item: Item, prompt: Prompt) -> Reading:
    """`code_as_is` of a single text."""
    return code_as_is([(text, item, prompt)], 1)[0]


def _as_is(text: str, program: Program) -> _Found | None:
    piece = Piece(text, fenced=False, open=True)
    return (program.prefix + text, piece) if text.strip() else None


def _readings(
    cases: Sequence[Case], workers: int, extract: Callable[[str, Program], _Found | None]
) -> list[Reading]:
    checks = [_program(item) for _, item, _ in cases]
    found = [extract(text, program) for (text, _, _), program in zip(cases, checks, strict=True)]
    runs = {(it[0], program) for it, program in zip(found, checks, strict=True) if it is not None}
    passed = _passed(sorted(runs, key=repr), workers) if runs else {}
    return [
        NOTHING if it is None else Reading(it[0][:_SHOWN], correct=passed[it[0], program], open=it[1].open)
        for it, program in zip(found, checks, strict=True)
    ]


def _passed(runs: Sequence[tuple[str, Program]], workers: int) -> dict[tuple[str, Program], bool]:
    passes = partial(_passes, jail=check(), limits=Limits())
    pool = ThreadPoolExecutor(max(workers, 1))
    try:
        return dict(zip(runs, pool.map(passes, runs), strict=True))
    finally:
        pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C the rest need not run


def _passes(run: tuple[str, Program], *, limits: Limits, jail: Jail) -> bool:
    answer, program = run
    verdict = judge(
        answer, program.tests, prefix=program.prefix, entry=program.entry, limits=limits, jail=jail
    )
    return verdict.passed


def _program(item: Item) -> Program:
    if item.program is None:
        raise ValueError(f"item {item.id!r} has no tests; this grader is for items that ask for code")
    return item.program
