"""Ids of items whose log has none: from what was asked, so that they are the same in every run of it."""

import hashlib
import json

MOST = 48  # characters of the text shown


def id_from(content: object, shown: str) -> str:
    """An id made of the beginning of a text and a digest of all that tells an item from others."""
    whole = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{short(shown)} #{digest}"


def short(text: str) -> str:
    """A text on one line, its end left out where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"
