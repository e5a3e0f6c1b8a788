"""When two numbers agree."""

import json
import math

import pytest

from experiments.verifying.check import Check, Section, checks_of


def check(expected: float, obtained: float, tolerance: float = 0.5) -> Check:
    return Check("a number", "a book", expected, obtained, tolerance)


def test_two_numbers_agree_up_to_the_tolerance() -> None:
    assert check(1.0, 1.5).agrees
    assert check(1.0, 0.5).agrees
    assert not check(1.0, 1.51).agrees
    assert check(-1.0, 1.0).difference == 2


def test_nothing_obtained_is_no_agreement() -> None:
    assert not check(0.0, math.nan).agrees


def test_a_section_agrees_where_every_number_does_and_there_is_one() -> None:
    assert Section("a book", (check(1, 1), check(2, 2))).agrees
    assert not Section("a book", (check(1, 1), check(2, 3))).agrees
    assert not Section("a book", ()).agrees


def test_expected_numbers_are_paired_by_name() -> None:
    first, second = checks_of("a book", {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 3.0, "c": 4.0}, 0.1)
    assert (first.expected, first.obtained, first.agrees) == (1.0, 3.0, False)
    assert (second.expected, second.obtained, second.agrees) == (2.0, 2.0, True)
    with pytest.raises(KeyError):
        checks_of("a book", {"d": 1.0}, {"a": 1.0}, 0.1)


def test_json_has_the_verdicts() -> None:
    record = json.loads(json.dumps(Section("a book", (check(1, 2),), ("a note",)).as_dict()))
    assert record["agrees"] is False
    assert record["notes"] == ["a note"]
    assert record["checks"] == [
        {
            "name": "a number",
            "source": "a book",
            "expected": 1,
            "obtained": 2,
            "tolerance": 0.5,
            "agrees": False,
        }
    ]
