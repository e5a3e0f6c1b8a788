"""From the paths of a command line to files, each with the levels that it was given."""

import glob
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.importing.formats import FORMATS, Format, recognised
from experiments.importing.levels import FACTORS, level
from experiments.importing.rows import ImportingError, Source
from experiments.keys import did_you_mean

Found = tuple[Format, Source]


def sources_of(
    paths: Sequence[str],
    of: Format | None,
    factor: str,
    everywhere: Mapping[str, Any],
    columns: Mapping[str, str],
) -> tuple[Found, ...]:
    """The files that paths stand for.

    A path is a file, a folder, or a pattern of either, with the levels of its files before it if they differ:
    "terse=runs/a", "terse,shots=5=runs/b".

    Args:
        paths: As given.
        of: Their format; None to tell it file by file.
        factor: What a level without a factor's name is a level of.
        everywhere: Levels of all files; a path's own stand above them.
        columns: For tables.

    Raises:
        ImportingError: There is no such file, a folder has none of the format, or a level cannot be read.
    """
    found: list[Found] = []
    for text in paths:
        words, places = _split(text)
        levels = dict(everywhere) | _levels(words, factor, text)
        for place in places:
            for form, path, root in _files(place, of):
                found.append((form, Source(path, root, levels, columns)))
    seen: set[Path] = set()
    for _, source in found:
        if source.path.resolve() in seen:
            raise ImportingError(f"{source.path} is given twice")
        seen.add(source.path.resolve())
    return tuple(found)


def _split(text: str) -> tuple[str, list[Path]]:
    """Levels, and paths that exist: the text itself, or what follows the first "=" after which one does."""
    places = [place for place, sign in enumerate(text) if sign == "="]
    for place in (-1, *places):
        if there := _existing(text[place + 1 :]):
            return text[: max(place, 0)], there
    wanted = text[places[0] + 1 :] if places and "/" not in text[: places[0]] else text
    around = [str(path) for path in sorted(Path(wanted).parent.glob("*"))[:1000]]
    raise ImportingError(f"there is nothing at {wanted}{did_you_mean(wanted, around)}")


def _existing(text: str) -> list[Path]:
    if not text:
        return []
    if Path(text).exists():
        return [Path(text)]
    return [Path(path) for path in sorted(glob.glob(text, recursive=True))]


def _levels(words: str, factor: str, text: str) -> dict[str, Any]:
    levels: dict[str, Any] = {}
    for word in filter(None, words.split(",")):
        name, equals, value = word.partition("=")
        if not equals:
            name, value = factor, word
        levels[name] = level(name, value, text)
    return levels


def _files(place: Path, of: Format | None) -> Iterator[tuple[Format, Path, Path]]:
    if place.is_file():
        form = of or recognised(place)
        if form is None:
            raise ImportingError(
                f"{place} is of no format that is known by sight: name it, as one of {', '.join(FORMATS)}"
            )
        yield form, place, place.parent
        return
    forms = [of] if of else FORMATS.values()
    named = {path: pattern for one in forms for pattern in one.files for path in place.rglob(pattern)}
    known: list[tuple[Format, Path]] = []
    for path, pattern in sorted(named.items()):
        form = _form_of(path, pattern, of)
        if form is not None and path.is_file():
            known.append((form, path))
    if not known:
        what = f"{of.title} ({', '.join(of.files)})" if of else "any known format"
        raise ImportingError(f"{place} holds no file of {what}")
    for form, path in known:
        yield form, path, place


def _form_of(path: Path, pattern: str, of: Format | None) -> Format | None:
    """What a file in a folder is read as: a name as plain as *.json says nothing, it has to look right."""
    if of is None:
        return recognised(path)
    return of if not pattern.startswith("*") or of.knows(path) else None


def given_levels(settings: Sequence[str], model: str | None, task: str | None) -> dict[str, Any]:
    """The levels of all files, from `--set FACTOR=LEVEL`, `--model` and `--task`.

    Raises:
        ImportingError: One cannot be read; the message names the nearest factor.
    """
    levels: dict[str, Any] = {}
    for text in settings:
        name, equals, word = text.partition("=")
        if not equals:
            raise ImportingError(f"--set {text}: expected FACTOR=LEVEL; factors are {', '.join(FACTORS)}")
        levels[name] = level(name, word, f"--set {text}")
    named = {"model": model, "task": task}
    return levels | {name: value for name, value in named.items() if value is not None}


def column_map(text: str | None) -> dict[str, str]:
    """The map of `--columns ours=theirs,...`.

    Raises:
        ImportingError: It cannot be read.
    """
    columns: dict[str, str] = {}
    for part in filter(None, (text or "").split(",")):
        ours, equals, theirs = part.partition("=")
        if not equals or not theirs:
            raise ImportingError(f"--columns {part}: expected OURS=THEIRS, as item=question_id")
        columns[ours.strip()] = theirs.strip()
    return columns
