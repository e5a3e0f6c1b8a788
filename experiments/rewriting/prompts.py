"""What a model is asked for another wording of a question, and how its reply is read."""

import re
from typing import Literal

from experiments.grading.extract import body
from perturb.prompt import Message, Prompt

VERSION = 1  # of the texts below: a change of one is another version, so that variants tell what made them

# Languages by code (ISO 639-1), as prompts name them.
LANGUAGES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "sw": "Swahili",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

_KEEP = (
    "Keep every number, name, formula and piece of code as it is. Do not answer or explain it. "
    "Reply with the new text only."
)
PARAPHRASES = (
    "Write the text below in other words, with exactly the same meaning.",
    "Put the text below the way another person would, so that it still asks for the very same thing.",
    "Say what the text below says with other words and in another order.",
    "Reword the text below: a reader must understand exactly what a reader of the original does.",
)
# A text with a paraphrase for each of them: small models answer a question unless shown what is wanted.
_EXAMPLES = (
    (
        "Which river flows through the city of Cairo?",
        "What is the name of the river that runs through Cairo?",
    ),
    ("In what year did the first tram run in Lisbon?", "When did Lisbon's first tram run, in which year?"),
    ("How many strings does a violin have?", "A violin has how many strings?"),
    (
        "Who designed the old lighthouse on the island of Fehmarn?",
        "By whom was Fehmarn's old lighthouse designed?",
    ),
)
TRANSLATION = "Translate the text below into {language}."
# What models say before the text, although they are asked not to.
_LEAD = re.compile(
    r"(?:sure|certainly|of course)?[^\w\n]*"
    r"(?:here(?: is|\'s|’s)[^\n:]{0,60}|(?:the )?(?:new|rewritten|reworded|paraphrased|translated) "
    r"(?:text|question|version)|paraphrase|translation|text)\s*:\s*",
    re.IGNORECASE,
)
_QUOTES = (('"', '"'), ("“", "”"), ("'", "'"), ("‘", "’"), ("«", "»"), ("„", "“"))


def paraphrase(text: str, wording: int, form: Literal["completion", "chat"]) -> Prompt:
    """Asks for a paraphrase in the words of one of `PARAPHRASES`, after an example in the same words."""
    return _prompt(PARAPHRASES[wording], text, form, _EXAMPLES[wording])


def translation(text: str, language: str, form: Literal["completion", "chat"]) -> Prompt:
    """Asks for a translation into the language of a code."""
    return _prompt(TRANSLATION.format(language=LANGUAGES[language]), text, form)


def _prompt(
    instruction: str, text: str, form: Literal["completion", "chat"], example: tuple[str, str] | None = None
) -> Prompt:
    asked = f"{instruction} {_KEEP}"
    if form == "chat":
        turns = (
            [Message("user", f"{asked}\n\nText:\n{example[0]}"), Message("assistant", example[1])]
            if example
            else []
        )
        return Prompt(None, (*turns, Message("user", f"{asked}\n\nText:\n{text}")))
    shown = f"Text:\n{example[0]}\n\nNew text:\n{example[1]}\n\n" if example else ""
    # A model that only continues goes on with something else after its text.
    stop = ("\nText:",) if "\n\n" in text else ("\n\n", "\nText:")
    return Prompt(f"{asked}\n\n{shown}Text:\n{text}\n\nNew text:", stop=stop)


def written(reply: str, prompt: Prompt, original: str) -> str:
    """The text that a reply holds: without reasoning, an announcement, and quotes that the original lacks."""
    text = body(reply, prompt, raw=True).strip()
    text = _LEAD.sub("", text, count=1) if _LEAD.match(text) and not _LEAD.match(original) else text
    inside, ends = text[1:-1], (text[:1], text[-1:])
    quoted = len(text) > 2 and ends in _QUOTES and not set(ends) & set(inside)
    return inside.strip() if quoted and not original.startswith(ends[0]) else text.strip()
