"""Texts that a file can hold."""

import json


def storable(text: str) -> str:
    """A text without lone surrogates, which no file can hold: each becomes "?"."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def json_text(value: object) -> str:
    """A value as JSON to be read by people too, with a line break at its end.

    Raises:
        ValueError: It holds a number that is not finite.
    """
    return storable(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)) + "\n"
