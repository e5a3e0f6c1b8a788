r"""Mathematical answers in LaTeX: their parts, each written in one way.

What differs in writing only becomes equal, and nothing that differs in meaning. What is no part of a value
("x =", units, "$", spacing) is set apart, as Hendrycks et al. 2021 (MATH) and Lewkowycz et al. 2022 (Minerva)
do; unlike there, two different names or units stay different.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from .match import halfwidth
from .units import unit_of

LONGEST = 2000  # characters; a longer answer is none worth reading


@dataclass(frozen=True, slots=True)
class Value:
    """A value without parts.

    Attributes:
        text: It, in one way of writing; words with small letters and without spaces.
        name: What stands before "=" ("x", "f(x)"); empty if nothing does.
        unit: Its unit ("cm", "percent"); empty if it has none or one that is not known.
        word: Whether it is words and no mathematics.
    """

    text: str
    name: str = ""
    unit: str = ""
    word: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Several values.

    Attributes:
        kind: "," for a list or a set and "∪" for a union, whose parts have no order; else, in order, the
            brackets of a tuple or an interval ("()", "[)"), or "matrix" and its number of rows.
        parts: The values.
    """

    kind: str
    parts: tuple["Form", ...]


Form = Value | Group

_SYMBOLS = {
    **{"−": "-", "–": "-", "×": r"\cdot ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": "/", "√": r"\sqrt "},
    **{"∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "∪": r"\cup ", "∈": r"\in ", "±": r"\pm "},
    **{"°": r"^{\circ}", "²": "^{2}", "³": "^{3}", "π": r"\pi ", "θ": r"\theta ", "\u00a0": " "},
    **{"、": ",", "和": ",", "或": ",", "。": "."},
    **{chr(0x2460 + place): rf"\textcircled{{{place + 1}}}" for place in range(9)},  # ① and so on
}
_SYMBOL = re.compile("|".join(map(re.escape, _SYMBOLS)))
_END = r"(?![a-zA-Z])"
_START = r"(?<![a-zA-Z\\])"
_WORDS = r"\\(?:text|mbox|hbox|textbf|textit|textrm|textnormal|mathrm|mathbf|operatorname)\s*\{"
_FUNCTION = r"(?:sin|cos|tan|cot|sec[^o]|csc|log|ln|exp|sqrt)"
_REWRITES = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (rf"(?<!\\)\$|(?<!\\)\\[()\[\]]|\\(?:displaystyle|textstyle|limits){_END}|(?<!\\)\\[!,]", ""),
        (r"\{,\}", ","),
        (rf"(?<!\\)\\[;: ]|\\q?quad{_END}|~", " "),
        (rf"\\(?:left|right|[bB]igg?[lr]?){_END}\s*", ""),
        (rf"\\[dtc]frac{_END}", r"\\frac"),
        (rf"\\(?:times|ast){_END}|\*", r"\\cdot "),
        (rf"\\leq(?:slant)?{_END}|<=", r"\\le "),
        (rf"\\geq(?:slant)?{_END}|>=", r"\\ge "),
        (rf"\\neq{_END}|!=", r"\\ne "),
        (rf"\\lt{_END}", "<"),
        (rf"\\gt{_END}", ">"),
        (rf"\\lbrace{_END}", r"\\{"),
        (rf"\\rbrace{_END}", r"\\}"),
        (rf"\\langle{_END}", "("),
        (rf"\\rangle{_END}", ")"),
        (rf"\\degree{_END}", r"^{\\circ}"),
        (r"\\math(?:rm|bf|it)\s*\{\s*([a-zA-Z])\s*\}", r"\1"),
        (rf"{_WORDS}([^{{}}a-zA-Z]*|[A-Z](?:\s*,\s*[A-Z])+)\}}", r"\1"),
        (rf"{_WORDS}\s*\(([A-Z])\)\s*\}}", r"\1"),
        (rf"{_WORDS}\s*,?\s*(?:and|or)\s*\}}|{_START}(?:and|or){_END}", ","),
        (rf"{_START}(?:infinity|infty){_END}", r"\\infty "),
        (rf"{_START}pi{_END}", r"\\pi "),
        (rf"{_START}sqrt\s*\(([^()]*)\)", r"\\sqrt{\1}"),
        (r"(?<![\d.])(\d+)\s+(\d+)\s*/\s*(\d+)(?![\d.])", r"\1\\frac{\2}{\3}"),
        (rf"(?<=[\d}})])\s+((?!{_FUNCTION})[A-Za-z]{{4,}}(?: [A-Za-z]+)*)(?=\s*(?:[.,;]|$))", r"\\text{\1}"),
        (r"(?<!\d)\.(?=\d)", "0."),
        (r"([\^_])(-?\d{2,}|-\d)", r"\1{\2}"),
        (r"\^\(([^()]*)\)", r"^{\1}"),
        (r"(?<![\d.,])(\d{1,3}) (\d{3})(?![\d.])", r"\1\2"),
        (r"(?<=\d)\s+(?=\d)", r"\\ "),  # "1 2" is not 12
    )
)
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d)")
_TOKEN = re.compile(rf"{_WORDS}[^{{}}]*\}}|\\[a-zA-Z]+|\\.|\S", re.DOTALL)
_OPEN, _CLOSE = frozenset(("(", "[", "{", r"\{")), frozenset((")", "]", "}", r"\}"))
_DEPTH = 4  # of groups within groups; what is deeper is read as one value


@lru_cache(maxsize=16384)
def forms(latex: str) -> tuple[Form, ...]:
    r"""An answer's parts, as they may be read: "121,242" may be one number or two.

    Args:
        latex: An answer, with or without LaTeX.

    Returns:
        Its readings: that without thousands separators and, where there are any, that with them. Empty if
        there is nothing to read, or more than `LONGEST` characters.

    >>> forms(r"$x = 3\text{ cm}$")
    (Value(text='3', name='x', unit='cm', word=False),)
    """
    if len(latex) > LONGEST:
        return ()
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match[0]], halfwidth(latex).strip()).replace("\n", " ")
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    text = text.lstrip(" ,;:").rstrip(" .,;:")
    joined = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    return tuple(_form(_TOKEN.findall(each), 0) for each in dict.fromkeys((text, joined)) if each)


def _form(tokens: list[str], depth: int) -> Form:
    if depth > _DEPTH or not tokens:
        return _value(tokens)
    for separator, kind in ((";", ","), (",", ","), (r"\cup", "∪")):
        parts = _split(tokens, separator)
        if separator == ",":
            parts = [each for part in parts for each in _either_sign(part)]
        if len(parts) > 1:
            return Group(kind, tuple(_form(part, depth + 1) for part in parts))
    name, rest = _named(tokens)
    if name and rest[0] in (*_OPEN, r"\begin"):
        inner = _form(rest, depth + 1)
        if isinstance(inner, Group):
            return inner
    if tokens[0] == r"\begin":
        return _matrix(tokens, depth) or _value(tokens)
    if tokens[0] in _OPEN and _closing(tokens) == len(tokens) - 1:
        parts = _split(tokens[1:-1], ",")
        if parts and (tokens[0] in ("{", r"\{") or (len(parts) == 1 and tokens[0] + tokens[-1] == "()")):
            return _form(tokens[1:-1], depth + 1)
        if len(parts) > 1:
            return Group(tokens[0] + tokens[-1], tuple(_form(part, depth + 1) for part in parts))
    return _value(tokens)


def _split(tokens: list[str], separator: str) -> list[list[str]]:
    """The parts between separators that stand outside all brackets, without empty ones."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token in _OPEN) - (token in _CLOSE)
        if token == separator and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


_SIGNS = ({r"\pm": "+", r"\mp": "-"}, {r"\pm": "-", r"\mp": "+"})


def _either_sign(tokens: list[str]) -> list[list[str]]:
    r"""Both values of "1 \pm 2"; in brackets with a comma the parts have them."""
    if r"\pm" not in tokens or (tokens[0] in _OPEN and "," in tokens):
        return [tokens]
    return [[signs.get(token, token) for token in tokens] for signs in _SIGNS]


def _closing(tokens: list[str]) -> int:
    """Where the bracket closes with which the tokens begin; -1 if nowhere."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token in _OPEN) - (token in _CLOSE)
        if depth == 0:
            return place
    return -1


_MATRIX = re.compile(r"\\begin\{[pb]?matrix\}(.*)\\end\{[pb]?matrix\}")


def _matrix(tokens: list[str], depth: int) -> Group | None:
    match = _MATRIX.fullmatch("".join(tokens))
    if match is None or r"\begin" in match[1]:
        return None
    inner: list[str] = tokens[tokens.index("}") + 1 : len(tokens) - tokens[::-1].index(r"\end") - 1]
    rows = [_split(row, "&") for row in _split(inner, r"\\")]
    cells = tuple(_form(cell, depth + 1) for row in rows for cell in row)
    return Group(f"matrix {len(rows)}", cells) if cells else None


_NAME = re.compile(
    r"""
    (?: [a-zA-Z](?:_\{?\w+\}?|')? (?:\^\{?-1\}?)? (?:\([a-zA-Z0-9]\))? | [A-Z]{2,3} | \\angle\ ?[A-Z]+
      | \\(?!frac|sqrt|pi)[a-z]+ | \([a-zA-Z](?:,[a-zA-Z])+\) ) $
    """,
    re.VERBOSE,
)


def _named(tokens: list[str]) -> tuple[str, list[str]]:
    """A name and the tokens after it: "x = 5" is 5 by the name of x."""
    place = next((place for place, token in enumerate(tokens[:24]) if token in ("=", r"\in")), 0)
    name = _joined(tokens[:place])
    return (name, tokens[place + 1 :]) if _NAME.match(name) and tokens[place + 1 :] else ("", tokens)


def _value(tokens: list[str]) -> Value:
    name, tokens = _named(tokens)
    before = len(tokens) - tokens[::-1].index("=") if "=" in tokens else 0
    if not any(len(token) == 1 and token.isalpha() for token in tokens[:before]):
        tokens = tokens[before:] or tokens  # "2 + 3 = 5"
    tokens, unit = _without_unit(tokens)
    words = any(_is_words(token) for token in tokens)
    text = "".join(_words(token) if _is_words(token) else token for token in tokens)
    if words or re.fullmatch(r"[A-Za-z]{3,}", text):
        return Value(folded(text), name, unit, word=True)
    text = _joined(_braced(tokens))
    return Value(text.removeprefix("+"), name, unit)


def folded(text: str) -> str:
    """Words with small letters, without spaces and full stops: "4:30 p.m." is "4:30pm"."""
    return re.sub(r"[\s.\\~]", "", text).casefold()


def _is_words(token: str) -> bool:
    return len(token) > 2 and token[0] == "\\" and token[-1] == "}"


def _words(token: str) -> str:
    return token.partition("{")[2][:-1]


def _without_unit(tokens: list[str]) -> tuple[list[str], str]:
    """A value's tokens, and its unit's name if that is known."""
    units: list[str] = []
    signs = [place for place, token in enumerate(tokens[:2]) if token == r"\$"]
    if signs:
        tokens = [token for place, token in enumerate(tokens) if place != signs[0]]
        units.append("dollar")
    while len(tokens) > 1:
        power = next((size for size in (2, 4) if tokens[-size:] in _POWERS and len(tokens) > size + 1), 0)
        angle = not any(token in _ANGULAR for token in tokens)
        if tokens[-1] in ("%", r"\%"):
            tokens, unit = tokens[:-1], "percent"
        elif angle and tokens[-2:] == ["^", r"\circ"]:
            tokens, unit = tokens[:-2], "degree"
        elif angle and tokens[-4:] == ["^", "{", r"\circ", "}"]:
            tokens, unit = tokens[:-4], "degree"
        elif _is_words(tokens[-power - 1]) and tokens[-power - 2] not in "+-/=^_":
            unit, tokens = unit_of(_words(tokens[-power - 1])), tokens[: -power - 1]
        else:
            size = next((size for size, token in enumerate(tokens[::-1]) if not _letter(token)), 0)
            unit = unit_of("".join(tokens[-size:])) if size > 1 and ":" not in tokens else ""
            if not unit:
                break
            tokens = tokens[:-size]
        units.append(unit)
    return tokens, next((unit for unit in units if unit), "")


_ANGULAR = frozenset((r"\sin", r"\cos", r"\tan", r"\cot", r"\sec", r"\csc"))  # sin 40° is no angle
_POWERS = [["^", power] for power in "23"] + [["^", "{", power, "}"] for power in "23"]


def _letter(token: str) -> bool:
    return token == "." or (len(token) == 1 and token.isalpha())


_ARGUMENTS = {r"\frac": 2, r"\binom": 2, r"\sqrt": 1, "^": 1, "_": 1}


def _braced(tokens: list[str]) -> list[str]:
    r"""The same with every argument in braces: "\frac12" is "\frac{1}{2}", "x^2" is "x^{2}"."""
    out: list[str] = []
    expected = [0]  # arguments still to come, at each depth of braces
    index = False  # within the brackets of "\sqrt[3]{x}"
    for token in tokens:
        if index or (token == "[" and out and out[-1] == r"\sqrt"):
            index = token != "]"
            out.append(token)
        elif token == "{":
            expected[-1] = max(expected[-1] - 1, 0)
            expected.append(0)
            out.append(token)
        elif token == "}":
            expected = expected[:-1] or [0]
            out.append(token)
        elif expected[-1] and token not in _ARGUMENTS:
            expected[-1] -= 1
            out += ["{", token, "}"]
        else:
            out.append(token)
            expected[-1] += _ARGUMENTS.get(token, 0)
    return out


def _joined(tokens: list[str]) -> str:
    """The tokens as LaTeX, with a space between a command and a letter."""
    pairs = zip(tokens, [*tokens[1:], ""], strict=False)
    spaced = (
        token + " " if token[0] == "\\" and token[-1].isalpha() and after[:1].isalpha() else token
        for token, after in pairs
    )
    return "".join(spaced)
