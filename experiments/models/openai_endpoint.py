"""Where an OpenAI-compatible model is served and which key opens it."""

import hashlib
import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from experiments.models.protocol import ModelError
from experiments.schema import ModelConfig

_DEFAULT_URL = "https://api.openai.com/v1"
_LONGEST_MESSAGE = 300  # characters of a server's words in an error


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A served model.

    Attributes:
        url: Base URL in one spelling: no closing slash, host in lower case, nothing secret in it.
        model: The served model's name.
        key_env: The environment variable that holds the key.
        key: The key; "" when the variable is not set.
    """

    url: str
    model: str
    key_env: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, config: ModelConfig) -> Self:
        """The endpoint that a configuration and the environment name.

        Raises:
            ModelError: The base URL cannot be used.
        """
        url = config.openai.base_url or os.environ.get("OPENAI_BASE_URL") or _DEFAULT_URL
        key_env = config.openai.api_key_env
        return cls(_checked(url), config.name, key_env, os.environ.get(key_env, "").strip())

    def identity(self, extra: Mapping[str, Any]) -> str:
        """Names the model, its address and, by a hash, the extra fields sent with every request."""
        digest = hashlib.sha256(json.dumps(extra, sort_keys=True).encode()).hexdigest()[:16] if extra else ""
        return f"openai:{self.model}@{self.url}" + (f"+{digest}" if digest else "")

    @property
    def is_local(self) -> bool:
        """Whether the address is on this machine or a private network, where servers seldom want a key."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_private  # loopback and link-local included
        except ValueError:
            return "." not in host or host.endswith((".local", ".localhost", ".internal"))

    def clean(self, message: str) -> str:
        """A server's words on one line, cut to a bearable length, without the key."""
        line = " ".join(message.split())
        if self.key:
            line = line.replace(self.key, "[key]")
        return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"


def _checked(url: str) -> str:
    """The URL in one spelling; ModelError, which repeats nothing of it, if it cannot be used."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:  # also half an IPv6 address, and a port that is no number
        raise ModelError(
            "model.openai.base_url must be an address such as http://127.0.0.1:8000/v1"
        ) from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ModelError(
            "model.openai.base_url must hold no user, password, query or fragment; the key is read from the "
            "environment variable that model.openai.api_key_env names"
        )
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), "", ""))
