"""The loopback server's files and batches, as OpenAI's Batch API has them; kept in memory."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.loopback_answers import Fault, drawn_from


@dataclass
class Batches:
    """Files and batches.

    Attributes:
        polls: How often a batch is looked at before it has come to its end; None: it never does.
        expire_rate: Share of requests (drawn from body and attempt) that are not begun before the batch
            expires.
        invalid: What is wrong with every file; "" for nothing.
        files: Contents by id.
        batches: By id, in the order in which they were made.
        paid: custom_ids of the requests answered, in the order answered.
    """

    polls: int | None = 1
    expire_rate: float = 0.0
    invalid: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    batches: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    paid: list[str] = field(default_factory=list[str])
    attempts: dict[str, int] = field(default_factory=dict[str, int])

    def upload(self, body: bytes) -> dict[str, Any]:
        """Keeps the file of a multipart form."""
        boundary = body.split(b"\r\n", 1)[0]
        for part in body.split(boundary):
            if re.search(rb'name="file"', part.split(b"\r\n\r\n", 1)[0]):
                return {"id": self._keep(part.split(b"\r\n\r\n", 1)[1][: -len(b"\r\n")])}
        raise Fault(400, "no file in the form")

    def content(self, name: str) -> bytes:
        """A file's content."""
        if name not in self.files:
            raise Fault(404, f"No such File object: {name}")
        return self.files[name]

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Begins a batch."""
        lines = self.content(asked["input_file_id"]).splitlines()
        name = f"batch_{len(self.batches)}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "metadata": asked.get("metadata"),
            "status": "validating",
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "looked": 0,
        }
        return self.batches[name]

    def look(self, name: str, answer: Callable[[str, dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """A batch as it stands now; `answer` gives the answer to a path and a body, or raises Fault."""
        if name not in self.batches:
            raise Fault(404, f"No batch found with id '{name}'.")
        batch = self.batches[name]
        if batch["status"] in ("validating", "in_progress"):
            batch["looked"] += 1
            batch["status"] = "in_progress"
            if self.invalid:
                batch |= {"status": "failed", "errors": {"data": [{"message": self.invalid, "line": 1}]}}
            elif self.polls is not None and batch["looked"] > self.polls:
                self._end(batch, answer)
        return batch

    def _keep(self, content: bytes) -> str:
        name = f"file_{len(self.files)}"
        self.files[name] = content
        return name

    def _end(self, batch: dict[str, Any], answer: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        expired = False
        for line in self.content(batch["input_file_id"]).splitlines():
            asked = json.loads(line)
            made: dict[str, Any] = {"id": f"r{len(good)}", "custom_id": asked["custom_id"], "error": None}
            described = json.dumps(asked["body"], sort_keys=True)
            attempt = self.attempts[described] = self.attempts.get(described, 0) + 1
            if (drawn_from(described, str(attempt), "expire") >> 11) / (1 << 53) < self.expire_rate:
                expired = True
                bad.append(made | {"response": None, "error": {"code": "batch_expired", "message": "late"}})
                continue
            try:
                body = answer(asked["url"], asked["body"])
                self.paid.append(asked["custom_id"])
                good.append(made | {"response": {"status_code": 200, "body": body}})
            except Fault as fault:
                bad.append(made | {"response": {"status_code": fault.status, "body": {"error": fault.body}}})
        counts = {"total": len(good) + len(bad), "completed": len(good), "failed": len(bad)}
        batch |= {"status": "expired" if expired else "completed", "request_counts": counts}
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            text = "".join(json.dumps(line) + "\n" for line in reversed(lines))  # in no order, as there
            batch[name] = self._keep(text.encode()) if lines else None
