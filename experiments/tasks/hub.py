"""Whether the data hub can be reached, found out in seconds; its own client tries for half a minute."""

import contextlib
import socket
from collections.abc import Generator
from functools import cache
from importlib import import_module
from urllib.parse import urlsplit
from urllib.request import getproxies

TIMEOUT_S = 5.0
_OFFLINE = "HF_HUB_OFFLINE"


@cache
def hub_answers(address: str, timeout_s: float = TIMEOUT_S) -> bool:
    """Whether something takes connections at a web address; true where a proxy would have to say.

    It is tried once in a process.

    Args:
        address: As https://huggingface.co.
        timeout_s: How long to wait for each of the host's addresses.
    """
    parts = urlsplit(address)
    if not parts.hostname or {parts.scheme, "all"} & getproxies().keys():
        return True
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        socket.create_connection((parts.hostname, port), timeout_s).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def offline() -> Generator[None]:
    """Has `datasets` read what was fetched before, and ask no hub, as HF_HUB_OFFLINE=1 does."""
    modules = [import_module(name) for name in ("datasets.config", "huggingface_hub.constants")]
    before = [vars(module)[_OFFLINE] for module in modules]
    for module in modules:
        setattr(module, _OFFLINE, True)
    try:
        yield
    finally:
        for module, value in zip(modules, before, strict=True):
            setattr(module, _OFFLINE, value)
