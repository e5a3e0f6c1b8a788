"""The side of the tests: runs them with stand-ins for what the answer defines, and reports.

A stand-in sends each call to the other side and waits for the value. All comparisons happen here, between
plain values, in a process where nothing that a model wrote is ever run.
"""

import builtins
import os
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

from .limits import mute, restrict
from .wire import decode, encode, receive, send


def main() -> None:
    """Reads prefix, program, tests and entry; writes "ready", then "passed" or why not."""
    restrict(*map(int, sys.argv[1:5]))
    replies, requests = map(int, sys.argv[5:7])
    paper = receive(0)
    report = os.dup(1)
    mute(0, 1, 2)
    if receive(replies) == b"ready":  # before this the other side has run nothing of the model's
        os.write(report, b"ready ")
    try:
        _examine(Link(replies, requests), *decode(paper, _nothing))
    except BaseException as error:
        verdict = f"{type(error).__name__}: {error}"[:500].encode(errors="replace")
    else:
        verdict = b"passed"
    os.write(report, verdict)
    os._exit(0)


class Link:
    """The way to the other side."""

    def __init__(self, replies: int, requests: int) -> None:
        self._replies = replies
        self._requests = requests

    def ask(self, operation: str, *args: object, **kwargs: object) -> Any:
        """What an operation of the other side gives; raises the built-in exception that it raised.

        Lists, dictionaries and sets among the arguments are changed as the other side changed them.
        """
        send(self._requests, encode((operation, args, kwargs), _handle))
        well, value, more = decode(receive(self._replies), self._stand_in)
        if not well:
            raise _exception(value, more, operation)
        if more is not None:
            old, new = (*args, *kwargs.values()), (*more[0], *more[1].values())
            for mine, theirs in zip(old, new, strict=True):
                _update(mine, theirs)
        return value

    def _stand_in(self, number: int) -> "StandIn":
        return StandIn(self, number)


class StandIn:
    """A function, class, object or iterator of the other side. Equal to another only if it is the same."""

    __slots__ = ("link__", "number__")  # no names that an attribute of the other side would have

    def __init__(self, link: Link, number: int) -> None:
        object.__setattr__(self, "link__", link)
        object.__setattr__(self, "number__", number)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """What the other side's function gives."""
        return self.link__.ask("call", self, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return self.link__.ask("get", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        self.link__.ask("set", self, name, value)

    def __getitem__(self, key: object) -> Any:
        return self.link__.ask("item", self, key)

    def __len__(self) -> int:
        return self.link__.ask("length", self)

    def __bool__(self) -> bool:
        return self.link__.ask("truth", self)

    def __iter__(self) -> Iterator[Any]:
        return self.link__.ask("iterate", self)

    def __next__(self) -> Any:
        return self.link__.ask("next", self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StandIn) and other.number__ == self.number__

    def __hash__(self) -> int:
        return self.number__


def _examine(link: Link, prefix: str, program: str, tests: str, entry: str) -> None:
    code = compile(tests, "tests", "exec")
    if "random" in tests:
        import random

        random.seed(0)  # the same program, the same grade
    defined: dict[str, tuple[Any, ...]] = link.ask("load", program, sorted({entry, *_names(code)}))
    space: dict[str, Any] = {"__name__": "tests"}
    _try_prefix(prefix, space)
    space.pop(entry, None)
    for name, value in defined.items():
        # What tests need beside the entry is taken from where no model wrote: it could be an accomplice.
        if name == entry or (name not in space and not hasattr(builtins, name)):
            space[name] = _module(value[1]) if len(value) == 2 else value[0]
    exec(code, space)


def _try_prefix(prefix: str, space: dict[str, Any]) -> None:
    try:
        exec(compile(prefix, "prefix", "exec"), space)
    except SyntaxError:
        return  # a bare signature: it is only complete with an answer


def _module(name: str) -> Any:
    if name not in sys.stdlib_module_names:
        raise ImportError(f"the tests use the module {name!r}")
    return __import__(name)


def _names(code: CodeType) -> set[str]:
    inner = [part for part in code.co_consts if isinstance(part, CodeType)]
    return {*code.co_names, *(name for part in inner for name in _names(part))}


def _handle(value: object) -> int:
    if isinstance(value, StandIn):
        return value.number__
    raise TypeError(f"the tests hand over a {type(value).__name__}, which cannot leave this process")


def _nothing(number: int) -> object:
    raise ValueError(f"object {number} is not there")


def _exception(name: object, text: object, operation: str) -> BaseException:
    kind = getattr(builtins, str(name), None)
    ends_a_loop = name in ("StopIteration", "StopAsyncIteration") and operation != "next"
    if not isinstance(kind, type) or not issubclass(kind, Exception) or ends_a_loop:
        return RuntimeError(f"the answer raised {name}: {text}")
    return kind(text)


def _update(mine: object, theirs: object) -> None:
    if isinstance(mine, list | bytearray) and type(theirs) is type(mine):
        mine[:] = theirs
    elif isinstance(mine, dict | set) and type(theirs) is type(mine):
        mine.clear()
        mine.update(theirs)
