"""Compares two mathematical expressions; a program that `equivalence` runs in a process of its own.

It imports nothing from this package, since it runs as a file. Its arguments are the seconds of processor time
that a request may take, and the bytes of address space; more than that ends it. It reads a request a line and
writes an answer a line.
"""

import json
import logging
import resource
import sys
import time

from math_verify import LatexExtractionConfig, parse, verify
from sympy import Basic, Expr, Float, I, MatrixBase, Rational, Symbol

DIGITS = 60  # to which numbers are computed for comparison


def compare(gold: str, written: str) -> bool:
    """Whether two expressions in LaTeX are equal, by math-verify."""
    left, right = parsed(gold), parsed(written)
    if left is None or right is None or _far(left, right):
        return False
    return verify(
        left,
        right,
        float_rounding=DIGITS,
        numeric_precision=DIGITS,
        allow_set_relation_comp=True,
        timeout_seconds=None,
    )


def parsed(latex: str) -> Basic | MatrixBase | None:
    """An expression, None if it cannot be read.

    Decimals become exact, so that 3.141593 is not pi. Variables become real and i the imaginary unit, which
    math-verify does for some ways of writing only.
    """
    found = parse(
        rf"\boxed{{{latex}}}",
        extraction_config=[LatexExtractionConfig(boxed_match_priority=0)],
        fallback_mode="no_fallback",
        parsing_timeout=0,  # none: the process has its own
    )
    if not found or not isinstance(found[0], Basic | MatrixBase):
        return None
    decimals = {number: Rational(str(number)) for number in found[0].atoms(Float)}
    symbols = {
        symbol: I if symbol.name == "i" else Symbol(symbol.name, real=True)
        for symbol in found[0].free_symbols
        if isinstance(symbol, Symbol)
    }
    return found[0].xreplace(decimals | symbols)


def _far(left: Basic | MatrixBase, right: Basic | MatrixBase) -> bool:
    """Whether two numbers, both not 0, differ in their leading digits; math-verify takes small ones for 0."""
    if not (isinstance(left, Expr) and isinstance(right, Expr) and left.is_number and right.is_number):
        return False
    one, other = left.evalf(DIGITS), right.evalf(DIGITS)
    return one != 0 and other != 0 and bool(abs(one - other) > abs(one) * 10 ** (-DIGITS // 2))


def _allow_seconds(seconds: int) -> None:
    """Lets the process use so many seconds of processor time from now on, and not much more."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def main(seconds: int, memory: int) -> None:
    """Answers requests until the input ends."""
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    compare("x", "x+0")  # what the first call takes is no request's
    print("ready", flush=True)
    for line in sys.stdin:
        _allow_seconds(seconds)
        gold, written = json.loads(line)
        try:
            same = compare(gold, written)
        except MemoryError:
            return  # what is left of this process is not to be relied on
        except Exception:  # whatever it is, this is no expression to be compared
            same = False
        print(json.dumps(bool(same)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
