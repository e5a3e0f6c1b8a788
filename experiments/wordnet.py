"""WordNet's synonyms, read from the files of its own distribution.

The format is that of WordNet's manual page wndb(5); base forms are found as its page morphy(7) says.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

FOLDER = "/usr/share/wordnet"  # where Debian's package wordnet-base puts them
_PARTS = ("noun", "verb", "adj", "adv")
_ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "noun": (
        *(("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh")),
        *(("men", "man"), ("ies", "y")),
    ),
    "verb": (
        *(
            ("s", ""),
            ("ies", "y"),
            ("es", "e"),
            ("es", ""),
            ("ed", "e"),
            ("ed", ""),
            ("ing", "e"),
            ("ing", ""),
        ),
    ),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}
_PLAIN = re.compile(r"[A-Za-z]+(?:[ '-][A-Za-z]+)*")


class WordnetError(ValueError):
    """WordNet's files cannot be had; the message says what to install."""

    exit_code = 2


class Wordnet(Mapping[str, tuple[str, ...]]):
    """Every word's synonyms: the other words of all synsets of its base forms, sorted.

    Words are in small letters and may be inflected; synonyms are as WordNet writes them, those of several
    words with spaces. Synonyms with digits or signs are left out.

    Args:
        folder: Holds data.noun, noun.exc and so on.

    Raises:
        WordnetError: It does not.
    """

    def __init__(self, folder: Path) -> None:
        self._synonyms: dict[str, dict[str, set[str]]] = {}
        self._exceptions: dict[str, dict[str, list[str]]] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        try:
            for part in _PARTS:
                self._synonyms[part] = _synonyms(folder / f"data.{part}")
                self._exceptions[part] = _exceptions(folder / f"{part}.exc")
        except (OSError, ValueError, IndexError) as error:
            why = (error.strerror or error) if isinstance(error, OSError) else "not in WordNet's format"
            raise WordnetError(
                f"synonym_wordnet needs WordNet's files, and {folder} does not hold them ({why}): "
                "apt install wordnet-base, or set WNSEARCHDIR to the folder with data.noun"
            ) from None

    def __getitem__(self, word: str) -> tuple[str, ...]:
        if word not in self._known:
            bases = [(part, base) for part in _PARTS for base in self._bases(word, part)]
            found = set[str]().union(*(self._synonyms[part][base] for part, base in bases))
            itself = {word, *(base for _, base in bases)}
            self._known[word] = tuple(sorted(one for one in found if one.lower() not in itself))
        if not self._known[word]:
            raise KeyError(word)
        return self._known[word]

    def __iter__(self) -> Iterator[str]:
        return (word for word in sorted(set[str]().union(*self._synonyms.values())) if word in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _bases(self, word: str, part: str) -> list[str]:
        """The base forms of a word that have synonyms."""
        forms = [word, *self._exceptions[part].get(word, [])]
        if len(forms) == 1:
            forms += [word[: -len(end)] + new for end, new in _ENDINGS[part] if word.endswith(end)]
        return [form for form in dict.fromkeys(forms) if form in self._synonyms[part]]


def wordnet() -> Wordnet:
    """WordNet as it is installed: in the folder that its own variable WNSEARCHDIR names, or Debian's.

    Raises:
        WordnetError: It is not.
    """
    return _read(Path(os.environ.get("WNSEARCHDIR") or FOLDER))


_read = lru_cache(maxsize=1)(Wordnet)


def _synonyms(path: Path) -> dict[str, set[str]]:
    """By word in small letters, the words of its synsets; words alone in theirs are left out."""
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(" "):
                continue  # the licence
            fields = line.split(" ", 3)
            count = int(fields[3][:2], 16)
            texts = fields[3][3:].split(" ", 2 * count)[: 2 * count : 2]
            # An adjective may say where it stands: "galore(ip)".
            words = [text.partition("(")[0].replace("_", " ") for text in texts]
            plain = {word for word in words if _PLAIN.fullmatch(word)}
            for word in words if len(words) > 1 else ():
                found.setdefault(word.lower(), set()).update(plain)
    return found


def _exceptions(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *bases = line.split()
        found.setdefault(word, []).extend(bases)
    return found
