import pytest

from perturb.placeholders import check, fill, parts


def test_values_are_data_even_if_they_look_like_placeholders():
    values = {"question": "print(f'{answer}') {question} }{ {}", "answer": "SECRET"}
    assert fill("Q: {question}", values) == "Q: print(f'{answer}') {question} }{ {}"


def test_doubled_braces_are_literal():
    assert fill("{{x}} = {text}", {"text": "3"}) == "{x} = 3"


def test_parts_are_literals_and_names():
    assert parts("Q: {question}\n{options}.") == (("Q: ", "question"), ("\n", "options"), (".", ""))


@pytest.mark.parametrize(
    "pattern", ["{question!r}", "{question:>10}", "{0}", "{}", "{question.id}", "{", "a}b"]
)
def test_only_plain_names_are_placeholders(pattern: str):
    with pytest.raises(ValueError, match=r"here, field: .* is not a valid pattern"):
        check(pattern, ["question"], [], "here, field")


def test_an_unknown_placeholder_is_named_with_the_nearest():
    with pytest.raises(
        ValueError, match=r"here, field: unknown placeholder \{qestion\}; did you mean \{question\}"
    ):
        check("Q: {qestion}", ["question", "options"], [], "here, field")


def test_a_placeholder_where_none_belongs():
    with pytest.raises(ValueError, match=r"unknown placeholder \{question\}; nothing is filled in here"):
        check("About {question}", [], [], "here, field")


@pytest.mark.parametrize(("pattern", "times"), [("Q:", 0), ("{question} {question}", 2)])
def test_a_required_placeholder_occurs_once(pattern: str, times: int):
    with pytest.raises(ValueError, match=rf"holds \{{question\}} {times} times, expected exactly once"):
        check(pattern, ["question"], ["question"], "here, field")
