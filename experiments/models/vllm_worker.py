"""The process in which vLLM runs, as seen from inside: reads requests from a pipe, writes completions to it.

Messages are pairs of a word and what goes with it.

| to the engine | |
|---|---|
| `load`, keyword arguments of `Engine` | first of all |
| `do`, requests | the answer to `more`; an empty list: no more for now |
| `measure`, the same arguments | instead of `load`, where tokens are to be counted and nothing else |
| `count`, a prompt | after `measure` |

| from the engine | |
|---|---|
| `ready`, number type and token limit | it is loaded |
| `more`, None | it can take further requests |
| `done`, completions | |
| `ready`, token limit | after `measure` |
| `counted`, number of tokens | the answer to `count` |
| `end`, None | it has done all it was given, and been told that there is no more for now |
| `failed`, the error in words | its last message |

Only the standard library, vLLM and modules without other dependencies are imported: the environment may be
another than fathom's.
"""

import contextlib
import signal
import sys
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from experiments.models.vllm_advice import advised
from experiments.models.vllm_engine import Engine, first_line
from experiments.models.vllm_tokens import Tokens

CHECK = "check model.name (a hub id) or model.vllm.path (a folder), and the settings in model.vllm"


def main(descriptor: int, chunk: int) -> None:
    """Serves one engine until the other end closes the pipe.

    Args:
        descriptor: The pipe's.
        chunk: Further requests are asked for when no more than so many texts are unfinished. That depends on
            nothing but the requests, so that what shares a batch does not depend on timing.
    """
    pipe: Connection[Any, Any] = Connection(descriptor)
    with contextlib.suppress(EOFError, ConnectionError, KeyboardInterrupt):  # nobody at the other end
        word, arguments = pipe.recv()
        if word == "measure":
            _count(pipe, arguments)
        try:
            engine = Engine(**arguments)
        except Exception as error:
            sys.exit(_failed(pipe, error, CHECK))
        with contextlib.suppress(ValueError):  # outside a main thread
            # Ctrl-C goes to both ends; from here on the other one decides what becomes of this.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        pipe.send(("ready", (engine.dtype, engine.limit)))
        try:
            while True:
                _serve(engine, pipe, chunk)
        except (EOFError, ConnectionError):
            return
        except Exception as error:
            sys.exit(_failed(pipe, error))


def _count(pipe: "Connection[Any, Any]", arguments: Mapping[str, Any]) -> NoReturn:
    """Counts the tokens of prompts until the other end closes the pipe."""
    try:
        tokens = Tokens(**arguments)
    except Exception as error:
        sys.exit(_failed(pipe, error, CHECK))
    pipe.send(("ready", tokens.limit))
    while True:
        _, prompt = pipe.recv()
        pipe.send(("counted", tokens.count(prompt)))


def _failed(pipe: "Connection[Any, Any]", error: Exception, otherwise: str = "") -> int:
    """Says so, and gives the exit status."""
    traceback.print_exception(error)
    pipe.send(("failed", advised(first_line(error), otherwise)))
    return 1


def _serve(engine: Engine, pipe: "Connection[Any, Any]", chunk: int) -> None:
    """Answers requests until there are no more for now."""
    more = True
    while more or engine.unfinished:
        while more and engine.unfinished <= chunk:
            pipe.send(("more", None))
            _, requests = pipe.recv()
            more = bool(requests)
            if failed := engine.add(requests):
                pipe.send(("done", failed))
        if engine.unfinished and (done := engine.step()):
            pipe.send(("done", done))
    pipe.send(("end", None))
