"""The side of the answer: holds what a model wrote, and does what the other side asks of it.

It shares nothing with the side of the tests but two pipes. Whatever the program does here (end the process,
replace built-in functions, look through the stack, write to any file descriptor), all it can ever do to its
grade is to send values: what the functions that the tests call return.
"""

import operator
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .limits import mute, restrict
from .wire import decode, encode, receive, send

_OPERATIONS: dict[str, Callable[..., object]] = {
    "call": operator.call,
    "get": getattr,
    "set": setattr,
    "item": operator.getitem,
    "length": len,
    "truth": bool,
    "iterate": iter,
    "next": next,
}


def main() -> None:
    """Answers requests until there are no more."""
    restrict(*map(int, sys.argv[1:5]))
    requests, replies = os.dup(0), os.dup(1)
    mute(0, 1, 2)
    del sys.argv[1:]
    send(replies, b"ready")
    objects: dict[int, object] = {}
    while True:
        try:
            request = receive(requests)
        except EOFError:
            os._exit(0)  # at once: what the program registered to run at the end is of no interest
        send(replies, _answer(request, objects))


def _answer(request: bytes, objects: dict[int, object]) -> bytes:
    def export(value: object) -> int:
        number = numbers.setdefault(id(value), len(numbers))
        objects[number] = value  # kept, so that no other object comes to have its id
        return number

    numbers = {id(value): number for number, value in objects.items()}
    try:
        operation, args, kwargs = decode(request, objects.__getitem__)
        if operation == "load":
            return encode((True, _load(*args), None), export)
        before = _state(args, kwargs)
        value = _OPERATIONS[operation](*args, **kwargs)
        changed = None if _state(args, kwargs) == before else (args, kwargs)
        return encode((True, value, changed), export)
    except BaseException as error:
        known = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
        return encode((False, known.__name__, str(error)[:1000]), export)


def _load(program: str, wanted: list[str]) -> dict[str, object]:
    """Runs a program and gives what it defines of some names; of a library's module its name."""
    if "random" in program:
        import random

        random.seed(0)  # the same program, the same grade
    module = ModuleType("answer")
    sys.modules["answer"] = module  # where dataclasses and their like look themselves up
    exec(compile(program, "answer", "exec"), vars(module))
    found = {name: vars(module)[name] for name in wanted if name in vars(module)}
    return {name: _named(value) for name, value in found.items()}


def _named(value: object) -> tuple[object, ...]:
    return ("module", value.__name__) if isinstance(value, ModuleType) else (value,)


def _state(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes | None:
    """What arguments look like, so that a change in place shows; None if nothing in them can change."""
    if not any(isinstance(value, list | dict | set | bytearray) for value in (*args, *kwargs.values())):
        return None
    return encode((args, kwargs), lambda _: 0)
