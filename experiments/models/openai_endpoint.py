"""Where an OpenAI-compatible model is served, which key opens it, and the client that asks there."""

import hashlib
import ipaddress
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit, urlunsplit

from experiments.models.protocol import ModelError, UnusableModelError
from experiments.schema import ModelConfig, OpenAIConfig

if TYPE_CHECKING:  # importing openai takes most of a second; a command line that asks nothing does not
    from openai import AsyncOpenAI

_DEFAULT_URL = "https://api.openai.com/v1"
_LONGEST_MESSAGE = 300  # characters of a server's words in an error
_EXAMPLES = {
    "base_url": "http://127.0.0.1:8000/v1",
    "azure_endpoint": "https://my-resource.openai.azure.com",
}
_NO_KEY = "none"  # the package insists on a key; local servers ask for none


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A served model.

    Attributes:
        url: Base URL in one spelling: no closing slash, host in lower case, nothing secret in it.
        model: The served model's name; in Azure the deployment's.
        azure_version: The version of Azure's dated interface; None for any other one.
        key_env: The environment variable that holds the key.
        key: The key; "" when the variable is not set.
    """

    url: str
    model: str
    key_env: str
    key: str = field(repr=False)
    azure_version: str | None = None

    @classmethod
    def of(cls, config: ModelConfig) -> Self:
        """The endpoint that a configuration and the environment name.

        Raises:
            ModelError: The base URL cannot be used.
        """
        settings = config.openai
        key = os.environ.get(settings.api_key_env, "").strip()
        if settings.azure_endpoint is None:
            if settings.azure_api_version is not None:
                raise ModelError("model.openai.azure_api_version needs model.openai.azure_endpoint")
            url = settings.base_url or os.environ.get("OPENAI_BASE_URL") or _DEFAULT_URL
            return cls(_checked(url, "base_url"), config.name, settings.api_key_env, key)
        if settings.base_url is not None:
            raise ModelError(
                "model.openai.base_url and model.openai.azure_endpoint are both set: set one of them to null"
            )
        url = _checked(settings.azure_endpoint, "azure_endpoint").removesuffix("/openai/v1")
        version = settings.azure_api_version
        url = f"{url}/openai" if version else f"{url}/openai/v1"
        return cls(url, config.name, settings.api_key_env, key, version)

    def identity(self, settings: OpenAIConfig) -> str:
        """Names the model, its address and, as far as they are set, what else decides its answers.

        That is the interface, whether draws are seeded, and by a hash the extra fields, the effort and the
        name under which the token limit is sent, which a server may ignore.
        """
        fields = dict(settings.extra)
        if settings.max_tokens_field != OpenAIConfig.max_tokens_field:
            fields["max_tokens_field"] = settings.max_tokens_field
        if settings.reasoning_effort is not None:
            fields["reasoning_effort"] = settings.reasoning_effort
        digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
        return "".join(
            (
                f"openai:{self.model}@{self.url}",
                f"?api-version={self.azure_version}" if self.azure_version else "",
                f"#{settings.api.value}" if settings.api else "",
                "+n" if settings.n else "",
                f"+{digest}" if fields else "",
            )
        )

    def client(self) -> "AsyncOpenAI":
        """A client for the running event loop; its attempts are single and unlimited in time.

        Raises:
            UnusableModelError: The endpoint wants a key and there is none.
        """
        from openai import AsyncAzureOpenAI

        from experiments.models.openai_client import Client
        from experiments.models.openai_http import HttpClient

        if not self.key and not self.is_local:
            raise UnusableModelError(
                f"no key for {self.url}: set the environment variable {self.key_env}, or name another with "
                "model.openai.api_key_env"
            )
        # No redirects: prompts and key go where the configuration says. Retries and time limits are ours.
        key = self.key or _NO_KEY
        if self.azure_version is not None:
            return AsyncAzureOpenAI(
                api_key=key,
                base_url=self.url,
                api_version=self.azure_version,
                max_retries=0,
                timeout=None,
                http_client=HttpClient(),
            )
        return Client(key, self.url)

    def address(self, path: str) -> str:
        """Where a path below the base URL is; Azure's client makes its own of it, from a relative one."""
        return path if self.azure_version is not None else self.url + path

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


def _checked(url: str, key: str) -> str:
    """A URL in one spelling; ModelError, which names the key and repeats nothing of it, if it is none."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:  # also half an IPv6 address, and a port that is no number
        raise ModelError(f"model.openai.{key} must be an address such as {_EXAMPLES[key]}") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ModelError(
            f"model.openai.{key} must hold no user, password, query or fragment; the key is read from the "
            "environment variable that model.openai.api_key_env names"
        )
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), "", ""))
