"""What was submitted as a batch, written down beside the store: to be found again and paid for once."""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.models.protocol import ModelError

_KEPT_S = 30 * 24 * 3600.0  # how long a collected batch is remembered


@dataclass(frozen=True, slots=True)
class Submission:
    """A batch.

    Attributes:
        token: Our name for it, which the server keeps as metadata.
        path: Of the interface that all its lines ask.
        keys: The keys of the requests that each line asks, by the line's `custom_id`.
        batch: The server's name for it; None until the server has told it.
        collected: Whether it has come to its end and its answers were fetched once.
        written: When it was first written down (seconds since 1970).
    """

    token: str
    path: str
    keys: Mapping[str, tuple[str, ...]]
    batch: str | None = None
    collected: bool = False
    written: float = field(default_factory=time.time)

    @property
    def asked(self) -> set[str]:
        """The keys of all requests that it asks."""
        return {key for keys in self.keys.values() for key in keys}


class Ledger:
    """The submissions of one model: a file each, written whole or not at all.

    A submission is written before the server learns of it and again when the server has named it, so that a
    process killed in between finds it at the server by its token. Two processes do not meet here: whoever
    asks a model holds the store's lock on paying it.

    Args:
        folder: Where the files are; made when the first is written.
        identity: The model's identity.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._identity = identity
        self._prefix = hashlib.sha256(identity.encode()).hexdigest()[:12]

    def submissions(self) -> list[Submission]:
        """All that were written down, the oldest first; those collected long ago are forgotten.

        Raises:
            ModelError: A file cannot be read.
        """
        found: list[Submission] = []
        for part in self._folder.glob(f".{self._prefix}-*"):  # of a process that was killed while writing
            part.unlink(missing_ok=True)
        for path in sorted(self._folder.glob(f"{self._prefix}-*.json")):
            try:
                fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                keys = {name: tuple(keys) for name, keys in fields.pop("keys").items()}
                fields.pop("identity")
                submission = Submission(keys=keys, **fields)
            except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise ModelError(
                    f"{path}, which tells which batch was submitted, cannot be read ({error}): look at the "
                    "server's list of batches before you delete it"
                ) from None
            if submission.collected and time.time() - submission.written > _KEPT_S:
                path.unlink(missing_ok=True)
            else:
                found.append(submission)
        return sorted(found, key=lambda each: each.written)

    def write(self, submission: Submission) -> None:
        """Writes a submission down; when this returns it survives a crash.

        Raises:
            ModelError: It cannot be written.
        """
        fields = {
            "identity": self._identity,
            "token": submission.token,
            "path": submission.path,
            "batch": submission.batch,
            "collected": submission.collected,
            "written": submission.written,
            "keys": submission.keys,
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self._folder, prefix=f".{self._prefix}-", delete=False
            ) as part:
                json.dump(fields, part)
                part.flush()
                os.fsync(part.fileno())
            os.replace(part.name, self.file(submission))
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise ModelError(
                f"{self._folder} cannot be written ({error.strerror or error}): set model.openai.batch_folder"
            ) from None

    def forget(self, submission: Submission) -> None:
        """Removes a submission of which nothing can come."""
        self.file(submission).unlink(missing_ok=True)

    def file(self, submission: Submission) -> Path:
        """Where a submission is written down."""
        return self._folder / f"{self._prefix}-{submission.token}.json"
