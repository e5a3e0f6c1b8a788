import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.report.texts import marked, shortened, visible, with_isolated


def test_what_cannot_be_seen_is_named() -> None:
    assert visible("a\x00b\x1b\x7f\ud800\u202e\u2066\x85\tc\n") == "a␀b␛␡�⟨U+202E⟩⟨U+2066⟩⟨U+0085⟩\tc\n"


def test_writing_and_emoji_stay() -> None:
    text = "שלום नमस्ते 你好 👩‍🔬 é ½"
    assert visible(text) == text


@given(st.text(st.characters()))
def test_visible_text_can_be_written_and_is_stable(text: str) -> None:
    shown = visible(text)
    assert shown.encode("utf-8").decode() == shown
    assert visible(shown) == shown


def test_long_texts_keep_both_ends_and_say_what_is_missing() -> None:
    text = "begin" + "x" * 10_000 + "end"
    short = shortened(text, 300)
    assert short.startswith("begin")
    assert short.endswith("end")
    assert "[… 9,708 characters left out …]" in short
    assert shortened("short", 300) == "short"


@given(st.text("ab \n", max_size=30), st.text("ab \n", max_size=30))
def test_marked_segments_make_up_the_texts(first: str, second: str) -> None:
    sides = marked(first, second)
    assert ["".join(text for text, _ in side) for side in sides] == [first, second]
    same = ["".join(text for text, differs in side if not differs) for side in sides]
    assert same[0] == same[1]


def test_marks_are_on_what_differs() -> None:
    assert marked("What is 2 + 2?", "What is 2 + 3?")[1] == (("What is 2 + ", False), ("3?", True))


def test_huge_texts_are_not_compared() -> None:
    huge = "a " * 5000
    assert marked(huge, "b") == (((huge, False),), (("b", False),))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("alpha on QA: 5 points.", "alpha on QA: 5 points."),
        ("by <b> & 5", "by &lt;b&gt; &amp; 5"),
        ("moves מודל-7 on QA", "moves <bdi>מודל-7</bdi> on QA"),
        ("moves מודל שפה 5 points", "moves <bdi>מודל שפה</bdi> 5 points"),
        ("(qa/عربي), نموذج.", "(<bdi>qa/عربي</bdi>), <bdi>نموذج</bdi>."),
        ("a\u202eb מ<i>", "a⟨U+202E⟩b <bdi>מ&lt;i&gt;</bdi>"),
    ],
)
def test_what_is_written_from_right_to_left_is_isolated(text: str, html: str) -> None:
    assert with_isolated(text) == html
