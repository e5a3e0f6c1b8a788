"""The fields of a template: their descriptors and what stands between them, found and rewritten."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from .enumerators import relabelled
from .placeholders import parts
from .template import Template

# A descriptor is up to four words before a colon or a dash: "Question: ", "Q:", "The answer is:", "题目：".
_NAME = r"(?P<name>[^\W\d_]+(?: [^\W\d_]+){0,3})"
_FIELD = re.compile(_NAME + r"(?P<separator>\s*[:：]+\s*|\s+-\s+)")
_OPTION = re.compile(
    rf"(?:{_NAME}(?P<gap>\s*))?"
    r"(?P<open>[(\[<]?)\{label\}(?P<close> ?[)\].>]|)(?P<separator>[^{}]*)\{text\}(?P<rest>[^{}]*)"
)
CASINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "title": str.title,
    "upper": str.upper,
    "lower": str.lower,
}


@dataclass(frozen=True, slots=True)
class Format:
    r"""How a template's fields are written. None leaves what the template has.

    Attributes:
        separator: Between a field's descriptor and its text: ": " in "Question: Who?".
        space: Between fields: passage, question, options and answer.
        casing: Letter case of the descriptors, a name in `CASINGS`.
        gap: Between the descriptor of an option and its label: " " in "Option (A)".
        wrapper: An option's label with what is around it: "({label})".
        numbering: Kind of labels, a name in `enumerators.ENUMERATORS`.
        listing: Between an option's label and its text, and between two options: (" ", "\n").
    """

    separator: str | None = None
    space: str | None = None
    casing: str | None = None
    gap: str | None = None
    wrapper: str | None = None
    numbering: str | None = None
    listing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a template a format can change.

    Attributes:
        fields: Descriptors of the question, of the options and of the answer, as far as it has them.
        item: The descriptor of one option; empty if it has none.
        opens: Whether the question begins with words by which it is recognised.
        joints: Whether something stands between two fields.
        options: Whether options are listed.
        label: Whether an option is a label and then a text, with nothing but brackets and separators.
    """

    fields: tuple[str, ...]
    item: str
    opens: bool
    joints: bool
    options: bool
    label: bool


@lru_cache(maxsize=256)
def layout(template: Template) -> Layout:
    """The fields of a template."""
    pieces = parts(template.question)
    names = [name for _, name in pieces]
    listed = names[:2] == ["question", "options"]
    options = "options" in names
    option = _OPTION.fullmatch(template.option) if options else None
    found = (
        _FIELD.fullmatch(pieces[0][0]) if names[0] == "question" else None,
        _FIELD.fullmatch(pieces[1][0].lstrip()) if listed else None,
        _FIELD.match(_plain(template.answer)),
    )
    return Layout(
        fields=tuple(match["name"] for match in found if match),
        item=(option["name"] or "") if option else "",
        opens=bool(pieces[0][0].strip()),
        joints=bool(template.answer) or listed,
        options=options,
        label=option is not None,
    )


@lru_cache(maxsize=1024)
def apply(form: Format, template: Template) -> Template:
    """Writes a template in a format.

    The descriptors of a passage and of an answer with chain of thought are written like the others, the
    labels in an exemplar's answer like those of the options, and a stop string that begins with the passage's
    descriptor follows it. A separator's white space after the answer's descriptor goes into the gap, since a
    text to continue does not end with white space; before code it is left out, where it has a meaning.

    Args:
        form: The format; what it sets and the template lacks has no effect.
        template: The template.

    Returns:
        The template; itself if the format sets nothing.
    """
    changed = template if form.numbering is None else relabelled(template, form.numbering)
    changed = replace(changed, question=_question(form, changed), **_passage(form, changed))
    changed = replace(changed, **_answer(form, changed), **_option(form, changed))
    return changed if changed != template else template


def _question(form: Format, template: Template) -> str:
    pieces = list(parts(template.question))
    if pieces[0][1] != "question":
        return template.question
    pieces[0] = (_field(form, pieces[0][0]), "question")
    if len(pieces) > 1 and pieces[1][1] == "options":
        header, request = pieces[1][0], pieces[2][0] if len(pieces) > 2 else ""
        pieces[1] = (_space(form, header) + _field(form, header.lstrip()), "options")
        if request.strip():
            pieces[2] = (_space(form, request) + request.lstrip(), "")
    return _pattern(pieces)


def _passage(form: Format, template: Template) -> dict[str, str | tuple[str, ...]]:
    pieces = list(parts(template.passage))
    old = pieces[0][0]
    new = _field(form, old)
    pieces[0] = (new, "passage")
    if len(pieces) > 1 and not pieces[-1][0].strip():
        pieces[-1] = (_space(form, pieces[-1][0]), "")
    elif len(pieces) == 1:
        pieces.append((_space(form, ""), ""))
    # A bare word ("\nPassage") could begin any line: there the white space after it stays.
    start = new.strip() if not new.strip()[-1:].isalnum() else new.lstrip()
    stop = tuple("\n" + start if old.strip() and one == "\n" + old.strip() else one for one in template.stop)
    return {"passage": _pattern(pieces), "stop": stop if new != old else template.stop}


def _answer(form: Format, template: Template) -> dict[str, str]:
    turn = template.turn if form.space is None or not template.answer else form.space
    lead = _field(form, _plain(template.answer), whole=False)
    worked = _field(form, _plain(template.answer_cot), whole=False).rstrip()
    bare = form.separator is not None and _FIELD.fullmatch(_plain(template.answer))
    gap = template.gap
    if bare and template.answer_type != "code":
        gap = lead[len(lead.rstrip()) :]
    return {
        "turn": turn,
        "answer": _pattern([(lead.rstrip(), "")]),
        "answer_cot": _pattern([(worked, "")]),
        "gap": gap,
    }


def _option(form: Format, template: Template) -> dict[str, str]:
    between = template.option_separator if form.listing is None else form.listing[1]
    found = _OPTION.fullmatch(template.option)
    if not found or not layout(template).options:
        return {"option_separator": between if layout(template).options else template.option_separator}
    name, gap = found["name"] or "", found["gap"] or ""
    if name:
        name = CASINGS[form.casing or "as it is"](name)
        gap = gap if form.gap is None else form.gap
    wrapped = found["open"] + "{label}" + found["close"]
    label = wrapped if form.wrapper is None else form.wrapper
    text = found["separator"] if form.listing is None else form.listing[0]
    # An exemplar's answer has its label as the options have theirs, unless it is bare; of a label alone only
    # brackets are taken over, since "A), C)" is no answer. What stands between label and text stays, so that
    # an answer does not run over several lines.
    alone = "{text}" not in template.gold and not label.startswith(("(", "[", "<"))
    gold = template.gold
    if wrapped != "{label}" and form.wrapper is not None:
        gold = gold.replace(wrapped, "{label}" if alone else label)
    return {
        "option_separator": between,
        "option": name + gap + label + text + "{text}" + found["rest"],
        "gold": gold,
    }


def _field(form: Format, text: str, *, whole: bool = True) -> str:
    """A text that is a descriptor with its separator, or begins with one, in another format."""
    found = _FIELD.fullmatch(text) if whole else _FIELD.match(text)
    if not found:
        return text
    name = CASINGS[form.casing or "as it is"](found["name"])
    return name + (found["separator"] if form.separator is None else form.separator) + text[found.end() :]


def _space(form: Format, text: str) -> str:
    """What stands between two fields, for the white space that a text begins with."""
    return text[: len(text) - len(text.lstrip())] if form.space is None else form.space


def _plain(pattern: str) -> str:
    """A pattern without placeholders, as the text it stands for."""
    return "".join(text for text, _ in parts(pattern))


def _pattern(pieces: list[tuple[str, str]]) -> str:
    """The pattern of texts and the placeholders that follow them."""
    return "".join(
        text.replace("{", "{{").replace("}", "}}") + (f"{{{name}}}" if name else "") for text, name in pieces
    )
