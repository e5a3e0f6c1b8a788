"""Whether a program passes its tests, by two jails: one holds the program, the other the tests.

Why two: a program that runs in one process with its tests can always fake success. It can end the process
with the code for success, print what the tests print, replace `check` or built-in functions, give objects
that are equal to everything, or read a secret off the stack. Here the tests run in a process of their own,
which sees of the program only plain values that come through a pipe. The program never learns what a test
expects, and what says "passed" is a process in which nothing that a model wrote has run.

What it does not prevent: a program may still pass by giving the right values for just the inputs that are
tested (as by a table, where the prompt shows the tests), which is a question of the tests.

What is different from running everything in one process: an object of a class that is not built in, or one of
a few of the standard library's, is equal only to itself; subclasses of built-in types come over as those
types; a program cannot start threads or processes; `random` is seeded, so that a grade is always the same.
"""

import os
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass

from .inside.wire import encode
from .jail import Jail, Jailed, Limits, SandboxError


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a program is right.

    Attributes:
        passed: Whether all tests ran to their end.
        why: Why not, in words ("AssertionError: "); empty when it passed.
    """

    passed: bool
    why: str = ""


def judge(program: str, tests: str, *, prefix: str, entry: str, limits: Limits, jail: Jail) -> Verdict:
    """Runs a program and, in another jail, its tests.

    Args:
        program: Defines what the tests call.
        tests: Program text that raises if the program is wrong.
        prefix: Program text before the answer whose functions the tests may need too.
        entry: Name of the function that the tests call; it may be that of a built-in function. Other names
            that the tests use come from the program only where neither prefix nor Python has them.
        limits: Of each of the two.
        jail: From `check`.

    Raises:
        SandboxError: A jail did not start; says nothing of the program.
    """
    paper = encode((prefix, program, tests, entry), _nothing)
    with ExitStack() as started:
        examiner, examinee = _connected(limits, jail, started)
        return _verdict(examiner, examinee, len(paper).to_bytes(4, "little") + paper, limits.wall_s)


def _connected(limits: Limits, jail: Jail, started: ExitStack) -> tuple[Jailed, Jailed]:
    """The side of the tests and that of the program, with a pipe each way; killed when the stack ends."""
    to_program, from_tests = os.pipe()
    to_tests, from_program = os.pipe()
    try:
        examinee = started.enter_context(
            jail.start("examinee", limits, stdin=to_program, stdout=from_program)
        )
        started.callback(examinee.kill)
        arguments = (str(to_tests), str(from_tests))
        examiner = started.enter_context(
            jail.start("examiner", limits, arguments=arguments, pass_fds=(to_tests, from_tests))
        )
        started.callback(examiner.kill)
    finally:
        for number in (to_program, from_tests, to_tests, from_program):
            os.close(number)
    return examiner, examinee


def _verdict(examiner: Jailed, examinee: Jailed, paper: bytes, wall_s: float) -> Verdict:
    late = False
    try:
        report, said = examiner.communicate(paper, timeout=wall_s)
    except subprocess.TimeoutExpired:
        late = True
        examiner.kill()
        report, said = examiner.communicate()
    ready, _, verdict = report.decode(errors="replace").partition(" ")
    if ready != "ready":
        examinee.kill()
        said += examinee.communicate()[1]
        reason = said.decode(errors="replace").strip()[-500:] or "it ended without a word"
        raise SandboxError(
            f"a program could not be run in the sandbox: {f'not ready in {wall_s:g} s' if late else reason}"
        )
    if verdict == "passed":
        return Verdict(True)
    return Verdict(False, f"it took more than {wall_s:g} s" if late else verdict or "the tests did not end")


def _nothing(value: object) -> int:
    raise TypeError(f"a paper is plain text, not {type(value).__name__}")
