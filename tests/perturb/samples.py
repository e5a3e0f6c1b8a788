"""Drafts of every kind, for what has to hold whatever is perturbed."""

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from perturb import PERTURBATIONS, AnswerType, Draft, Item, Program, Rewrite, Template

KINDS: tuple[AnswerType, ...] = get_args(AnswerType)
LABELLED = ("choice", "exam")

# What no perturbation of a question that keeps its meaning may alter, and plain words between.
PROTECTED = (
    "`x = y`",
    "$x^{2} + y$",
    "\\frac{a}{b}",
    "{name}",
    "<name>",
    "[MASK]",
    "https://example.org/a_b",
    "me@example.org",
    "snake_case",
    "3.5",
    "1,000",
    "NASA",
    "never",
    "twelve",
)
PLAIN = (
    *("Which", "famous", "mountain", "of", "the", "southern", "country", "lies", "near", "a", "colour"),
    *(
        "because",
        "people",
        "really",
        "do",
        "not",
        "think",
        "about",
        "it",
        "very",
        "big",
        "children",
        "mother",
    ),
    *("doctor", "his", "isn't", "John", "color", "Ouagadougou"),
)
ODD = (
    *("", " ", "x", "I", "\n", "__", "\x00", "\u200b", "?!.,;:", "1 2 3", "A. B. C.", "  padded  "),
    *("👩\u200d👩\u200d👧 🇧🇫 ?", "日本の首都は？", "中国首都北京在哪？", "ما عاصمة مصر؟", "భారతదేశ రాజధాని ఏది?"),
    *("Столица России?", "é", "e\u0301", "a\u00a0b", "\u202eabc", "\ud800 lone surrogate"),
    *("\\frac{1}{2} \\sqrt[3]{x}", "$$\\int_0^1 x dx$$", "%s {} {{0}} }{", "```\ncode\n```"),
    "def f(x):\n    return x  # so\n",
    *("ALL CAPITALS HERE", "O'Neill's dogs' bowls", "w" * 1000, "one " * 300),
)
TYPICAL = (
    "Which famous mountain of the southern country, really, lies near a big river? Children think about it.",
    "John's mother said that he isn't fond of the colour, and that it is not far. Do not think: why?",
    "Mary and her husband do not like the color of the center. They are going to ask people, right?",
    "James could have gone home because he would not be allowed to watch television. Isn't that important?",
)


def template_for(kind: AnswerType, second: bool) -> Template:
    """One of two templates, with every part that a kind of answer can have."""
    labelled = kind in LABELLED
    after = "\n[BEGIN]" if kind == "code" else "\n{options}" * labelled
    return Template(
        name=f"{kind}/test",
        answer_type=kind,
        question=("TASK: {question}" if second else "Question: {question}") + after,
        answer="" if kind in ("word", "code", "text") and not second else "Answer:",
        answer_cot="ANSWER: Let's think it through." if second else "Answer: Let's think step by step.",
        passage="Passage: {passage}\n",
        instruction="Answer the following question." + " Be brief." * second,
        instruction_cot="Answer the following question. Think step by step, then state the answer.",
        labels=tuple("123456789" if second else "ABCDEFGHI") if labelled else (),
        option_separator="; " if second else "\n",
        gold="({label}) {text}" if labelled else "{text}",
    )


ANSWERS: dict[str, tuple[str, ...]] = {
    "short": ("Ouagadougou", "Accra", "Bamako"),
    "number": ("3.5", "12", "7"),
    "expression": ("\\frac{a}{b}", "x^2", "\\pi"),
    "exact": ("(B)", "(C)", "(A)"),
    "span": ("Ouagadougou", "about 12 men", "mountain"),
    "word": ("mountain", "children", "river"),
    "code": ("    return x\n", "    return 1\n", "    pass\n"),
    "exam": ("3.5", "12", "7"),
    "text": (),
}
OPTIONS = ("Ouagadougou", "Accra", "Bamako", "a river", "none of these", "3.5 km")


def item_for(kind: AnswerType, name: str, question: str, shift: int) -> Item:
    """An item of a kind; `shift` decides what is right, and whether an exam's has none or several options."""
    item = Item(name, question, (), solution=f"It is near {name}.", passage="It rained." * (shift % 2))
    if kind not in LABELLED or (kind == "exam" and shift % 3 == 0):
        program = Program("assert f(1) == 1", entry="f") if kind == "code" else None
        return replace(item, answers=ANSWERS[kind][shift % 3 : shift % 3 + 1], program=program)
    options = (OPTIONS[shift % len(OPTIONS) :] + OPTIONS[: shift % len(OPTIONS)])[:4]
    if kind == "exam" and shift % 3 == 1:
        return replace(item, answers=options[:2], choices=options, golds=(0, 1))
    return replace(item, answers=(options[shift % 4],), choices=options, gold=shift % 4)


def pool_for(kind: AnswerType) -> tuple[Item, ...]:
    """A few-shot source: questions of plain words, all different."""
    texts = [" ".join((*PLAIN[n : n + 6], f"number {n} then?")) for n in range(12)]
    return tuple(item_for(kind, f"shot-{n}", text, n) for n, text in enumerate(texts))


POOLS = {kind: pool_for(kind) for kind in KINDS}
TEMPLATES = {kind: (template_for(kind, False), template_for(kind, True)) for kind in KINDS}


def draft_for(kind: AnswerType, question: str, *, name: str = "x", shots: int = 4, shift: int = 1) -> Draft:
    """A draft of a kind; `shift` decides what is right, and which of the two templates it has."""
    pool = () if kind == "text" else POOLS[kind]  # a free text has no answer that could be shown
    item = item_for(kind, name, question, shift)
    synonyms = {"famous": ("celebrated",), "mother": ("female parent", "ma"), "important": ("of import",)}
    rewrites = (Rewrite(f"Tell me: {question}"), Rewrite(f"{question} Do tell me!", "de"))
    template = TEMPLATES[kind][shift % 2]
    return Draft(item, template, pool[:shots], pool, rewrites=rewrites, synonyms=synonyms)


def typical(kind: AnswerType) -> list[Draft]:
    """Drafts in which every perturbation should find something to do."""
    return [draft_for(kind, text, name=f"{n}", shift=n) for n, text in enumerate(TYPICAL * 3)]


WILD = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=40),
    st.text(alphabet="abcdeXYZ 0123456789.,'\n\t-{}$`éß日本كم", max_size=40),
)
SANE = st.lists(st.sampled_from(PLAIN + PROTECTED), min_size=1, max_size=14).map(" ".join)


@st.composite
def drafts(draw: st.DrawFn, name: str, texts: st.SearchStrategy[str]) -> Draft:
    """A draft of any kind that a perturbation fits, its options and solutions odd now and then."""
    kind: AnswerType = draw(st.sampled_from(PERTURBATIONS[name].fits))
    shift, shots = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    draft = draft_for(kind, draw(texts), name=draw(st.text(max_size=4)), shots=shots, shift=shift)
    item = draft.item
    if item.choices:
        choices = tuple(draw(st.lists(st.one_of(WILD, st.sampled_from(OPTIONS)), min_size=2, max_size=6)))
        right = sorted(draw(st.sets(st.integers(0, len(choices) - 1), min_size=1, max_size=2)))
        gold, golds = (None, tuple(right)) if item.golds else (right[0], ())
        answers = tuple(choices[index] for index in golds or right[:1])
        item = replace(item, choices=choices, gold=gold, golds=golds, answers=answers)
    return replace(draft, item=item)
