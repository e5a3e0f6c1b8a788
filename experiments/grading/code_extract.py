"""Finding the program in a completion."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from perturb import Program

_FENCE = re.compile(r"^([ \t]*)(?:```|~~~)([^\n`]*)$", re.MULTILINE)
_MARK = re.compile(r"^[ \t]*\[(BEGIN|DONE)\][ \t]*$", re.MULTILINE)  # around MBPP's customary exemplars
_STARTS = re.compile(r"^(?:(?:from|import|def|async def|class)\b|@|\w+[ \t]*=(?!=))", re.MULTILINE)
_DEFINES = re.compile(
    r"^(?:(?:async )?def|class|from|import)[ \t]+\w|^\w+[ \t]*(?::[^\n=]+)?=(?!=)", re.MULTILINE
)
# Bounds on the work that a hostile text can cause; an answer is some hundred tokens long.
_LONGEST = 1 << 15  # characters of a completion that are looked at
_MOST_PIECES = 8
_MOST_CUTS = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a completion that may be code.

    Attributes:
        text: The stretch.
        fenced: Whether it stood in a Markdown code block.
        open: Whether it runs to the end of the completion, so that a token limit may have cut it.
    """

    text: str
    fenced: bool
    open: bool


def find(text: str, program: Program) -> tuple[str, Piece] | None:
    """The program that a completion holds, and the stretch that it was made from.

    If the prefix and the text, as it is, are a program, that is it. Else there are pieces, looked at in this
    order: Markdown code blocks that define the function asked for, the last first; what stands before the end
    of a block that has no beginning; other code blocks, the longest first; the text as a whole, if there are
    no blocks. The first of them that becomes a program is taken:

    * one that defines the function follows the item's prefix, so that the prefix's imports and functions are
      there (or stands alone, where it cannot follow it); words before its first statement are left out;
    * one that does not continues the prefix, as it is, or with its first line indented, or, if further lines
      begin at the margin, with all of it indented.

    Only if none of them compiles are they cut before their first line that does not, which leaves out words
    after the code. What compiles in no way is nevertheless an answer if it is a code block or defines the
    function; else there is none.

    Args:
        text: A completion without its thoughts; at most the first 32 Ki characters are looked at.
        program: How the item is checked.

    Returns:
        The whole program, which need not compile, and its piece; None where there is no code.
    """
    text = text[:_LONGEST]
    pieces = [piece for piece in _pieces(text, program.entry) if piece.text.strip()][:_MOST_PIECES]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # compilers warn of "\d" and the like
        whole = program.prefix + text
        marked = _MARK.search(text) or text.lstrip().startswith("~~~")  # which Python could read too
        if text.strip() and not marked and _defines(whole, program.entry) and _error(whole) is None:
            return whole, Piece(text, fenced=False, open=True)
        for piece in pieces:
            for head, tail in _forms(piece, program):
                if _error(head + tail) is None:
                    return head + tail, piece
        for piece in pieces:
            for head, tail in _forms(piece, program):
                cut = _cut(head, tail)
                if cut is not None and (_defines(cut, program.entry) or not _defines(tail, program.entry)):
                    return head + cut, piece
    for piece in pieces:
        if piece.fenced or _defines(piece.text, program.entry):
            return program.prefix + piece.text, piece
    return None


def _pieces(text: str, entry: str) -> list[Piece]:
    begun = list(_MARK.finditer(text))
    if begun:
        first = next((mark.end() for mark in begun if mark[1] == "BEGIN"), 0)
        done = next((mark.start() for mark in begun if mark[1] == "DONE" and mark.start() >= first), None)
        inner = _pieces(text[first:done].strip("\n"), entry)
        return [Piece(piece.text, piece.fenced, piece.open and done is None) for piece in inner]
    fences = list(_FENCE.finditer(text))
    if not fences:
        return [Piece(text, fenced=False, open=True)]
    blocks: list[Piece] = []
    for place in range(0, len(fences), 2):
        start, end = fences[place], fences[place + 1] if place + 1 < len(fences) else None
        inside = text[start.end() + 1 : end.start() if end else None]
        indented = start[1]
        if indented:  # in a list, say
            inside = re.sub(f"^{indented}", "", inside, flags=re.MULTILINE)
        blocks.append(Piece(inside, fenced=True, open=end is None))
    defining = [block for block in reversed(blocks) if _defines(block.text, entry)]
    others = [block for block in blocks if not _defines(block.text, entry)]
    before = Piece(text[: fences[0].start()], fenced=True, open=False)
    unpaired = [before] if len(fences) % 2 and not fences[0][2].strip() else []
    return [*defining, *unpaired, *sorted(others, key=lambda block: -len(block.text))]


def _forms(piece: Piece, program: Program) -> Iterator[tuple[str, str]]:
    """What a piece may be meant as: what goes before it, and the piece, possibly indented."""
    text, prefix = piece.text, program.prefix
    if _defines(text, program.entry):
        start = _STARTS.search(text)
        bodies = [text, text[start.start() :]] if start and text[: start.start()].strip() else [text]
        for body in bodies:
            if prefix:
                yield f"{prefix}\n", body
            yield "", body
    elif prefix:
        yield prefix, text
        lines = text.strip("\n").split("\n")
        if not lines[0][:1].isspace():
            pad = _indentation(prefix)
            flush = any(line.strip() and not line[0].isspace() for line in lines[1:])
            padded = [f"{pad}{line}" if line.strip() else line for line in lines]
            yield prefix, "\n".join(padded if flush else [padded[0], *lines[1:]])
    elif piece.fenced or _DEFINES.search(text):
        yield "", text


def _indentation(prefix: str) -> str:
    """The white space before a prefix's last line, which belongs to the body of its function."""
    last = prefix.rstrip().rpartition("\n")[2]
    return last[: len(last) - len(last.lstrip())] or "    "


def _defines(text: str, entry: str) -> bool:
    if not entry:
        return _DEFINES.search(text) is not None
    name = re.escape(entry)
    defined = rf"^(?:(?:async )?def|class)[ \t]+{name}\b|^{name}[ \t]*=(?!=)"
    return re.search(defined, text, re.MULTILINE) is not None


def _cut(head: str, tail: str) -> str | None:
    """The beginning of `tail` that compiles after `head`; None if it says nothing."""
    lines, above = tail.split("\n"), head.count("\n")
    for _ in range(_MOST_CUTS):
        text = "\n".join(lines)
        if not text.strip():
            return None
        error = _error(head + text)
        if error is None:
            return text
        lines = lines[: min(error - above, len(lines)) - 1] if error > above else []
    return None


def _error(program: str) -> int | None:
    """The line of a program's first error; 0 if it has no place; None if the program compiles."""
    try:
        compile(program, "answer", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return 0
    return None
