r"""The examples of docs/graders.md: what GPT-Fathom's matchers make of a completion, and what ours do.

GPT-Fathom's matchers are written here anew, each in a few lines, after its repository at commit 4b7e78b.
"""

import os
import re
import string
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.grading import GRADERS
from experiments.grading.extract import body
from experiments.sandbox import SandboxError
from perturb import Item, Program, Prompt

Score = float
Matcher = Callable[[str, str], Score]
DOCUMENT = (Path(__file__).parents[3] / "docs" / "graders.md").read_text(encoding="utf-8")


def prefix(text: str, reference: str) -> Score:
    return text.startswith(reference)


def plain(text: str) -> str:
    kept = "".join(mark for mark in text.lower() if mark not in string.punctuation)
    return " ".join(word for word in kept.split() if word not in {"a", "an", "the"})


def fuzzy(text: str, reference: str) -> Score:
    one, other = plain(text), plain(reference)
    return one == other if "" in (one, other) else one in other or other in one


def first_word(text: str, reference: str) -> Score:
    word = re.search(r"\b[a-zA-Z]+\b", text)
    return prefix(word[0] if word else text, reference)


def gsm8k(text: str, reference: str) -> Score:
    _, cue, rest = text.partition("The answer is ")
    found = re.findall(r"\d+", rest.partition("The answer is ")[0] if cue else text)
    picked = (found[0] if cue else found[-1]) if found else text
    return any(prefix(picked, group) for group in re.findall(r"\d+", reference))


def mgsm(text: str, reference: str) -> Score:
    return prefix(re.findall(r"(-?\d[\d,]*\.?\d*)(?![\d-])", text)[-1], reference)


def option(text: str, reference: str) -> Score:
    found = (letter for letter in string.ascii_uppercase if f"({letter})" in text)
    return prefix(next(found, text.lstrip()), reference)


def race_in_batch(text: str, reference: str) -> Score:
    found = (letter for letter in string.ascii_uppercase if f"{letter})" in text)
    return prefix(next(found, text), reference)


def first_bracket(text: str, reference: str) -> Score:
    text = text.partition("所以答案是 ")[2] or text
    found = re.search(r"\(([A-Z])\)", text)
    return prefix(found[1] if found else text, reference)


def several(text: str, reference: str) -> Score:
    text = text.partition("所以答案是")[2] or text
    written = ",".join(letter for letter in string.ascii_uppercase if f"({letter})" in text)
    return prefix(written, reference)


def bbh(text: str, reference: str) -> Score:
    parts = text.split("So the answer is ")
    return prefix(parts[min(1, len(parts) - 1)].strip(), reference)


def boxed(text: str, reference: str) -> Score:
    box = re.search(r"\\boxed\{(.*)\}", text)
    return prefix(box[1] if box else text, reference)


def f1(text: str, reference: str) -> Score:
    one, other = plain(text).split(), plain(reference).split()
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other))


TESTS = ("assert f(2) == 4", "assert f(3) == 6")


def humaneval(text: str, reference: str) -> Score:
    for stop in ("\nclass", "\ndef", "\n#", "\nif"):
        text = text.partition(stop)[0]
    return passes(text, *TESTS)


def mbpp(text: str, reference: str) -> Score:
    # The list of an item's tests is passed where a list of items is expected: the first is run.
    return passes(text.partition("\n[DONE]")[0], TESTS[0])


def passes(*program: str) -> Score:
    try:
        exec("\n".join(program), {})
    except (SyntaxError, AssertionError):
        return 0
    return 1


TEXT = Prompt("Q: ?\nA:", stop=("\nQ:", "\nQuestion:"))
WORKED = Prompt("Q: ?\nA:", stop=("\nQ:",), cue="The answer is")
BBH = Prompt("Q: ?\nA:", stop=("\nQ:",), cue="So the answer is")
LETTERS = ("A", "B", "C", "D")
OPTIONS = Prompt("Q: ?\nA:", stop=("\nQ:",), labels=LETTERS)
CHINESE = Prompt("Q: ?\nA:", stop=("\nQ:",), labels=LETTERS, cue="所以答案是")
CHOICES = ("1066", "1215", "1492", "1789")

# What is graded, by GPT-Fathom and by the reported grader: completion, reference, the two scores.
ROWS: list[tuple[str, Matcher, str, Prompt, str, str, Score, Score]] = [
    ("TriviaQA", fuzzy, "short_contains", TEXT, "on", "London", 1, 0),
    ("TriviaQA", fuzzy, "short_contains", TEXT, "Parisian", "Paris", 1, 0),
    ("TriviaQA", fuzzy, "short_contains", TEXT, "London\nQ: Capital of France?\nA: Paris", "Paris", 1, 0),
    ("TriviaQA", fuzzy, "short_contains", TEXT, "A", "The The", 1, 0),
    ("LAMBADA", first_word, "word_first", TEXT, "signs", "sign", 1, 0),
    ("LAMBADA", first_word, "word_first", TEXT, "“Sign,” he said.", "sign", 0, 1),
    ("LAMBADA", first_word, "word_first", TEXT, "o'clock", "o'clock", 0, 1),
    ("LAMBADA", first_word, "word_first", TEXT, '"Nadia!"', '"Nadia', 0, 1),
    ("GSM8K", gsm8k, "number_last", WORKED, "The answer is -18.", "18", 1, 0),
    ("GSM8K", gsm8k, "number_last", WORKED, "The answer is 18.50.", "18", 1, 0),
    ("GSM8K", gsm8k, "number_last", WORKED, "The answer is 180.", "18", 1, 0),
    ("GSM8K", gsm8k, "number_last", WORKED, "The answer is 1.", "1,200", 1, 0),
    ("GSM8K", gsm8k, "number_last", WORKED, "The answer is 12. No. The answer is 18.", "18", 0, 1),
    ("MGSM", mgsm, "number_last", WORKED, "The answer is 1,080.", "1080", 0, 1),
    ("MGSM", mgsm, "number_last", WORKED, "The answer is 180.", "18", 1, 0),
    ("MMLU", option, "choice_letter", OPTIONS, "(B), since (A) is too early", "B", 0, 1),
    ("MMLU", option, "choice_letter", OPTIONS, "The answer is B.", "B", 0, 1),
    ("MMLU", option, "choice_letter", OPTIONS, "But which king is meant?", "B", 1, 0),
    ("RACE, in batches", race_in_batch, "choice_letter", OPTIONS, "C, as in the book (NASA)", "C", 0, 1),
    ("C-Eval", first_bracket, "choice_letter", OPTIONS, "（B）", "B", 0, 1),
    ("C-Eval", first_bracket, "choice_letter", CHINESE, "(A)太早。(C)太晚。所以答案是(B)", "B", 0, 1),
    ("AGIEval, several", several, "exam_answer", OPTIONS, "(A) (B) (C) (D)", "A", 1, 0),
    ("AGIEval, several", several, "exam_answer", CHINESE, "所以答案是AC。", "A,C", 0, 1),
    ("BBH", bbh, "exact_answer", BBH, "So the answer is (B) or (C).", "(B)", 1, 0),
    ("BBH", bbh, "exact_answer", BBH, "So the answer is 240.", "24", 1, 0),
    ("BBH", bbh, "exact_answer", BBH, "So the answer is: (B).", "(B)", 0, 1),
    ("BBH", bbh, "exact_answer", BBH, "The answer must be (B).", "(B)", 0, 1),
    ("BBH", bbh, "exact_answer", BBH, "So the answer is (A). No. So the answer is (B).", "(B)", 0, 1),
    ("MATH", boxed, "expression_equal", WORKED, r"So $x = \boxed{180}$.", "18", 1, 0),
    ("MATH", boxed, "expression_equal", WORKED, r"So $x = \boxed{0.75}$.", r"\frac{3}{4}", 0, 1),
    ("MATH", boxed, "expression_equal", WORKED, r"The answer is $\frac{3}{4}$.", r"\frac{3}{4}", 0, 1),
    ("DROP", f1, "span_f1", TEXT, "20 yard", "20-yard", 0, 1),
    ("DROP", f1, "span_f1", TEXT, "123", "12.3", 1, 0),
    ("DROP", f1, "span_f1", TEXT, "in March 1998", "March 1997", 0.4, 0),
    ("DROP", f1, "span_f1", TEXT, "Lions\nQuestion: Who lost?\nAnswer: Bears", "Lions", 0.29, 1),
    ("TyDi QA", f1, "span_f1", TEXT, "東京都", "東京", 0, 0.8),
    ("TyDi QA", f1, "span_f1", TEXT, "1911", "১৯১১", 0, 1),
    (
        "HumanEval",
        humaneval,
        "code_runs",
        TEXT,
        "```python\ndef f(x):\n    return x + x\n```",
        "",
        0,
        1,
    ),
    ("MBPP", mbpp, "code_runs", TEXT, "def f(x):\n    return 4", "", 1, 0),
]


def item(grader: str, reference: str) -> Item:
    if grader == "choice_letter":
        gold = LETTERS.index(reference)
        return Item("x", "?", (CHOICES[gold],), choices=CHOICES, gold=gold)
    if grader == "exam_answer":
        golds = tuple(LETTERS.index(letter) for letter in reference.split(","))
        return Item("x", "?", tuple(CHOICES[gold] for gold in golds), choices=CHOICES, golds=golds)
    if grader == "code_runs":
        return Item("x", "?", ("def f(x): return x + x",), program=Program("\n".join(TESTS), entry="f"))
    return Item("x", "?", (reference,))


@pytest.mark.parametrize(
    ("benchmark", "matcher", "grader", "prompt", "text", "reference", "theirs", "ours"), ROWS
)
def test_every_example_is_true(
    benchmark: str,
    matcher: Matcher,
    grader: str,
    prompt: Prompt,
    text: str,
    reference: str,
    theirs: Score,
    ours: Score,
):
    shown = text.replace("\n", r"\n")
    shown = f"`` {shown} ``" if "`" in shown else f"`{shown}`"
    assert f"| {benchmark} | {shown} | `{reference or 'a program'}` | {theirs} | {ours} |" in DOCUMENT
    assert float(matcher(text, reference)) == pytest.approx(theirs, abs=0.005)
    asked = item(grader, reference)
    try:
        reading = GRADERS[grader].read(body(text, prompt, raw=GRADERS[grader].raw), asked, prompt)
    except SandboxError as problem:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(problem))
    assert reading.score == pytest.approx(ours)


def test_the_document_has_no_other_examples():
    rows = re.findall(r"^\| .* \| [01](?:\.\d+)? \| [01](?:\.\d+)? \|$", DOCUMENT, re.MULTILINE)
    assert len(rows) == len(ROWS)


def test_the_document_names_every_grader():
    assert [name for name in GRADERS if f"`{name}`" not in DOCUMENT] == []
