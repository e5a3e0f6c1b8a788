import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.grading.tokens import bag, is_number, spaced, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("The  U.S.,\nthe O'Neal!", "us oneal"),
        ("20-yard and 20–yard", "20 yard and 20 yard"),
        ("9/11 at 3:45", "9 11 at 3 45"),
        ("1,000 $1,000.50 12.3. 21.8% .5 007 0.0 50.", "1000 1000.5 12.3 21.8 0.5 7 0 50"),
        ("1\u00a0000 1\u202f000", "1000 1000"),
        ("1 000", "1 0"),  # a plain space may part two numbers
        ("20th 1920s 1920's '98 v1.5.2", "20th 1920s 1920s 98 v152"),
        ("১৯১১ ๒๕๔๐ ١٢٣٫٥ １９９３", "1911 2540 123.5 1993"),
        ("দিল্লী ভিত্তি", "দিল্লী ভিত্তি"),  # vowel signs stay
        ("సముద్రం", "సముద్రం"),
        ("правово́е", "правово́е"),
        ("alkali\u00adlasi ما\u200fهي", "alkalilasi ماهي"),
        ("cafe\u0301", "café"),
        ("Straße ＯＰＣＷ", "strasse opcw"),
        ("北京市3月", "北 京 市 3 月"),
        ("オランダのハーグ", "オ ラ ン ダ の ハ ー グ"),
        ("16อำเภอ", "16 อ ำ เ ภ อ"),
        ("한니발 바르카", "한니발 바르카"),
        ("The", "the"),
        ("A", "a"),
        ("?", "?"),
        ("⏚.", "⏚"),
        ("...", "..."),
        ("\ud800 \0", "\ud800 \0"),
    ],
)
def test_tokens(text: str, expected: str):
    assert tokens(text) == expected.split(" ") * bool(expected)


@given(st.text())
def test_every_text_has_tokens_unless_it_is_blank(text: str):
    assert bool(tokens(text)) == bool(text.split())
    assert {token for token, _ in bag(text)} == set(tokens(text))


def test_numbers():
    assert [token for token in tokens("1,5 x2 3rd .5 ² ৫ -7") if is_number(token)] == [
        "1",
        "5",
        "0.5",
        "5",
        "7",
    ]


def test_words_count_once_and_characters_as_often_as_they_occur():
    assert bag("and so and so") == {("and", 0), ("so", 0)}
    assert bag("はは") == {("は", 0), ("は", 1)}


def test_spaced():
    assert spaced("GDP") == "GDP"
    assert spaced("ว่า 5 km").split() == ["ว", "่", "า", "5", "km"]
