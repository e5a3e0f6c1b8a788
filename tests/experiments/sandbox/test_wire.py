import math
import os
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.sandbox.inside.wire import decode, encode, receive, send


def refuse(value: object) -> int:
    raise TypeError(f"no form for {value!r}")


def there_and_back(value: object) -> Any:
    return decode(encode(value, refuse), lambda number: number)


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters(exclude_categories=())),
    st.binary(),
)


@given(
    st.recursive(
        ATOMS,
        lambda inner: st.one_of(
            st.lists(inner),
            st.lists(inner).map(tuple),
            st.dictionaries(ATOMS, inner),
            st.sets(ATOMS),
            st.frozensets(ATOMS),
        ),
        max_leaves=20,
    )
)
def test_values_come_back_as_they_were(value: object):
    found = there_and_back(value)
    assert found == value
    assert type(found) is type(value)
    assert repr(found) == repr(value) or isinstance(value, set | frozenset | dict | list | tuple)


@pytest.mark.parametrize(
    "value",
    [
        bytearray(b"ab"),
        range(1, 9, 2),
        deque([1, 2], maxlen=3),
        Counter("aab"),
        OrderedDict([("b", 1), ("a", 2)]),
        Fraction(1, 3),
        Decimal("1.10"),
        date(2024, 2, 29),
        datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC),
        timedelta(days=-1, microseconds=3),
        int,
        ...,
        10**5000,
    ],
    ids=lambda value: type(value).__name__,
)
def test_types_of_the_standard_library(value: object):
    found = there_and_back(value)
    assert found == value
    assert type(found) is type(value)


def test_views_and_not_a_number():
    assert there_and_back({1: 2}.keys()) == {1: 2}.keys()
    assert there_and_back({1: 2}.items()) == {1: 2}.items()
    assert math.isnan(there_and_back(math.nan))
    assert math.copysign(1, there_and_back(-0.0)) == -1


def test_subclasses_go_as_what_they_extend():
    class Colour(StrEnum):
        red = "r"

    class Point(NamedTuple):
        x: int
        y: int

    class Number(IntEnum):
        one = 1

    found = there_and_back([Colour.red, Number.one, Point(1, 2), defaultdict(int, a=1)])
    assert found == ["r", 1, (1, 2), {"a": 1}]
    assert [type(value) for value in found] == [str, int, tuple, dict]


def test_the_rest_goes_by_number():
    thing = object()
    data = encode([thing, 1], lambda value: 7 if value is thing else 8)
    assert decode(data, lambda number: f"number {number}") == ["number 7", 1]
    with pytest.raises(TypeError, match="no form for"):
        encode(len, refuse)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"?",
        b"NN",
        b"i",
        b"l\x05\x00\x00\x00N",
        b"s\xff\xff\xff\xffab",
        b"m\x0d\x00\x00\x00builtins.exec" + b"t\x00\x00\x00\x00",
        b"m\x09\x00\x00\x00os.system" + b"t\x00\x00\x00\x00",
        b"k\x04\x00\x00\x00exec",
        b"k\x0a\x00\x00\x00__import__",
    ],
)
def test_what_means_nothing_is_refused(data: bytes):
    with pytest.raises(ValueError, match="message"):
        decode(data, lambda number: number)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_ordinary_error(data: bytes):
    with suppress(ValueError, TypeError, struct.error):
        there = decode(data, lambda number: number)
        assert encode(there, refuse)


def test_messages_keep_their_bounds():
    read, write = os.pipe()
    send(write, b"one")
    send(write, b"")
    os.close(write)
    assert [receive(read), receive(read)] == [b"one", b""]
    with pytest.raises(EOFError):
        receive(read)
    os.close(read)
