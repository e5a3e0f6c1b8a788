"""The file of variants: one line of JSON for each text that a model wrote of a question."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

from experiments.keys import did_you_mean

Verdict = Literal["kept", "turned down", "identical", "repeated"]


class VariantsError(ValueError):
    """A file of variants cannot be used; the message says which line, or what to do."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Variant:
    """One text that a model wrote of a question, with all that it takes to have it written again.

    Attributes:
        task: The task's name.
        fingerprint: Of the items that were rewritten with it.
        item: The item's id.
        original: The question.
        original_hash: Its hash; a variant is used for this text only.
        text: What the model made of it.
        verdict: "kept" if the guard has nothing against it; "turned down"; "identical" to the original;
            "repeated": an earlier one of the item's says the same.
        reasons: Why it was turned down.
        kind: paraphrase, back_translation or translation.
        language: Code of the language that it is in, or went through; empty for a paraphrase.
        through: Of a back-translation, the text in that language.
        prompt_version: Of the prompts; another one has other words.
        wording: Which of the prompts, from 0.
        model: The model's name.
        identity: What answered: weights' hash or served name, as in the store.
        revision: What answered, as it says itself.
        temperature: Of the sampling.
        seed: Of the sampling; null where it is greedy.
    """

    task: str
    fingerprint: str
    item: str
    original: str
    original_hash: str
    text: str
    verdict: Verdict
    reasons: tuple[str, ...]
    kind: str
    language: str
    through: str
    prompt_version: int
    wording: int
    model: str
    identity: str
    revision: str
    temperature: float
    seed: int | None


_NAMES = tuple(field.name for field in fields(Variant))
_TEXTS = ("task", "item", "original_hash", "text", "verdict", "kind", "language")


def hash_of(text: str) -> str:
    """The hash of a question, by which a variant knows what it was made of."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def merged(old: Sequence[Variant], new: Sequence[Variant]) -> list[Variant]:
    """The new variants after the old ones, which stay as they are: a person may have changed them.

    Old ones of another text of a question are left out, and new ones that were written in the same way as an
    old one.
    """
    texts = {(one.task, one.item): one.original_hash for one in new}
    kept = [one for one in old if texts.get((one.task, one.item), one.original_hash) == one.original_hash]
    known = {_way(one) for one in kept}
    return kept + [one for one in new if _way(one) not in known]


def _way(one: Variant) -> tuple[object, ...]:
    """All that decides what a model writes."""
    return (
        *(one.task, one.item, one.kind, one.language, one.prompt_version, one.wording),
        *(one.identity, one.temperature, one.seed),
    )


def write_variants(path: Path, variants: Iterable[Variant]) -> None:
    """Writes a file of variants, whole or not at all.

    Raises:
        VariantsError: It cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What is no text (half a character) is written as JSON's own escape.
        with part.open("w", encoding="utf-8", errors="backslashreplace") as lines:
            for variant in variants:
                lines.write(json.dumps(asdict(variant), ensure_ascii=False) + "\n")
        os.replace(part, path)
    except OSError as error:
        raise VariantsError(f"{path} cannot be written: {error.strerror or error}") from None


def read_variants(path: Path) -> list[tuple[int, Variant]]:
    """The variants of a file, each with the number of its line.

    Raises:
        VariantsError: There is no such file, or a line is no variant.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        near = [str(other) for other in sorted(path.parent.glob("*.jsonl"))] if path.parent.is_dir() else []
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise VariantsError(
            f"perturbation.file={path}: {why}{did_you_mean(str(path), near)}; `fathom rewrite` makes one"
        ) from None
    return list(_parsed(path, text))


def _parsed(path: Path, text: str) -> Iterator[tuple[int, Variant]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            parsed: Any = json.loads(line)
        except json.JSONDecodeError as wrong:
            raise VariantsError(f"{path}, line {number}: not JSON ({wrong.msg})") from None
        row = cast(dict[str, Any], parsed if isinstance(parsed, dict) else {})
        if lost := [name for name in _NAMES if name not in row]:
            raise VariantsError(
                f"{path}, line {number}: no {', '.join(lost)}; expected a line that `fathom rewrite` wrote"
            )
        odd = next((name for name in _TEXTS if not isinstance(row[name], str)), None)
        if odd or row["verdict"] not in get_args(Verdict):
            name = odd or "verdict"
            expected = "a text" if odd else f"one of {', '.join(get_args(Verdict))}"
            raise VariantsError(f"{path}, line {number}: {name} is {row[name]!r}, expected {expected}")
        values: dict[str, Any] = {name: row[name] for name in _NAMES}
        values["reasons"] = tuple(values["reasons"])
        yield number, Variant(**values)
