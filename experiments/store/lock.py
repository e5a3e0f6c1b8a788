"""One payer at a time: a lock that a killed process cannot leave behind."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Generator
from pathlib import Path


@contextlib.contextmanager
def paying_lock(store: Path, model: str, *, on_wait: Callable[[], None]) -> Generator[None]:
    """Holds the right to send requests to a model and pay for them.

    Two runs that share a store would otherwise both send the requests they have in common. The second waits
    here, and then finds the first one's completions in the store. The kernel drops the lock of a process that
    dies, however it dies.

    Args:
        store: The store's path; the lock is a small file beside it.
        model: The model's identity.
        on_wait: Called once if another process holds the lock.
    """
    name = hashlib.sha256(model.encode()).hexdigest()[:12]
    descriptor = os.open(store.with_name(f".{store.name}.{name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
