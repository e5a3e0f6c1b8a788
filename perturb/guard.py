"""The guard: is a perturbed draft still the same question, with the same right answer?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace

from rapidfuzz.distance import Levenshtein

from .draft import Draft
from .exemplars import clashes
from .item import Item
from .placeholders import parts
from .template import Template, render
from .variant import Perturbation, Touches
from .wording import asks, figures, literals, missing, names, negations, occurrences, program, weighty

_FIELDS = tuple(field.name for field in fields(Item))
_MAY_CHANGE: dict[Touches, frozenset[str]] = {
    "question": frozenset(("question",)),
    "choices": frozenset(("choices", "gold", "golds")),
}
_PARTS = (
    ("template", "template", "another template"),
    ("exemplars", "exemplars", "other exemplars"),
    ("exemplar_formats", "exemplars", "exemplars in another format"),
)
_WHAT = {"id": "another id", "answers": "other references"}
# Families that add no words of their own, so that a new negation is a slip.
_SAME_WORDS = frozenset(("characters", "words", "fairness", "rewriting"))
_VERDICTS = frozenset(("true", "false", "yes", "no"))  # which say nothing where they stand in passing


SAME = "identical to the original"  # what is said of a variant in which nothing differs


def objections(before: Draft, after: Draft, perturbation: Perturbation) -> tuple[str, ...]:
    """What speaks against a variant; empty if nothing does.

    A perturbation that leaves out options or exemplars says so in what its severity means ("share of the
    wrong options left out"). One that does not preserve meaning is not asked for what a question must keep,
    nor for exemplars that are right.

    Args:
        before: The original, which renders.
        after: What a perturbation made of it.
        perturbation: Which one.

    Returns:
        Reasons in words: anything changed that the perturbation does not touch; another right option; of a
        question, a lost or changed number, negation, placeholder, piece of code, reference or, if it held all
        of them, word of the first reference; a gained negation or reference; of one written anew, lost names
        or question marks and gained numbers; options lost, or two that became
        one; a template that no longer renders, or shows less than it did; an exemplar that is asked itself;
        more edits than the perturbation's bound; or no difference at all.
    """
    found = list(_elsewhere(before, after, perturbation))
    if perturbation.touches == "question":
        found.extend(_question(before, after, perturbation))
    elif perturbation.touches == "choices":
        found.extend(_choices(before, after, perturbation))
    elif perturbation.touches == "template":
        found.extend(_template(before, after))
    elif perturbation.touches == "exemplars":
        found.extend(_exemplars(before, after, perturbation))
    if found:
        return tuple(found)
    if _alike(before, after, perturbation):
        return (SAME,)
    rate = realised(before, after, perturbation)
    if rate > perturbation.bound:
        return (f"{rate:.2f} edits a character, at most {perturbation.bound:g} allowed",)
    return ()


def realised(before: Draft, after: Draft, perturbation: Perturbation) -> float:
    """Character edits (Levenshtein) of the touched text, as a share of the original's length.

    Of a template, the first is taken that differs: the prompt with one worked example, the prompt with all of
    them, or what is said only with chain of thought. Of worked examples that are only written in another
    format, it is the prompt with all of them.
    """
    for old, new in _views(before, after, perturbation):
        if old != new:
            # The hint only makes it faster: most variants are near.
            return Levenshtein.distance(old, new, score_hint=len(old) // 10) / max(1, len(old))
    return 0.0


def _views(before: Draft, after: Draft, perturbation: Perturbation) -> Iterator[tuple[str, str]]:
    """Texts to compare, each made only if those before it are the same."""
    yield touched(before, perturbation), touched(after, perturbation)
    if perturbation.touches == "template":
        if len(before.exemplars) > 1:
            yield _text(before), _text(after)
        yield _worked(before.template), _worked(after.template)
    elif before.exemplar_formats != after.exemplar_formats:
        yield _text(before), _text(after)


def _worked(template: Template) -> str:
    return "\n".join((template.instruction_cot, template.answer_cot, template.final))


def touched(draft: Draft, perturbation: Perturbation) -> str:
    """The text that a perturbation changes.

    That is the question, the options, the worked examples, or for a template the prompt with the first of
    its worked examples, in which most of a template shows.

    Raises:
        ValueError: The draft cannot be rendered.
    """
    if perturbation.touches == "question":
        return draft.item.question
    if perturbation.touches == "choices":
        return "\n".join(draft.item.choices)
    if perturbation.touches == "exemplars":
        return "\n\n".join(map(_shown, draft.exemplars))
    return _text(_one_shot(draft))


def _shown(exemplar: Item) -> str:
    right = [exemplar.choices[index] for index in exemplar.right] or exemplar.answers[:1]
    return "\n".join((exemplar.passage, exemplar.question, *exemplar.choices, *right, exemplar.solution))


def _one_shot(draft: Draft) -> Draft:
    return replace(draft, exemplars=draft.exemplars[:1], exemplar_formats=draft.exemplar_formats[:1])


def _text(draft: Draft) -> str:
    return draft.prompt(cot=False, form="completion").text or ""


def _alike(before: Draft, after: Draft, perturbation: Perturbation) -> bool:
    """Whether nothing differs in any form of the prompt."""
    if perturbation.touches == "exemplars":
        same = before.exemplars == after.exemplars
        return same and before.exemplar_formats == after.exemplar_formats
    if any(old != new for old, new in _views(before, after, perturbation)):
        return False
    return before.template.system == after.template.system


def _elsewhere(before: Draft, after: Draft, perturbation: Perturbation) -> Iterator[str]:
    """Changes of what the perturbation does not touch."""
    touches = perturbation.touches
    old, new = before.item, after.item
    if new is not old:
        may = _MAY_CHANGE.get(touches, frozenset())
        for name in _FIELDS:
            told = name == "language" and perturbation.keeps != "wording"
            if getattr(old, name) != getattr(new, name) and name not in may and not told:
                yield _WHAT.get(name, f"another {name}")
    # Most drafts share template and exemplars, which are not compared then: `is` comes first.
    for part, belongs, name in _PARTS:
        one, other = getattr(before, part), getattr(after, part)
        if touches != belongs and one is not other and one != other:
            yield name


def _question(before: Draft, after: Draft, perturbation: Perturbation) -> Iterator[str]:
    """What a question must keep: numbers, code, references and polarity."""
    old, new = before.item.question, after.item.question
    if old.strip() and not new.strip():
        yield "nothing left of the question"
    if not perturbation.preserves or perturbation.keeps == "nothing":
        return
    if perturbation.keeps == "figures":
        for lost in (figures(old) - figures(new)).elements():
            yield f"lost {lost!r}"
        yield from _references(before.item, old.casefold(), new.casefold())
        return
    for lost in missing(literals(old), literals(new)):
        yield f"lost {lost!r}"
    words, words_after = weighty(old), weighty(new)
    if words != words_after:
        for lost in missing(words, words_after):
            yield f"lost {lost!r}"
        if perturbation.family in _SAME_WORDS:
            for gained in missing(negations(words_after), negations(words)):
                yield f"gained {gained!r}"
    if perturbation.family == "rewriting":
        yield from _anew(old, new)
    if before.template.answer_type == "code":
        for line in missing(program(before.item, old), program(before.item, new)):
            yield f"changed the code {line!r}"
    yield from _references(before.item, old.casefold(), new.casefold())


def _anew(old: str, new: str) -> Iterator[str]:
    """What a question that was written anew must keep as well: that it asks, its names and figures."""
    if asks(old) and not asks(new):
        yield "asks nothing any more"
    for gained in (figures(new) - figures(old)).elements():
        yield f"gained {gained!r}"
    folded = new.casefold()
    for name in dict.fromkeys(names(old)):
        if not occurrences(folded, name.casefold()):
            yield f"lost the name {name!r}"


def _references(item: Item, old: str, new: str) -> Iterator[str]:
    """References that the question held and lost, and those that it now gives away. Texts are folded."""
    for reference in item.choices or item.answers:
        plain = reference.strip().casefold()
        if not (plain in old or plain in new) or (len(plain) < 2 and plain.isascii()):
            continue  # of single letters, "a" is an article far more often than an answer
        there, then = occurrences(old, plain), occurrences(new, plain)
        if then < there:
            yield f"lost the reference {reference!r}"
            return
        if then > there == 0 and len(plain) > 2 and plain not in _VERDICTS and reference in item.answers:
            yield f"gives away the reference {reference!r}"
            return
    first = item.answers[0].casefold() if item.answers else ""
    words = first.split()
    # "Sort these words": they stand in the question, but not as the answer has them.
    if (
        len(words) > 1
        and words[0] in old
        and first not in old
        and set(listed := old.split()).issuperset(words)
    ):
        for word in words:
            if occurrences(new, word) < listed.count(word):
                yield f"lost {word!r} of the reference {item.answers[0]!r}"
                return


def _leaves_out(perturbation: Perturbation) -> bool:
    return "left out" in perturbation.severity


def _choices(before: Draft, after: Draft, perturbation: Perturbation) -> Iterator[str]:
    old, new = before.item, after.item
    right = [sorted(item.choices[index] for index in item.right) for item in (old, new)]
    if perturbation.preserves and right[0] != right[1]:
        yield "another right option"
    if len(new.choices) < len(old.choices) and not _leaves_out(perturbation):
        yield f"{len(new.choices)} of {len(old.choices)} options left"
    same = [
        len(item.choices) - len({text.strip().casefold() for text in item.choices}) for item in (old, new)
    ]
    if same[1] > same[0]:
        yield "two options are the same"
    if len(after.template.labels) < len(new.choices):
        yield f"{len(new.choices)} options and {len(after.template.labels)} labels"


def _template(before: Draft, after: Draft) -> Iterator[str]:
    """What a template must keep, beyond what it checks itself when it is made."""
    old, new = before.template, after.template
    if old.answer_type != new.answer_type:
        yield f"asks for {new.answer_type} answers"
    try:
        prompt = render(new, after.item, after.exemplars[:1], cot=False, form="completion")
    except ValueError as error:
        yield f"does not render: {error}"
        return
    for field in ("question", "gold", "instruction", "instruction_cot"):
        for name in sorted(_names(old, field) - _names(new, field)):
            yield f"{field} shows no {{{name}}}"
    for field in ("answer", "answer_cot", "instruction_cot"):
        if getattr(old, field).strip() and not getattr(new, field).strip():
            yield f"{field} is empty"
    known = render(old, before.item, (), cot=False, form="completion").stop
    own = "\n".join((*after.item.answers, *after.item.choices, after.item.solution, after.item.question))
    for stop in prompt.stop:
        if stop not in known and (not stop.strip() or stop in own):
            yield f"stops at {stop!r}"


def _names(template: Template, field: str) -> set[str]:
    return {name for _, name in parts(getattr(template, field)) if name}


def _exemplars(before: Draft, after: Draft, perturbation: Perturbation) -> Iterator[str]:
    old, new = before.exemplars, after.exemplars
    for exemplar in clashes(new, (before.item,)):
        yield f"exemplar {exemplar.id!r} is the item asked"
    if len(new) != len(old) and not _leaves_out(perturbation):
        yield f"{len(new)} exemplars instead of {len(old)}"
    if all(exemplar.solution for exemplar in old) and not all(exemplar.solution for exemplar in new):
        yield "an exemplar without a worked solution"
    try:
        _text(after)
    except ValueError as error:
        yield f"does not render: {error}"
    for template in dict.fromkeys(after.exemplar_templates()):
        written = replace(after, template=template, exemplar_formats=())
        yield from (f"an exemplar's format: {reason}" for reason in _template(before, written))
    if perturbation.preserves:
        known = {exemplar.id: exemplar for exemplar in old}
        for exemplar in new:
            same = known.get(exemplar.id, exemplar)
            if exemplar is not same and Counter(_rights(exemplar)) != Counter(_rights(same)):
                yield f"exemplar {exemplar.id!r} has another answer"


def _rights(item: Item) -> list[str]:
    return [item.choices[index] for index in item.right] or list(item.answers)
