"""A verdict cannot be faked, and honest programs get the one they would get in a single process."""

import time

import pytest

from experiments.sandbox import Jail, Limits, SandboxError, Verdict, judge

QUICK = Limits(wall_s=5, cpu_s=2, memory_mb=256, tmp_mb=4)
TESTS = """
def check(candidate):
    assert candidate([3, 1, 2]) == [1, 2, 3]
    assert candidate([]) == []

check(order)
"""
RIGHT = "def order(values):\n    return sorted(values)\n"
WRONG = "def order(values):\n    return values\n"


def verdict(program: str, jail: Jail, tests: str = TESTS, prefix: str = "", entry: str = "order") -> Verdict:
    return judge(program, tests, prefix=prefix, entry=entry, limits=QUICK, jail=jail)


def test_right_and_wrong(jail: Jail):
    assert verdict(RIGHT, jail) == Verdict(True)
    assert verdict(WRONG, jail) == Verdict(False, "AssertionError: ")
    assert verdict("", jail) == Verdict(False, "NameError: name 'order' is not defined")
    assert verdict("def order(", jail).why.startswith("SyntaxError")
    assert verdict("def order(values): return 1 / 0", jail) == Verdict(
        False, "ZeroDivisionError: division by zero"
    )


EQUAL_TO_ALL = """
class Same({base}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __len__(self): return 0
    __hash__ = None
    __lt__ = __gt__ = __le__ = __ge__ = __eq__
def order(values): return Same()
"""
PATCHED_EVERYWHERE = """
import builtins, sys
def order(values):
    frame = sys._getframe()
    while frame:
        for space in (frame.f_globals, frame.f_locals):
            for name in list(space):
                if name in ("check", "report", "_examine", "main", "encode", "_answer"):
                    space[name] = lambda *args, **kwargs: b"passed"
        frame = frame.f_back
    return values
"""
ON_EVERY_DESCRIPTOR = """
import os
def order(values):
    for number in range(64):
        for text in (b"passed", b"ready passed", b"passed\\n"):
            try: os.write(number, text)
            except OSError: pass
    os._exit(0)
"""
FALSE_REPLIES = """
import os, struct, sys
def order(values):
    from inside.wire import encode, send
    for value in ([], [1, 2, 3], None, True):
        for number in range(3, 64):
            try: send(number, encode((True, value, None), id))
            except OSError: pass
    return values
"""
COLLECTS = """
import gc, sys
def order(values):
    for known in gc.get_objects():
        if isinstance(known, list) and known == [1, 2, 3]: return known
        if isinstance(known, str) and "assert" in known and "candidate(" in known: raise SystemExit(0)
    return values
"""


@pytest.mark.parametrize(
    "fake",
    [
        "import os\nos._exit(0)",
        "import os\ndef order(values): os._exit(0)",
        "import sys\nsys.exit(0)",
        "def order(values): raise SystemExit(0)",
        "raise SystemExit(0)",
        "def order(values): exit(0)",
        "def order(values): raise StopIteration",
        "def order(values): raise KeyboardInterrupt",
        "def order(values): raise GeneratorExit",
        f"{WRONG}print('ready passed'); print('passed', flush=True)",
        "import os\nos.execv('/bin/true', ['true'])",
        "import atexit, os\natexit.register(os._exit, 0)\n" + WRONG,
        "import signal, os\nsignal.signal(signal.SIGALRM, lambda *_: os._exit(0)); signal.alarm(1)\n" + WRONG,
        "import builtins\nbuiltins.AssertionError = type('Never', (BaseException,), {})\n" + WRONG,
        "import builtins\nbuiltins.print = builtins.exec = builtins.compile = lambda *_: None\n" + WRONG,
        "import builtins\nbuiltins.sorted = builtins.list = builtins.all = lambda *_: True\n" + WRONG,
        "import sys\nsys.settrace(lambda frame, event, arg: sys.exit(0))\n" + WRONG,
        "import sys\nsys.excepthook = lambda *_: None\nsys.exit = lambda *_: None\n" + WRONG,
        "import sys\nsys.modules['json'] = sys.modules['os'] = None\n" + WRONG,
        f"check = lambda candidate: None\n{WRONG}",
        f"__name__ = '__main__'\ndef check(candidate): return True\n{WRONG}",
        "def order(values): return iter(())",
        "order = type('Any', (), {'__getattr__': lambda self, name: self, '__call__': lambda *_: order})()",
        *(EQUAL_TO_ALL.format(base=base) for base in ("", "list", "int", "str", "dict")),
        PATCHED_EVERYWHERE,
        ON_EVERY_DESCRIPTOR,
        FALSE_REPLIES,
        COLLECTS,
    ],
)
def test_success_cannot_be_faked(fake: str, jail: Jail):
    assert not verdict(fake, jail).passed


def test_false_replies_answer_questions_and_nothing_more(jail: Jail):
    """A program may send values as it likes: it knows what it is asked, never what is expected."""
    program = FALSE_REPLIES.replace("([], [1, 2, 3], None, True)", "([1, 2, 3], [])")
    assert verdict(program, jail).passed  # these are the right values, however they were sent
    assert not verdict(program.replace("[1, 2, 3], []", "[1, 3, 2], []"), jail).passed


@pytest.mark.parametrize(
    "message",
    [
        "b'h' + bytes(4)",
        "b'm' + bytes([4, 0, 0, 0]) + b'exec'",
        "b'l' + b'\\xff' * 4",
        "b''",
        "b'l\\1\\0\\0\\0' * 9999",
    ],
)
def test_messages_without_sense_are_no_answers(message: str, jail: Jail):
    program = f"from inside.wire import send\ndef order(values): send(4, {message})\n"
    assert not verdict(program, jail).passed


def test_functions_that_only_tests_need_are_not_taken_from_the_program(jail: Jail):
    prefix = "def poly(xs, x):\n    return sum(xs) * x\n\ndef root(xs):\n    '''A zero of poly.'''\n"
    tests = "assert abs(poly([1, 1], root([1, 1]))) < 1e-6 and round(root([1, 1]), 3) == 0"
    right = f"{prefix}    return 0.0\n"
    accomplices = "def poly(xs, x): return 0\ndef abs(x): return 0\ndef round(*_): return 0\n"
    wrong = f"{prefix}    return 1.0\n\n{accomplices}"
    assert verdict(right, jail, tests, prefix, "root") == Verdict(True)
    assert verdict(wrong, jail, tests, prefix, "root") == Verdict(False, "AssertionError: ")


def test_a_prefix_that_is_only_a_signature(jail: Jail):
    prefix = "from typing import List\n\ndef order(values: List[int]) -> List[int]:\n"
    assert verdict(f"{prefix}    return sorted(values)", jail, prefix=prefix).passed
    assert not verdict(prefix, jail, prefix=prefix).passed


def test_the_prefix_is_no_answer(jail: Jail):
    prefix = "def order(values):\n    return sorted(values)\n"
    assert verdict("x = 1", jail, prefix=prefix) == Verdict(False, "NameError: name 'order' is not defined")


# Programs and, below a line, their tests.
HONEST = """
def f(x): return x
---
assert f((1, "a", None, 1.5, {2: {3}}, b"b")) == (1, "a", None, 1.5, {2: {3}}, b"b")
===
def f(x): x.append(4)
---
x = [1]
assert f(x) is None
assert x == [1, 4]
===
def f(d, s): d["a"] = 1; s.clear()
---
d, s = {}, {1}
f(d, s=s)
assert d == {"a": 1} and s == set()
===
def f(n): yield from range(n)
---
assert list(f(3)) == [0, 1, 2]
assert f(3) != [0, 1, 2]
===
def f():
    while True: yield 0
---
g = f()
assert next(g) == 0 and next(g) == 0
===
def f(xs): return map(str, xs)
---
assert " ".join(f([1, 2])) == "1 2"
===
from collections import *
def f(x): return Counter(x), deque(x)
---
assert f("aab")[0] == {"a": 2, "b": 1} and f("ab")[1] != ["a", "b"]
===
def f(d): return d.keys()
---
assert f({1: 2}) == {1} and f({1: 2}) != [1]
===
def f(x): return range(x)
---
assert f(2) == range(2) and f(2) != [0, 1]
===
def f(x): return 10 ** x, float("inf"), -0.0, 1j
---
assert f(5000) == (10 ** 5000, float("inf"), 0, 1j)
===
def f(x): return x is True
---
assert f(True) is True and f(1) is False
===
def f(xs, kind): return [x for x in xs if type(x) is kind]
---
assert f([1, "a"], int) == [1]
===
def f(x): return "é\\ud800"
---
assert f(1) == "é\\ud800"
===
def f(x): return lambda y: x + y
---
assert f(1)(2) == 3
===
import sys
def f(x): return sys.getsizeof(x)
---
assert f((1, 2)) == sys.getsizeof((1, 2))
===
class Node:
    def __init__(self, v): self.v, self.next = v, None
def f(n): return n.v + (f(n.next) if n.next else 0)
---
n = Node(1)
n.next = Node(2)
n.next.next = Node(3)
assert f(n) == 6
assert n.next is not None
===
class Below(ValueError): pass
def f(x): raise Below("below 0")
---
try: f(-1)
except ValueError as error: assert "below" in str(error)
else: assert False
===
import random
def f(): return random.random()
---
import random
assert f() == random.random()
===
from dataclasses import dataclass
@dataclass
class A:
    x: int
def f(): return A(1)
---
assert f().x == 1
===
import math
def f(): return math.nan
---
x = f()
assert x != x and isinstance(x, float)
===
import sys
def f(x):
    print(x)
    sys.stderr.write("noise")
    return x
---
assert f("passed") == "passed"
===
if __name__ == "__main__": raise SystemExit
def f(): return 1
---
def test():
    assert f() == 1
test()
"""


@pytest.mark.parametrize("case", HONEST.split("===\n"))
def test_honest_programs_pass(case: str, jail: Jail):
    program, tests = case.split("---\n")
    for entry in ("f", ""):  # an entry need not be named
        assert verdict(program, jail, tests, entry=entry) == Verdict(True)
    assert not verdict(program, jail, f"{tests}\nassert False", entry="f").passed


def test_the_function_may_have_the_name_of_a_built_in_one(jail: Jail):
    program, tests = "def sum(a, b): return a - b", "assert sum(5, 3) == 2"
    assert verdict(program, jail, tests, entry="sum").passed
    assert not verdict(program, jail, tests, entry="").passed


@pytest.mark.parametrize("program", ["while True: pass", "def order(values):\n    while True: pass"])
def test_an_endless_program_ends(program: str, jail: Jail):
    limits = Limits(wall_s=10, cpu_s=1)
    found = judge(program, TESTS, prefix="", entry="order", limits=limits, jail=jail)
    assert found == Verdict(False, "EOFError: the other side is gone")


def test_a_sleeping_program_ends(jail: Jail):
    start = time.monotonic()
    found = judge(
        "import time; time.sleep(60)", TESTS, prefix="", entry="", limits=Limits(wall_s=1), jail=jail
    )
    assert found == Verdict(False, "it took more than 1 s")
    assert time.monotonic() - start < 10


def test_a_flood_of_output_harms_nobody(jail: Jail):
    assert verdict("print('x' * 1000 * 1000)\n" + RIGHT, jail).passed
    endless = "def order(values):\n    while True: print('x' * 10000)"
    assert not judge(endless, TESTS, prefix="", entry="order", limits=Limits(cpu_s=1), jail=jail).passed


def test_a_verdict_is_the_same_every_time(jail: Jail):
    program = "import random\ndef f():\n    return [random.random(), hash('a'), list({'a', 'b', 'c'})]"
    tests = "assert f() == {}"
    first = verdict(program, jail, tests.replace("{}", "[0.8444218515250481]"), entry="f")
    assert not first.passed
    shown = "import random\nraise ValueError(f())"
    assert len({verdict(program, jail, shown, entry="f") for _ in range(3)}) == 1


def test_a_jail_that_does_not_start_is_no_verdict(jail: Jail):
    assert jail.bwrap is not None
    with pytest.raises(SandboxError, match="could not be run in the sandbox"):
        verdict(RIGHT, Jail("/bin/false"))
