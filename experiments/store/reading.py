"""The run folder's third table: what completions are read with, so that they can be graded again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.store.tables import write_table
from perturb.item import Item, Program
from perturb.prompt import Message, Prompt

READINGS = "readings.parquet"


class Readings:
    """Items as they were asked, each with what their prompts say of reading an answer: labels, cue, stops.

    What is the same for several outcomes is kept once, under a hash of its content.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], str] = {}
        self._rows: dict[str, str] = {}

    def add(self, item: Item, prompt: Prompt) -> str:
        """Keeps an item and its prompt's reading, and returns their key."""
        described = (item, prompt.labels, prompt.stop, prompt.cue, prompt.form, prompt.options)
        key = self._known.get(described)
        if key is None:
            row = {
                "item": asdict(item),
                "labels": prompt.labels,
                "stop": prompt.stop,
                "cue": prompt.cue,
                "form": prompt.form,
                "options": prompt.options,
            }
            text = json.dumps(row)
            key = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
            self._known[described] = key
            self._rows[key] = text
        return key

    def write(self, folder: Path) -> None:
        """Writes `readings.parquet`, whole or not at all."""
        columns = {"reading": list(self._rows), "content": list(self._rows.values())}
        write_table(folder / READINGS, columns, readings_schema())


def readings_schema() -> Any:
    """Columns of `readings.parquet`: the key that outcomes refer to, and the content as JSON."""
    import pyarrow as pa

    return pa.schema([("reading", pa.string()), ("content", pa.string())])


def read_readings(folder: Path) -> Mapping[str, tuple[Item, Prompt]]:
    """Reads the table back, by key. Of the prompts only what answers are read with is there."""
    import pyarrow.parquet as pq

    rows: Any = pq.read_table(folder / READINGS).to_pylist()
    return {row["reading"]: _restored(json.loads(row["content"])) for row in rows}


def _restored(row: dict[str, Any]) -> tuple[Item, Prompt]:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row["item"].items()
    }
    if fields["program"] is not None:
        fields["program"] = Program(**fields["program"])
    chat = row["form"] == "chat"
    prompt = Prompt(
        text=None if chat else "",
        messages=(Message("user", ""),) if chat else (),
        stop=tuple(row["stop"]),
        labels=tuple(row["labels"]),
        cue=row["cue"],
        options=tuple(row["options"]),
    )
    return Item(**fields), prompt
