import pytest

from perturb.first_names import NAMES, PERSON, counterpart


def test_the_lists_are_as_large_as_said():
    assert len(PERSON) == 280
    assert sum(map(len, NAMES.values())) == len(PERSON)  # no name is in two lists
    assert {len(names) for names in NAMES.values()} == {16, 60}
    assert len(NAMES) == 12
    assert all(name.isascii() and name.istitle() and name.isalpha() for name in PERSON)


def test_counterparts_are_mutual_and_of_the_other_gender():
    for name, (group, gender) in PERSON.items():
        other = counterpart(name)
        assert PERSON[other][0] == group
        assert PERSON[other][1] != gender
        assert counterpart(other) == name


def test_an_unknown_name():
    with pytest.raises(KeyError):
        counterpart("Zebra")
