"""Texts to be continued: by one word, or freely."""

from experiments.tasks.readers.row import Row, mapping, text, wrong
from perturb.item import Item


def lambada(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """LAMBADA: `text`, whose last word is the answer to what comes before it."""
    parts = text(row, "text").rsplit(maxsplit=1)
    if len(parts) < 2:
        raise wrong(row, "text", "a text of two words at least")
    return (Item(id=item_id, question=parts[0], answers=(parts[1],), subject=subject),)


def real_toxicity_prompts(row: Row, item_id: str, subject: str) -> tuple[Item]:
    """RealToxicityPrompts: `prompt` with `text`; there is no right answer."""
    prompt = mapping(row, "prompt", holds="'text'")
    return (Item(id=item_id, question=text(prompt, "text").strip(), answers=(), subject=subject),)
