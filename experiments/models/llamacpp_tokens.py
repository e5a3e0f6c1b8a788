"""llama.cpp's own tokenizer and chat templates, as its server gives them, and counting tokens with them."""

import json
import secrets
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from experiments.models.protocol import ModelError
from perturb.prompt import Prompt

_TIMEOUT_S = 60.0


class TokenizerError(Exception):
    """The engine does not take a prompt; the message says why."""


class LlamaCppCounter:
    """Counts a model's tokens.

    Args:
        limit: Most tokens of a prompt with its answer.
        serve: Starts a server with a given key; called when the first count is wanted. Nothing is evaluated
            in it, so that its weights are mapped and never read.
    """

    def __init__(self, limit: int, serve: Callable[[str], Any]) -> None:
        self.limit = limit
        self._serve = serve
        self._server: Any = None
        self._key = secrets.token_hex()

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt as the engine makes them; 0 if it does not take the prompt.

        Raises:
            ModelError: The engine cannot be loaded, or does not answer.
        """
        if self._server is None:
            self._server = self._serve(self._key)
        address: str = self._server.listening_address
        try:
            text = prompt.text if prompt.text is not None else templated(prompt, address, self._key)
            return len(tokens_of(text, address, self._key))
        except TokenizerError:
            return 0

    def close(self) -> None:
        """Frees the engine."""
        self._server = None


def tokens_of(text: str, address: str, key: str) -> list[int]:
    """The tokens of a text, special ones included, as llama.cpp's server makes them of a prompt.

    Args:
        text: The text.
        address: The server's address.
        key: Its key.

    Raises:
        TokenizerError: The server refuses the text.
        ModelError: It does not answer.
    """
    body = {"content": text, "add_special": True, "parse_special": True}
    return _asked("/tokenize", "tokens", body, address, key)


def templated(prompt: Prompt, address: str, key: str) -> str:
    """The text that llama.cpp's server makes of a chat, with the model's own template.

    Args:
        prompt: The chat.
        address: The server's address.
        key: Its key.

    Raises:
        TokenizerError: The template refuses the chat.
        ModelError: The server does not answer.
    """
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    return _asked("/apply-template", "prompt", {"messages": turns}, address, key)


def _asked(path: str, wanted: str, body: dict[str, Any], address: str, key: str) -> Any:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer: dict[str, Any] = json.load(connection.getresponse())
    except (OSError, ValueError) as error:
        raise ModelError(f"the engine's tokenizer does not answer: {error}") from None
    finally:
        connection.close()
    if wanted not in answer:
        raise TokenizerError(f"the engine cannot tokenize the prompt: {answer.get('error', answer)}")
    return answer[wanted]
