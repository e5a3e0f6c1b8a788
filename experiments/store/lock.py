"""Locks that a killed process cannot leave behind: the kernel drops them with whoever held them."""

import errno
import fcntl
import hashlib
import os
import struct
from pathlib import Path
from typing import Self


class OwnerLocks:
    """One byte of a small file beside the store for every owner of claims, locked as long as the owner lives.

    Open file description locks (fcntl(2)): unlike those of POSIX they belong to this opening of the file, so
    that two owners in one process exclude each other too. They are seen by every process on the machine,
    whatever container it is in; a store in write-ahead mode is never shared between machines.

    Args:
        store: The store's path.
    """

    def __init__(self, store: Path) -> None:
        self._descriptor = os.open(
            store.with_name(f".{store.name}.owners"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
        )

    def hold(self, owner: int) -> None:
        """Shows that an owner lives, until this is closed or the process ends."""
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, _byte(fcntl.F_WRLCK, owner))

    def lives(self, owner: int) -> bool:
        """Whether somebody else holds an owner's lock."""
        answer = fcntl.fcntl(self._descriptor, fcntl.F_OFD_GETLK, _byte(fcntl.F_WRLCK, owner))
        return struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK

    def close(self) -> None:
        """Drops every lock held through this."""
        os.close(self._descriptor)


class FileLock:
    """A lock that one process at a time holds, until the block ends or the process does.

    Args:
        path: A small file, which is made if absent.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Takes the lock if nobody else has it; whether it is ours now."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            return False
        self._descriptor = descriptor
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


class EngineLock(FileLock):
    """The right to load a model's embedded engine, among all sweeps that share a store.

    Two copies of the same weights would take twice the memory and share the same cores, so that each would
    take twice as long; what the first one answers is in the store for the second.

    Args:
        store: The store's path; the lock is a small file beside it.
        model: The model's identity.
    """

    def __init__(self, store: Path, model: str) -> None:
        name = hashlib.sha256(model.encode()).hexdigest()[:12]
        super().__init__(store.with_name(f".{store.name}.{name}.lock"))


_FLOCK = "hhqqi"  # struct flock: type, whence, start, length, process


def _byte(kind: int, place: int) -> bytes:
    return struct.pack(_FLOCK, kind, os.SEEK_SET, place, 1, 0)
