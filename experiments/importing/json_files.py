"""Reading JSON logs a bit at a time, with errors that name the place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.importing.rows import ImportingError

_CHUNK = 1 << 20
_CUT = "; the file ends here, it may have been cut off"


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with one JSON object a line, each with its line's number.

    Empty lines are skipped.

    Raises:
        ImportingError: A line is no JSON object, or the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                end = "" if line.endswith(b"\n") else _CUT
                try:
                    found = json.loads(line)
                except ValueError as error:
                    raise ImportingError(f"{path}, line {number} is no JSON: {error}{end}") from None
                if not isinstance(found, dict):
                    raise ImportingError(f"{path}, line {number} is no JSON object")
                yield number, found
    except OSError as error:
        raise _unreadable(path, error) from None


def json_file(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        ImportingError: It is no JSON, or cannot be read.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise _unreadable(path, error) from None
    except json.JSONDecodeError as error:
        raise ImportingError(f"{path}, line {error.lineno} is no JSON: {error.msg}") from None
    except ValueError as error:
        raise ImportingError(f"{path} is no JSON: {error}") from None


def json_array(path: Path, key: str = "") -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON array, each with its place from 1, without the whole file in memory.

    Args:
        path: The file.
        key: The key of the top object whose value is the array; empty where the file is the array itself.

    Raises:
        ImportingError: There is no such array, an element is no object, or the file is cut off.
    """
    decoder = json.JSONDecoder()
    try:
        with path.open(encoding="utf-8") as file:
            text = _array_start(file, path, key)
            number = 0
            while True:
                text = text.lstrip(", \t\r\n")
                while not text:
                    text = _more(file, path, number).lstrip(", \t\r\n")
                if text[0] == "]":
                    return
                if text[0] != "{":
                    raise ImportingError(f"{path}, element {number + 1} is no JSON object")
                text, found = _next(decoder, text, file, path, number)
                number += 1
                yield number, found
    except UnicodeDecodeError as error:
        raise ImportingError(f"{path} is no UTF-8 text: {error}") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _next(
    decoder: json.JSONDecoder, text: str, file: Any, path: Path, number: int
) -> tuple[str, dict[str, Any]]:
    """Decodes the object that a text begins with, reading on until it is whole."""
    while True:
        try:
            found, end = decoder.raw_decode(text)
        except json.JSONDecodeError as error:
            size = len(text)  # reading as much again keeps the whole linear
            more = file.read(max(_CHUNK, size))
            if not more:
                raise ImportingError(f"{path}, element {number + 1} is no JSON: {error.msg}{_CUT}") from None
            text += more
        else:
            return text[end:], found


def _more(file: Any, path: Path, number: int) -> str:
    text = file.read(_CHUNK)
    if not text:
        raise ImportingError(f"{path} ends after element {number}: it was cut off")
    return text


def _array_start(file: Any, path: Path, key: str) -> str:
    """The text after the array's opening bracket."""
    wanted = f'"{key}"' if key else ""
    text = ""
    while True:
        more = file.read(_CHUNK)
        text += more
        place = text.find(wanted)
        rest = text[place + len(wanted) :].lstrip(": \t\r\n" if key else " \t\r\n") if place >= 0 else ""
        if rest.startswith("["):
            return rest[1:]
        if rest or not more:
            raise ImportingError(f"{path} has no JSON array{f' {key}' if key else ''}")
        if place < 0:
            text = text[-len(wanted) :]


def _unreadable(path: Path, error: OSError) -> ImportingError:
    return ImportingError(f"{path} cannot be read: {error.strerror or error}")


def as_text(value: object) -> str | None:
    """A prompt or completion as stored: a text as it is, anything else as JSON; None stays None."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def is_chat(prompt: object) -> bool:
    """Whether a prompt is a list of messages with roles."""
    return isinstance(prompt, list) and bool(prompt) and all("role" in turn for turn in prompt if turn)
