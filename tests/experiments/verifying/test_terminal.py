"""The tables on a terminal."""

from rich.console import Console

from experiments.verifying.check import Check, Section
from experiments.verifying.terminal import FEW, show_sections


def said(*sections: Section, every: bool = False) -> str:
    console = Console(width=100, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as captured:
        show_sections(sections, console, every=every)
    return captured.get()


def check(name: str, obtained: float) -> Check:
    return Check(name, "a book", -1.0, obtained, 0.005)


def test_a_table_says_what_was_expected_and_what_came_out() -> None:
    text = said(Section("A title", (check("one", -1.0), check("two", 0.25)), ("a note",)))
    one, two = (line.split() for line in text.splitlines() if line.startswith((" one", " two")))
    assert one == ["one", "−1", "−1", "0.005", "yes"]
    assert two == ["two", "−1", "0.25", "0.005", "no"]
    assert "source: a book" in text
    assert "a note" in text
    assert text.rstrip().endswith("1 of 2 published numbers agree")


def test_a_long_table_has_only_what_does_not_agree() -> None:
    checks = tuple(check(f"number {place}", -1.0 if place else 3.0) for place in range(FEW + 1))
    text = said(Section("A title", checks))
    assert "number 0 " in text
    assert "number 1 " not in text
    assert f"{FEW} of {FEW + 1} agree; the greatest difference is 4" in text
    assert "number 60 " in said(Section("A title", checks), every=True)
    assert "expected" not in said(Section("A title", checks[1:] * 2))
