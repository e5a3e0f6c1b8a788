"""Reading an option's label as a model wrote it."""

import re
from functools import lru_cache

from .match import halfwidth as halfwidth
from .match import option_text, option_texts

_VERDICT = re.compile(
    r"\s+(?:(?:is|was)\s+(?:the\s+)?(?:correct|right|best|answer|true)|because\b|since\b)", re.IGNORECASE
)


def at_start(text: str, labels: tuple[str, ...], choices: tuple[str, ...]) -> int | None:
    """The option whose label a text begins with.

    A label counts when something sets it apart: brackets, ")", ".", ":" or "," after it, the end of the line,
    a dash, "is correct", or its own option's text; in Chinese also "B项", "B是正确的" and "B、". "A dog" is
    an article, "B vitamins" and "B型血" are words, "A and C", "(A) or (B)", "A和C" and "AC" no decision.
    Bracketed or alone, the letter case does not matter.

    Args:
        text: Begins where the label is expected.
        labels: The labels shown.
        choices: The options' texts, one a label.

    Returns:
        The option's index, or None.
    """
    patterns = _patterns(labels)
    match = patterns.start.match(text)
    if not match:
        return None
    index = patterns.index[match["label"].casefold()]
    rest = match["rest"].partition("\n")[0].lstrip("\"'`*")
    own = option_texts(choices)[index]
    follows = any(_begins(option_text(rest.lstrip(marks)), own) for marks in (" .:,;、。)]", " .:,;-、。)]"))
    if denied(match["rest"]) and not follows:
        return None
    if patterns.hedge.match(match["rest"]) and not (follows and len(own) > 1 and rest[:1] in ".:、"):
        return None
    if not rest.strip(_MARKS) or rest[0] in ")]}>】」》。":
        return index
    if rest[0] in ".:,;" and rest[1:2].isspace():
        return index
    if match["label"] != labels[index]:
        return None  # "a dog" where the labels are capitals
    if _DASH.match(rest) or _VERDICT.match(rest) or _CHINESE.match(rest):
        return index
    return index if follows else None


def _begins(text: str, own: str) -> bool:
    return bool(own) and text.startswith(own) and not text[len(own) : len(own) + 1].isalnum()


def denied(text: str) -> bool:
    """Whether a text, right after a label, says that this is not it ("is wrong", "项错误")."""
    return _DENIED.match(text) is not None


def after_sign(text: str, labels: tuple[str, ...], choices: tuple[str, ...]) -> int | None:
    """The first option that a text names as its answer: "answer is B", "option (B)", "I pick B", "故选B"."""
    for match in NAMED.finditer(text):
        found = at_start(text[match.end() : match.end() + _REACH], labels, choices)
        if found is not None:
            return found
    return None


def in_brackets(text: str, labels: tuple[str, ...]) -> set[int]:
    """The options whose bracketed labels a text holds and does not deny ("not (B)", "(B) is wrong")."""
    patterns = _patterns(labels)
    return {
        patterns.index[match["label"].casefold()]
        for match in patterns.bracket.finditer(text)
        if not denied(text[match.end() : match.end() + _REACH])
    }


_REACH = 1000  # characters read after a sign: enough for a label and its option's text
_DASH = re.compile(r"\s+[-–—=(]|[–—]")
# A statement's subject in Chinese, after the label: "B项", "B选项的说法是".
_ITEM = r"\s*(?:选?项\s*)?(?:的?(?:说法|表述|描述))?(?:都|均|也)?(?:是|为)?"
_RIGHT = r"(?:正确|对的|最佳|符合|成立|答案)"
_WRONG = r"(?:错误|错的?(?!\w)|误|有误|不(?:正确|对|符合|成立|选|是|准确|恰当|合适))"
_DENIED = re.compile(
    rf"[)\]}}>]?\s+(?:is|are|was)\s+(?:not|wrong|incorrect|false)\b|[)\]}}>】」]?(?![^\S\n]*\n){_ITEM}{_WRONG}",
    re.IGNORECASE,
)
_MARKS = ".,;!?)]}> \t。、！？】」》"
# What sets a label apart in Chinese, where no space follows it.
_CHINESE = re.compile(rf"{_ITEM}{_RIGHT}|\s*选?项(?!目)|、|[。.,;:](?=[\u3400-\u9fff])")
# No word goes on here; Chinese and Japanese leave no space.
WORD_END = r"(?![^\W\u3040-\u30ff\u3400-\u9fff])"
_TEXT = r"(?:\\(?:text|textbf|mathrm|mathbf)\s*\{\s*\(?)?"  # LaTeX: \boxed{\text{B}}
# What announces a label.
NAMED = re.compile(
    rf"""
    \b(?: (?:answer|option|choice|letter)\b (?:\s+(?:is|would\ be|should\ be|must\ be))?
        | (?:i|i['’]d|would|will|to)\s+(?:choose|pick|select|go\ with)
        | it\s+is | it['’]s )
    \s*:?\s* (?:(?:option|choice|letter|answer)\b\s*:?\s*)?
    | (?: 答案\s*(?:(?:应该|应当|应|就|只能)?[是为為选選])?
        | (?<![不误])(?<!不[能应可会该])[选選](?:[择擇]|项(?=\W?\w{{1,2}}\W?{_ITEM}{_RIGHT}))?(?!项)
        | (?:因此|所以|故|综上(?:所述)?)\s*(?:,\s*)?(?=\W?\w{{1,2}}\W?{_ITEM}{_RIGHT}) )
    \s*】?\s*:?\s* (?:选?项\s*:?\s*)?
    | \\boxed\s*(?=\{{)
    """,
    re.VERBOSE | re.IGNORECASE,
)


class _Patterns:
    """The patterns for one set of labels."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.index = {label.casefold(): index for index, label in enumerate(labels)}
        longest_first = sorted(labels, key=len, reverse=True)
        one = "|".join(re.escape(label) for label in longest_first)
        self.start = re.compile(
            rf"[\s\"'`*]*(?:选项[\s:]*)?(?:[(\[{{<【「]\s*)?{_TEXT}(?P<label>{one}){WORD_END}(?P<rest>.*)",
            re.IGNORECASE | re.DOTALL,
        )
        self.hedge = re.compile(
            rf"[)\]}}>】」.]?\s*(?:选?项\s*)?(?:,|/|&|\band\b|\bor\b|[、和与與或及])\s*(?:选?项)?"
            rf"[(\[{{<【「]?(?:{one}){WORD_END}"
        )
        self.bracket = re.compile(
            rf"(?<!\bnot )(?<!不[选是])[(\[【「](?P<label>{one})[)\]】」]", re.IGNORECASE
        )


@lru_cache(maxsize=256)
def _patterns(labels: tuple[str, ...]) -> _Patterns:
    return _Patterns(labels)
