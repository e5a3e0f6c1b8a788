"""Questions with short answers, each with its aliases."""

from experiments.tasks.readers.row import Row, is_list, mapping, text, texts, unique, wrong
from perturb.item import Item


def trivia_qa(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """TriviaQA: `question`, and `answer` with `value`, `aliases` and `normalized_aliases`."""
    answer = mapping(row, "answer", holds="'value' and 'aliases'")
    if not answer.get("value"):
        raise wrong(row, "answer", "a mapping with 'value' and 'aliases'")
    aliases = [answer["value"]]
    for field in ("aliases", "normalized_aliases"):
        more = answer.get(field)
        aliases += more if is_list(more) else []
    return _item(row, str(row.get("question_id") or item_id), [str(alias) for alias in aliases], subject)


def nq_open(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """Natural Questions, open form: `question` and `answer`, a list of aliases."""
    return _item(row, item_id, texts(row, "answer"), subject)


def web_questions(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """WebQuestions: `question` and `answers`, a list of aliases."""
    return _item(row, item_id, texts(row, "answers"), subject)


def _item(row: Row, item_id: str, aliases: list[str] | tuple[str, ...], subject: str) -> tuple[Item]:
    question = text(row, "question").strip()
    return (Item(id=item_id, question=question, answers=unique(aliases), subject=subject),)
