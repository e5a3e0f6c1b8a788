"""Problems whose answer is a number or a formula, with worked solutions."""

import re

from experiments.tasks.readers.row import Row, optional, text, wrong
from perturb.item import Item

# MGSM's worked examples, by language: the words before a question and before its solution, and those that
# begin the sentence in which a solution states its answer.
_QUESTION = ("প্রশ্ন", "Frage", "Question", "Pregunta", "問題", "Задача", "Swali", "ప్రశ్న", "โจทย์", "问题")
_SOLUTION = (
    "ধাপে ধাপে উত্তর",
    "Schritt-für-Schritt-Antwort",
    "Step-by-Step Answer",
    "Respuesta paso a paso",
    "Réponse étape par étape",
    "ステップごとの答え",
    "Пошаговое решение",
    "Jibu la Hatua kwa Hatua",
    "దశలవారీగా సమాధానం",
    "คำตอบทีละขั้นตอน",
    "逐步解答",
)
_STATED = (
    "উত্তর হল",
    "Die Antwort",
    "The answer is",
    "La respuesta es",
    "La réponse est",
    "答えは",
    "Ответ",
    "Jibu ni",
    "సమాధానం",
    "คำตอบคือ",
    "答案是",
)
_BOXED = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s*")


def gsm8k(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """GSM8K: `question`, and `answer` as a worked solution that ends in a line "#### 42"."""
    solution, mark, number = text(row, "answer").rpartition("####")
    if not mark or not number.strip():
        raise wrong(row, "answer", "a solution with a final line '#### <number>'")
    return (
        Item(
            id=str(row.get("id") or item_id),
            question=text(row, "question").strip(),
            answers=(number.strip().replace(",", ""),),
            solution=_without_calculator(solution.strip()),
            subject=subject,
        ),
    )


def _without_calculator(solution: str) -> str:
    """Drops GSM8K's calculator annotations, `<<48/2=24>>`, which mean nothing in a prompt."""
    parts = solution.split("<<")
    return parts[0] + "".join(part.partition(">>")[2] for part in parts[1:])


def mgsm(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """MGSM: `question`, `answer_number`, and, in worked examples, `answer` as a solution.

    The words that worked examples have before question and solution are a prompt's business and are taken
    out; so is the sentence at the end in which a solution states its answer.
    """
    number = row.get("answer_number")
    if not isinstance(number, int | float) or isinstance(number, bool) or number != number:
        raise wrong(row, "answer_number", "a number")
    solution = _after(optional(row, "answer"), _SOLUTION)
    if solution:
        stated = max(solution.rfind(words) for words in _STATED)
        if stated < 0:
            raise wrong(row, "answer", "a solution with a final sentence as 'The answer is 5.'")
        solution = solution[:stated].rstrip()
    return (
        Item(
            id=item_id,
            question=_after(text(row, "question").strip(), _QUESTION),
            answers=(f"{number:.0f}" if number == int(number) else str(number),),
            solution=solution,
            subject=subject,
        ),
    )


def _after(raw: str, words: tuple[str, ...]) -> str:
    """A text without the words and the colon before it, if they are there."""
    for each in words:
        rest = raw.removeprefix(each).lstrip()
        if rest != raw and rest[:1] in (":", "："):
            return rest[1:].lstrip()
    return raw


def math(row: Row, item_id: str, subject: str) -> tuple[Item]:
    r"""MATH: `problem`, `solution`, `type`, and, in some copies, `answer`.

    Without that column, the answer is what the solution has in its last \boxed{}. Subjects are named as the
    hub's configurations: "Counting & Probability" is counting_and_probability.
    """
    solution = text(row, "solution").strip()
    answer = optional(row, "answer") or boxed(solution)
    if not answer:
        raise wrong(row, "solution", r"a text with its answer in \boxed{}")
    kind = optional(row, "type").lower().replace("&", "and").replace(" ", "_")
    return (
        Item(
            id=str(row.get("unique_id") or item_id),
            question=text(row, "problem").strip(),
            answers=(answer,),
            solution=solution,
            subject=kind or subject,
        ),
    )


def boxed(solution: str) -> str:
    r"""What the last \boxed or \fbox of a LaTeX text holds; empty if there is none or its brace stays open.

    >>> boxed(r"so $x = \boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    """
    starts = [match.end() for match in _BOXED.finditer(solution)]
    if not starts:
        return ""
    rest = solution[starts[-1] :]
    if not rest.startswith("{"):  # as in "\boxed 5"
        return re.split(r"[\s$.,]", rest, maxsplit=1)[0]
    depth = 0
    for index, character in enumerate(rest):
        escaped = index > 0 and rest[index - 1] == "\\"
        if character in "{}" and not escaped:
            depth += 1 if character == "{" else -1
        if depth == 0:
            return rest[1:index].strip()
    return ""
