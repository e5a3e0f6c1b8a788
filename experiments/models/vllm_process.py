"""The process in which vLLM runs, as seen from outside.

vLLM has a process of its own because it never gives all of a GPU's memory back, reads settings from the
environment when it is imported, and is at times killed for want of memory: none of that may touch a sweep.
The price is 0.06 s of processor time at the start and 0.04 ms a request.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from experiments.models.protocol import Completion, ModelError, Request
from experiments.models.threads import free_cores
from experiments.models.vllm_advice import ADVICE
from experiments.schema import VllmConfig
from perturb.prompt import Prompt

_ROOT = Path(__file__).parents[2]
# Of perturb only the prompt is wanted; its front imports packages that vLLM's environment need not have.
_START = """
import sys, types
sys.path.append(sys.argv[1])
front = types.ModuleType("perturb")
front.__path__ = [sys.argv[1] + "/perturb"]
sys.modules["perturb"] = front
from experiments.models.vllm_worker import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""
_PATIENCE_S = 10.0  # for a process that has been told to end


class EngineProcess:
    """One engine: begun with the object, loaded by `load`, ended by `close`.

    Or, with `measure` instead of `load`, its tokenizer alone.

    Args:
        settings: The model's.
        copy: Which of the model's copies this is, from 0.
    """

    def __init__(self, settings: VllmConfig, copy: int) -> None:
        self._pipe, theirs = Pipe()
        with tempfile.NamedTemporaryFile(prefix="fathom-vllm-", suffix=".log", delete=False) as log:
            self._log = Path(log.name)
            python = interpreter(settings)
            arguments = [str(_ROOT), str(theirs.fileno()), str(settings.chunk)]
            self._process = subprocess.Popen(
                [python, "-P", "-c", _START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(settings, copy, os.environ),
                pass_fds=[theirs.fileno()],
            )
        theirs.close()

    def load(self, arguments: Mapping[str, Any]) -> tuple[str, int]:
        """Loads the model, with the keyword arguments of `vllm_engine.Engine`.

        Returns:
            The weights' number type, and the most tokens of a prompt with its answer.

        Raises:
            ModelError: It cannot be loaded.
        """
        self._send("load", dict(arguments))
        return self._receive()[1]

    def measure(self, arguments: Mapping[str, Any]) -> int:
        """Loads the model's tokenizer and nothing else, with the keyword arguments of `vllm_engine.Engine`.

        Returns:
            The most tokens of a prompt with its answer.

        Raises:
            ModelError: It cannot be loaded.
        """
        self._send("measure", dict(arguments))
        return self._receive()[1]

    def count(self, prompt: Prompt) -> int:
        """The tokens of a prompt, after `measure`; 0 if the engine would not take it.

        Raises:
            ModelError: The process has ended.
        """
        self._send("count", prompt)
        return self._receive()[1]

    def answer(self, chunks: Iterable[Sequence[Request]], give: Callable[[list[Completion]], None]) -> None:
        """Has requests answered; returns when all are.

        Args:
            chunks: Taken in their order, each when the engine wants it; none of them empty.
            give: Is given completions as they come.

        Raises:
            ModelError: The engine broke down.
        """
        waiting = iter(chunks)
        while True:
            word, what = self._receive()
            if word == "more":
                self._send("do", next(waiting, []))
            elif word == "done":
                give(what)
            else:
                return

    def kill(self) -> None:
        """Ends the process whatever it is doing."""
        self._process.kill()

    def close(self) -> None:
        """Ends the process, which frees its memory; its log stays only if it broke down."""
        self._pipe.close()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode in (0, -9):
            self._log.unlink(missing_ok=True)

    def _send(self, word: str, what: Any) -> None:
        try:
            self._pipe.send((word, what))
        except OSError:
            raise ModelError(self._death()) from None

    def _receive(self) -> tuple[str, Any]:
        try:
            word, what = self._pipe.recv()
        except (EOFError, OSError):
            raise ModelError(self._death()) from None
        if word == "failed":
            raise ModelError(f"{what} (vLLM's log: {self._log})")
        return word, what

    def _death(self) -> str:
        """Why the process ended without a word."""
        code = self._process.wait()
        if code == -9:
            return f"it was killed, as a system does when main memory runs out; {ADVICE}"
        lines = self._log.read_text("utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"it ended with {code}: {said[-1][:300] if said else 'no word'} (its log: {self._log})"


def interpreter(settings: VllmConfig) -> str:
    """The Python that runs vLLM."""
    return str(Path(settings.python).expanduser()) if settings.python else sys.executable


def environment(settings: VllmConfig, copy: int, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of an engine's process.

    Args:
        settings: The model's.
        copy: Which of its copies, from 0; each has its own GPUs.
        inherited: Ours; they go before what is set here, except where a setting of the model says otherwise.
    """
    variables = {
        # With the engine's parts in one process, what shares a batch does not depend on timing.
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_NO_USAGE_STATS": "1",  # a lab tells nobody what it runs
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # else all cores, busy or not
        **inherited,
        "VLLM_BATCH_INVARIANT": str(int(settings.batch_invariant)),
    }
    if settings.threads is not None:
        variables["OMP_NUM_THREADS"] = str(settings.threads)
    elif "OMP_NUM_THREADS" not in inherited:
        variables["OMP_NUM_THREADS"] = str(max(1, free_cores() // settings.data_parallel))
    if settings.data_parallel > 1:
        variables["CUDA_VISIBLE_DEVICES"] = _devices(settings, copy, inherited.get("CUDA_VISIBLE_DEVICES"))
    return variables


def _devices(settings: VllmConfig, copy: int, visible: str | None) -> str:
    wanted = settings.data_parallel * settings.tensor_parallel
    devices = [name.strip() for name in visible.split(",")] if visible else [str(n) for n in range(wanted)]
    if len(devices) < wanted:
        raise ModelError(
            f"model.vllm.data_parallel × model.vllm.tensor_parallel wants {wanted} GPUs, and "
            f"CUDA_VISIBLE_DEVICES names {len(devices)}"
        )
    return ",".join(devices[copy * settings.tensor_parallel : (copy + 1) * settings.tensor_parallel])
