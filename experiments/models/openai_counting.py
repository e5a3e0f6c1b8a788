"""How many tokens a prompt has at an address, whose tokenizer is not at hand: a count from above."""

import re

from perturb.prompt import Prompt

# A word in small letters, one in capitals, any other character; a space only where it begins no word.
_PIECE = re.compile(r"(?P<word>[A-Z]?[a-z]+)|(?P<capitals>[A-Z]+)|[^A-Za-z ]| (?![A-Za-z])")
# Letters to a token. Tokenizers have four to six in English, and so few in rare or misspelt words.
_LETTERS = {"word": 3, "capitals": 2}
_TURN = 8  # tokens that a chat template puts around a turn; about four, mostly
_CHAT = 64  # and around a chat: many have a system message of their own


class EndpointCounter:
    """Counts from above, by what the text looks like.

    It depends on nothing but the text, so that a sweep planned again asks the same.

    Args:
        limit: Most tokens of a prompt with its answer.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def count(self, prompt: Prompt) -> int:
        """Tokens that the prompt has at most, those of a chat template included."""
        if prompt.text is not None:
            return at_most(prompt.text) + _TURN
        return _CHAT + sum(at_most(turn.content) + _TURN for turn in prompt.messages)

    def close(self) -> None:
        """Nothing is held."""


def at_most(text: str) -> int:
    """Tokens that a text has at most in the vocabularies of today's models.

    A word in Latin letters counts a token for every three letters begun, one in capitals for every two; a
    digit, a sign, a line break and a space before any of them one each, any other character its bytes in
    UTF-8. Of English prose that makes half as much again as tokenizers do.
    """
    return sum(
        -(-len(piece[0]) // _LETTERS[piece.lastgroup])
        if piece.lastgroup
        else len(piece[0].encode("utf-8", "replace"))
        for piece in _PIECE.finditer(text)
    )
