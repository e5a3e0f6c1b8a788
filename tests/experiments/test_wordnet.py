"""WordNet's files: a few lines in their format, and the real ones where they are installed."""

import os
from pathlib import Path

import pytest

from experiments.wordnet import FOLDER, Wordnet, WordnetError

DATA = {
    "data.noun": (
        "  1 This software and database is being provided to you\n"
        "00000001 03 n 03 goose 0 honker 0 Canada_goose 0 001 @ 00000009 n 0000 | a big bird\n"
        "00000002 03 n 02 fox 0 dodger 2 000 | a shifty person\n"
        "00000003 03 n 01 hen 0 000 | alone in its synset\n"
        "00000004 03 n 02 d-day 0 6_June_1944 0 000 | with figures\n"
        "00000005 03 n 0b a1 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 k 0 000 | eleven words\n"
    ),
    "data.verb": (
        "00000001 30 v 02 go 0 move 1 001 @ 00000009 v 0000 02 + 02 00 + 01 00 | change place\n"
        "00000002 30 v 02 try 0 hear 1 000 01 + 02 00 | in court\n"
    ),
    "data.adj": "00000001 00 s 02 galore(ip) 0 big 0 000 | in abundance\n",
    "data.adv": "00000001 02 r 02 badly 0 ill 0 000 | not well\n",
    "noun.exc": "geese goose\n",
    "verb.exc": "went go\ngone go\n",
    "adj.exc": "bigger big\n",
    "adv.exc": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in DATA.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("word", "synonyms"),
    [
        ("geese", ("Canada goose", "honker")),
        ("canada goose", ("goose", "honker")),
        ("foxes", ("dodger",)),
        ("went", ("move",)),
        ("moving", ("go",)),
        ("tries", ("hear",)),
        ("tried", None),
        ("bigger", ("galore",)),
        ("galore", ("big",)),
        ("ill", ("badly",)),
        ("hen", None),
        ("d-day", None),
        ("k", ("b", "c", "d", "e", "f", "g", "h", "i", "j")),
        ("walrus", None),
        ("", None),
    ],
)
def test_synonyms(folder: Path, word: str, synonyms: tuple[str, ...] | None) -> None:
    assert Wordnet(folder).get(word) == synonyms


def test_its_words(folder: Path) -> None:
    read = Wordnet(folder)
    assert len(read) == len(list(read)) == 25
    assert not {"hen", "d-day"} & set(read)


def test_files_that_are_not_there_or_no_wordnet(folder: Path) -> None:
    with pytest.raises(WordnetError, match=r"apt install wordnet-base, or set WNSEARCHDIR"):
        Wordnet(folder / "none")
    (folder / "data.adv").write_text("something else\n", encoding="utf-8")
    with pytest.raises(WordnetError, match="does not hold them"):
        Wordnet(folder)


@pytest.fixture(scope="module")
def real() -> Wordnet:
    """WordNet itself; where it is not installed its tests are skipped, but not in continuous integration."""
    if os.environ.get("CI") != "true" and not Path(FOLDER).is_dir():
        pytest.skip(f"no WordNet in {FOLDER}")
    return Wordnet(Path(FOLDER))


def test_the_real_one(real: Wordnet) -> None:
    assert len(real) > 100_000
    assert real["physicians"] == ("MD", "doc", "doctor", "medico")
    assert real["movies"][:2] == ("film", "flick")
    assert "depart" in real["went"]
    assert "go" not in real["went"]
    assert real["beautifully"] == ("attractively",)
    assert real.get("the") is None
    odd = set("0123456789_()")
    assert all(one.isascii() and not set(one) & odd for others in real.values() for one in others)
