"""Finding the stretch of a completion that holds the final answer."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from perturb import Prompt

# Signs of a final answer other than the cue that was asked for, each with a word it holds; the answer follows
# them. Some translations of "Step-by-Step Answer:" end like one and begin a solution instead.
_SIGNS = tuple(
    (word, re.compile(pattern, re.IGNORECASE))
    for word, pattern in (
        ("answer", r"(?<!-step )\banswer\s*(?:(?:is|would be|should be|must be)\b\s*:?|[:=：＝])"),
        ("####", r"####"),
        (r"\boxed", r"\\boxed\s*(?=\{)"),
        ("答案", r"答案\s*(?:(?:应该|应当|应|就|只能)?[是为為选選]|[:：=＝】])"),  # Chinese
        (
            "选",
            r"(?:[故应]|本题|此题|因此|所以)(?:应该?)?选择?(?=[\s:：(（【]{0,9}(?:选项)?[\s:：(（【]{0,9}[a-z])",
        ),
        ("答", r"(?<![\u3400-\u9fff])答\s*[:：]"),
        ("え", r"答えは|(?<!ごとの)答え\s*[:：]"),  # Japanese
        ("উত্তর", r"উত্তর(?:টি)?\s*(?:হলো|হল|হবে|হচ্ছে)|(?<!ধাপে )উত্তর\s*[:=ঃ]"),  # Bengali
        ("సమాధానం", r"సమాధానం\s*(?=[$₹]?[-−]?\d)|(?<!గా )సమాధానం\s*[:=]"),  # Telugu, without a verb
        ("คำตอบ", r"คำตอบ(?:สุดท้าย|ที่ถูกต้อง)?\s*(?:คือ|[:=])"),  # Thai
        ("antwort", r"(?<!-)\bantwort\s*(?:(?:ist|lautet|wäre)\b|[:=])"),
        ("respuesta", r"\brespuesta(?:\s+(?:final|correcta))?\s*(?:(?:es|sería)\b|[:=])"),
        ("réponse", r"\bréponse(?:\s+(?:finale|correcte))?\s*(?:(?:est|serait)\b|[:=])"),
        ("ответ", r"\bответ\s*(?:равен\b|[:=—]|[-–](?=\s))"),
        ("jibu", r"\bjibu(?:\s+(?:sahihi|la\s+mwisho))?\s*(?:ni\b|[:=])"),  # Swahili
    )
)
# A lead that the model repeats, at the start of an answer.
_LEAD = re.compile(
    r"(?:a|(?:the\s+)?(?:final\s+|correct\s+)?answer|(?:正确|最终)?答案|回?答|答え|正解|উত্তর|సమాధానం|คำตอบ"
    r"|antwort|respuesta|réponse|ответ|jibu)\s*[:：]\s*|【(?:正确)?答案】\s*[:：]?\s*",
    re.IGNORECASE,
)
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
    | \s*(?:(?:很|非常|十分)?(?:抱歉|对不起|遗憾)[，,。！!]?\s*)?(?:但是?)?(?:作为[^，,。\n]{0,40}[，,]\s*)?
      我(?:无法|不能|没有?办法)(?:直接|为您?你?)?(?:回答|提供|协助|帮助|满足|讨论|参与)
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
        after: What follows the line, for answers of several lines.
    """

    line: str
    signed: bool
    open: bool
    after: str = field(default="", compare=False, repr=False)


def body(text: str, prompt: Prompt, *, raw: bool = False) -> str:
    """A completion without what is not its answer.

    Left out: a reasoning model's thoughts (all before the last "</think>"; everything, if they never end),
    emphasis in Markdown, and a next question (what follows a stop string that the engine did not heed).

    Args:
        text: What the model wrote.
        prompt: What was asked.
        raw: Whether to leave the Markdown: in code, asterisks are no emphasis.
    """
    if "<think>" in text or "</think>" in text:
        text = text.rpartition("</think>")[2]
        if "<think>" in text:
            return ""
    for stop in prompt.stop:
        text = text.partition(stop)[0]
    return _BOLD.sub("", text) if "**" in text and not raw else text


def final(text: str, prompt: Prompt) -> Stretch | None:
    """Where a completion states its final answer.

    If a final sentence was asked for (the prompt has a cue): what follows the last cue that something
    follows, else the last other sign ("answer is", "answer:", "####", a LaTeX box; the like in Chinese and in
    the languages of MGSM); else None. If not, and the prompt is a chat: the same for signs, else the first
    line. In a text to continue the answer is expected at once, and signs further down may belong to a next
    question: what follows a sign on the first line, else that line.

    A first line that only announces ("Here is the answer:") is joined by the next one.

    Args:
        text: A completion's `body`.
        prompt: What was asked.
    """
    cue = prompt.cue
    if cue is not None:
        return _after(_cue(cue).finditer(text), text) or _after(_signs(text), text)
    if prompt.form == "chat":
        return _after(_signs(text), text) or first_line(text)
    first = first_line(text)
    signed = _after(_signs(first.line), first.line) if first else None
    return replace(signed, open=first.open, after=first.after) if first and signed else first


def first_line(text: str) -> Stretch | None:
    """The first line that is not empty, or the second if the first only announces; None in an empty text."""
    start = text.lstrip()
    line, end, rest = start.partition("\n")
    if line.rstrip().endswith((":", "：")) and rest.strip():
        line, end, rest = rest.lstrip().partition("\n")
    line = line.strip()
    return Stretch(line, signed=False, open=not end, after=rest) if line else None


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


# Scripts that leave no space between words, so that a word may stand right beside the cue: Thai, Japanese,
# Chinese.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@lru_cache(maxsize=64)
def _cue(cue: str) -> re.Pattern[str]:
    words = r"\s+".join("".join(map(_either_width, word)) for word in cue.split())
    before, after = (r"\b" if end.isalnum() and not _UNSPACED.match(end) else "" for end in (cue[0], cue[-1]))
    return re.compile(before + words + after, re.IGNORECASE)


def _either_width(character: str) -> str:
    """A pattern for a character; for punctuation as it is and as in Chinese text ("：")."""
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) != 1 or not "!" <= plain <= "~" or plain.isalnum():
        return re.escape(character)
    return f"[{re.escape(plain)}{chr(ord(plain) + 0xFEE0)}]"


def _signs(text: str) -> list[re.Match[str]]:
    """The signs of a final answer in a text, in their order."""
    small = text.casefold()
    found = [match for word, sign in _SIGNS if word in small for match in sign.finditer(text)]
    return sorted(found, key=lambda match: match.end())


def _after(signs: Iterable[re.Match[str]], text: str) -> Stretch | None:
    """The rest of the line after the last sign that something follows."""
    for match in reversed(list(signs)):
        rest = text[match.end() :].lstrip(" \t\n\r:=：＝\u3000\u00a0")
        line, end, rest = rest.partition("\n")
        if line.strip():
            return Stretch(line.strip(), signed=True, open=not end, after=rest)
    return None
