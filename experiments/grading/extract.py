"""Finding the stretch of a completion that holds the final answer."""

import re
from dataclasses import dataclass
from functools import lru_cache

from perturb import Prompt

# Signs of a final answer other than the cue that was asked for; the answer follows them.
_SIGN = re.compile(
    r"\banswer\s*(?:(?:is|would be|should be|must be)\b\s*:?|[:=])|####|\\boxed\s*(?=\{)", re.IGNORECASE
)
# A lead that the model repeats, at the start of an answer.
_LEAD = re.compile(r"(?:a|(?:the\s+)?(?:final\s+|correct\s+)?answer)\s*:\s*", re.IGNORECASE)
_BOLD = re.compile(r"(?<!\d)\*\*|\*\*(?!\d)")  # 2**3 is none
_REFUSAL = re.compile(
    r"""
    \s*(?:(?:i['’]m|i\ am|we['’]re)\ (?:very\ |so\ |really\ )?sorry\b[,.]?\s*(?:but\s+)?
        |sorry\b[,.]?\s*(?:but\s+)? |unfortunately,?\s+ |i\ apologi[sz]e\b[,.]?\s*(?:but\s+)?
        |as\ an?\ (?:ai|artificial|language)\b[^.\n]{0,60}?,\s*)*
    (?:i|we)\s*(?:can(?:not|['’]t|\ not)|(?:['’]m|\ am|['’]re|\ are)\ (?:unable|not\ able|not\ allowed)\ to
        |\ (?:won['’]t|will\ not|must\ decline\ to|do\ not\ feel\ comfortable|don['’]t\ feel\ comfortable))
    \s*(?:to\ )?
    (?:answer|assist|comply|provide|fulfil|respond|discuss|engage|help\ (?:you|with)|do\ that|share|offer
        |give\ (?:you|an)|continue\ with|giving|providing|answering|discussing)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a completion states its final answer.

    Attributes:
        line: One line of text, without white space around it; not empty.
        signed: Whether it follows the cue or another sign of a final answer; if not, it is where the answer
            was to be expected.
        open: Whether it runs to the end of the completion, so that a token limit may have cut it.
    """

    line: str
    signed: bool
    open: bool


def body(text: str, prompt: Prompt) -> str:
    """A completion without what is not its answer.

    Left out: a reasoning model's thoughts (all before the last "</think>"; everything, if they never end),
    emphasis in Markdown, and a next question (what follows a stop string that the engine did not heed).
    """
    if "<think>" in text or "</think>" in text:
        text = text.rpartition("</think>")[2]
        if "<think>" in text:
            return ""
    for stop in prompt.stop:
        text = text.partition(stop)[0]
    return _BOLD.sub("", text) if "**" in text else text


def final(text: str, prompt: Prompt) -> Stretch | None:
    """Where a completion states its final answer.

    If a final sentence was asked for (the prompt has a cue): what follows the last cue that something
    follows, else the last other sign ("answer is", "answer:", "####", a LaTeX box); else None. If not, and
    the prompt is a chat: the same for signs, else the first line. In a text to continue the answer is
    expected at once, and signs further down may belong to a next question: the first line.

    A first line that only announces ("Here is the answer:") is joined by the next one.

    Args:
        text: A completion's `body`.
        prompt: What was asked.
    """
    cue = prompt.cue
    if cue is not None:
        return _after(_cue(cue), text) or _after(_SIGN, text)
    if prompt.form == "chat":
        return _after(_SIGN, text) or first_line(text)
    return first_line(text)


def first_line(text: str) -> Stretch | None:
    """The first line that is not empty, or the second if the first only announces; None in an empty text."""
    start = text.lstrip()
    line, end, rest = start.partition("\n")
    if line.rstrip().endswith(":") and rest.strip():
        line, end, _ = rest.lstrip().partition("\n")
    line = line.strip()
    return Stretch(line, signed=False, open=not end) if line else None


def without_lead(line: str) -> str:
    """A line without the answer's lead ("A:", "Answer:"), which models like to repeat."""
    lead = _LEAD.match(line)
    return line[lead.end() :] if lead and lead.end() < len(line) else line


def last_line(text: str) -> Stretch | None:
    """The last line that is not empty; None in an empty text."""
    line = text.rstrip().rpartition("\n")[2].strip()
    return Stretch(line, signed=False, open=not text.endswith("\n")) if line else None


def refuses(text: str) -> bool:
    """Whether a completion begins with a clear refusal; "I don't know" is an answer, if a wrong one."""
    return _REFUSAL.match(text) is not None


@lru_cache(maxsize=64)
def _cue(cue: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in cue.split())
    before = r"\b" if cue[0].isalnum() else ""
    after = r"\b" if cue[-1].isalnum() else ""
    return re.compile(before + words + after, re.IGNORECASE)


def _after(sign: re.Pattern[str], text: str) -> Stretch | None:
    """The rest of the line after the last occurrence that something follows."""
    for match in reversed(list(sign.finditer(text))):
        rest = text[match.end() :].lstrip(" \t\n\r:=")
        line, end, _ = rest.partition("\n")
        if line.strip():
            return Stretch(line.strip(), signed=True, open=not end)
    return None
