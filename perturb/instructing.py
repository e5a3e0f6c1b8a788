"""Giving a template another instruction, which says of the items what the old one says of them."""

import re
from dataclasses import replace

from .enumerators import ENUMERATORS, enumerator_of
from .placeholders import fill, parts
from .template import Template

_CLAUSE = re.compile(r"(?<=[.!?:;])\s+")
_MARK = re.compile(r"\[[A-Z_]+\]")  # [BEGIN]: an instruction may explain it, and only it can
_LATIN = 0x24F  # the last letter of the Latin blocks


def paraphrasable(template: Template) -> bool:
    """Whether an English instruction may stand before a template's questions.

    Not if the template's own words are in another script: it would be a translation. Not if options are not
    shown, so that none can be named.
    """
    texts = (
        template.instruction,
        template.instruction_cot,
        template.question,
        template.answer,
        template.final,
    )
    foreign = any(letter.isalpha() and ord(letter) > _LATIN for text in texts for letter in text)
    return not foreign and (template.answer_type != "choice" or "options" in _names(template.question))


def instructed(template: Template, opening: str, ending: str, thinking: str) -> Template:
    """A template with another instruction, with chain of thought on and off.

    Args:
        template: The template.
        opening: What the new instruction begins with.
        ending: How it goes on. Like the others, it may hold {mark} and {how}.
        thinking: The same with chain of thought on; may hold {cue} too. Only used where there is such a form.

    Returns:
        The template. Its instruction keeps the old one's topic, explanations of marks such as [BEGIN], wish
        for the question's language and, in a program, the sign of a comment; and says of options that they
        are endings or fill a blank where the old one does.
    """
    values = {"cue": template.cue, "mark": _mark(template), "how": _how(template)}

    def written(old: str, last: str) -> str:
        pieces = [_literal(fill(opening, values)), *_kept(template, old), _literal(fill(last, values))]
        return ("# " if old.startswith("#") else "") + " ".join(piece for piece in pieces if piece)

    new = replace(template, instruction=written(template.instruction, ending))
    if not template.answer_cot:
        return new
    return replace(new, instruction_cot=written(template.instruction_cot, thinking))


def clauses(text: str) -> list[str]:
    """A text's clauses, each up to a full stop, a question or exclamation mark, a colon or a semicolon."""
    return _CLAUSE.split(text)


def _kept(template: Template, old: str) -> list[str]:
    """Sentences for what only the old instruction says."""
    found: list[str] = []
    if "topic" in _names(old):
        # A task's description is a sentence, a subject is a name.
        found.append("{topic}" if template.answer_type == "exact" else "The questions are about {topic}.")
    if template.answer_type == "choice":
        if re.search(r"\bblank\b", old):
            found.append("Each option could fill the blank.")
        elif re.search(r"\bending|\bcontinu", old):
            found.append("The options are endings of the text.")
    found += [clause[:1].upper() + clause[1:] for clause in clauses(old) if _MARK.search(clause)]
    if re.search(r"\blanguage\b", old):
        found.append("Use the language of the question.")
    return found


def _names(pattern: str) -> list[str]:
    return [name for _, name in parts(pattern)]


def _mark(template: Template) -> str:
    """What the option labels are called."""
    name = enumerator_of(template)
    return ENUMERATORS[name].noun if name else "label"


def _how(template: Template) -> str:
    """How a formula is written where the template's exemplars answer with one."""
    shown = fill(template.gold, {"text": "...", "label": "..."})
    return "in LaTeX" if shown == "..." else f"as {shown}"


def _literal(text: str) -> str:
    """A text as a pattern: its braces are no placeholders."""
    return text.replace("{", "{{").replace("}", "}}")
