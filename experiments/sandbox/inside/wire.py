"""Python values as bytes and back.

What is read here was written by a process that may be hostile. So bytes only ever become values of the types
below, made by their own constructors: no class, no code and no attribute of the sender's choosing (as pickle
would have it) and no parser that trusts its input (as marshal does).
"""

import builtins
import os
import struct
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, cast

Export = Callable[[object], int]
Import = Callable[[int], object]

_ATOMS = {b"N": None, b"T": True, b"F": False, b".": ...}
_SERIES: dict[type, bytes] = {list: b"l", tuple: b"t", set: b"S", frozenset: b"Z"}
_MADE: dict[bytes, Callable[[Iterable[Any]], object]] = {b"l": list, b"t": tuple, b"S": set, b"Z": frozenset}
# Types of the standard library: what calls them into being again, and with what.
_LIBRARY: dict[str, tuple[str, Callable[[Any], tuple[object, ...]]]] = {
    "builtins.range": ("builtins.range", lambda v: (v.start, v.stop, v.step)),
    "builtins.dict_keys": ("dict_keys", lambda v: (list(v),)),
    "builtins.dict_items": ("dict_items", lambda v: (list(v),)),
    "collections.deque": ("collections.deque", lambda v: (list(v), v.maxlen)),
    "collections.Counter": ("collections.Counter", lambda v: (dict(v),)),
    "collections.OrderedDict": ("collections.OrderedDict", lambda v: (list(v.items()),)),
    "fractions.Fraction": ("fractions.Fraction", lambda v: (v.numerator, v.denominator)),
    "decimal.Decimal": ("decimal.Decimal", lambda v: (str(v),)),
    "array.array": ("array.array", lambda v: (v.typecode, v.tolist())),
    "datetime.date": ("datetime.date.fromisoformat", lambda v: (v.isoformat(),)),
    "datetime.time": ("datetime.time.fromisoformat", lambda v: (v.isoformat(),)),
    "datetime.datetime": ("datetime.datetime.fromisoformat", lambda v: (v.isoformat(),)),
    "datetime.timedelta": ("datetime.timedelta", lambda v: (v.days, v.seconds, v.microseconds)),
}
_CALLED = frozenset(called for called, _ in _LIBRARY.values())


def encode(value: object, export: Export) -> bytes:
    """A value as bytes.

    Args:
        value: Anything. A subclass of a built-in type goes as that type.
        export: Gives a number for what has no form of its own here.
    """
    out = bytearray()
    _write(out, value, export)
    return bytes(out)


def decode(data: bytes, foreign: Import) -> Any:
    """The value of some bytes.

    Args:
        data: What `encode` gave.
        foreign: Gives the object that stands for a number.

    Raises:
        ValueError: The bytes mean nothing. Constructors may raise other exceptions.
    """
    value, end = _read(data, 0, foreign)
    if end != len(data):
        raise ValueError("a message goes on after its end")
    return value


def send(number: int, message: bytes) -> None:
    """Writes a message to a file descriptor, its length first."""
    rest = memoryview(struct.pack("<I", len(message)) + message)
    while rest:
        rest = rest[os.write(number, rest) :]


def receive(number: int) -> bytes:
    """Reads a message.

    Raises:
        EOFError: The other side is gone.
    """
    return _exactly(number, struct.unpack("<I", _exactly(number, 4))[0])


def _exactly(number: int, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(number, min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError("the other side is gone")
        parts += part
    return bytes(parts)


def _write(out: bytearray, value: object, export: Export) -> None:
    if value is None or value is True or value is False or value is ...:
        out += next(tag for tag, atom in _ATOMS.items() if atom is value)
    elif isinstance(value, int):
        _sized(out, b"i", int.to_bytes(value, int.bit_length(value) // 8 + 1, "little", signed=True))
    elif isinstance(value, float):
        out += b"f" + struct.pack("<d", value)
    elif isinstance(value, complex):
        out += b"c" + struct.pack("<dd", value.real, value.imag)
    elif isinstance(value, str):
        _sized(out, b"s", str.encode(value, "utf-8", "surrogatepass"))
    elif isinstance(value, bytes):
        _sized(out, b"b", bytes(value))
    elif isinstance(value, bytearray):
        _sized(out, b"y", bytes(value))
    elif isinstance(value, type) and getattr(builtins, value.__name__, None) is value:
        _sized(out, b"k", value.__name__.encode())
    elif (library := _LIBRARY.get(f"{type(value).__module__}.{type(value).__qualname__}")) is not None:
        called, arguments = library
        _sized(out, b"m", called.encode())
        _write(out, arguments(value), export)
    elif isinstance(value, dict):
        items = cast(dict[object, object], value)
        out += b"d" + struct.pack("<I", len(items))
        for key, item in items.items():
            _write(out, key, export)
            _write(out, item, export)
    else:
        tag = next((tag for kind, tag in _SERIES.items() if isinstance(value, kind)), None)
        if tag is None:
            out += b"h" + struct.pack("<I", export(value))
            return
        series = cast("list[object]", value)
        out += tag + struct.pack("<I", len(series))
        for item in series:
            _write(out, item, export)


def _sized(out: bytearray, tag: bytes, content: bytes) -> None:
    out += tag + struct.pack("<I", len(content)) + content


def _read(data: bytes, at: int, foreign: Import) -> tuple[Any, int]:
    tag, at = data[at : at + 1], at + 1
    if tag in _ATOMS:
        return _ATOMS[tag], at
    if tag in (b"f", b"c"):
        end = at + (8 if tag == b"f" else 16)
        numbers = struct.unpack("<d" if tag == b"f" else "<dd", data[at:end])
        return (numbers[0] if tag == b"f" else complex(*numbers)), end
    if len(data) < at + 4:
        raise ValueError("a message ends too early")
    (size,), at = struct.unpack_from("<I", data, at), at + 4
    if tag == b"h":
        return foreign(size), at
    if size > len(data) - at:
        raise ValueError("a message ends too early")
    if tag in _MADE:
        series: list[object] = []
        for _ in range(size):
            item, at = _read(data, at, foreign)
            series.append(item)
        return _MADE[tag](series), at
    if tag == b"d":
        items: dict[object, object] = {}
        for _ in range(size):
            key, at = _read(data, at, foreign)
            items[key], at = _read(data, at, foreign)
        return items, at
    content, at = data[at : at + size], at + size
    if tag == b"i":
        return int.from_bytes(content, "little", signed=True), at
    if tag == b"s":
        return content.decode("utf-8", "surrogatepass"), at
    if tag == b"b":
        return content, at
    if tag == b"y":
        return bytearray(content), at
    if tag == b"k":
        kind = getattr(builtins, content.decode(), None)
        if not isinstance(kind, type):
            raise ValueError(f"a message holds {content!r}, which is no built-in type")
        return kind, at
    if tag == b"m":
        arguments, at = _read(data, at, foreign)
        return _call(content.decode(), arguments), at
    raise ValueError(f"a message holds {tag!r}, which means nothing")


def _call(name: str, arguments: tuple[Any, ...]) -> object:
    if name not in _CALLED:
        raise ValueError(f"a message asks for {name!r}")
    if name == "dict_keys":
        return dict.fromkeys(*arguments).keys()
    if name == "dict_items":
        return dict(*arguments).items()
    module, *attributes = name.split(".")
    made: Any = import_module(module)
    for attribute in attributes:
        made = getattr(made, attribute)
    return made(*arguments)
