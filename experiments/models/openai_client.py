"""The `openai` package's client for many questions to one address that differ in their bodies alone.

For each request the package works out headers, address and httpx request anew, which takes longer than
sending it. Here it does so for the first one to an address; those that follow are copies with other bodies.
"""

import json
from typing import TYPE_CHECKING, Any

import httpx2
from openai import AsyncOpenAI

from experiments.models.openai_http import HttpClient, goes_short

if TYPE_CHECKING:
    from openai._models import FinalRequestOptions

# What the options of a request have been given when only its body tells it from others to the same address.
_PLAIN = frozenset({"method", "url", "json_data", "content", "files", "idempotency_key"})


class Client(AsyncOpenAI):
    """A client whose attempts are single and unlimited in time; it belongs to one event loop.

    Args:
        api_key: The key.
        base_url: What relative paths are appended to.
    """

    def __init__(self, api_key: str, base_url: str) -> None:
        super().__init__(
            api_key=api_key, base_url=base_url, max_retries=0, timeout=None, http_client=HttpClient()
        )
        self._patterns: dict[str, httpx2.Request] = {}

    # Should the package rename what this overrides, requests are built its way, and nothing else changes.
    def _build_request(self, options: "FinalRequestOptions", **more: Any) -> httpx2.Request:
        body = options.json_data
        plain = isinstance(body, dict) and options.method == "post" and options.model_fields_set <= _PLAIN
        if not plain or options.content is not None or options.files or more.get("retries_taken"):
            return super()._build_request(options, **more)
        pattern = self._patterns.get(options.url)
        if pattern is None:
            request = super()._build_request(options, **more)
            if goes_short(request) and options.idempotency_key not in request.headers.values():
                pattern = _like(request, b"")
                del pattern.headers["Content-Length"]  # the first one's; aiohttp counts for itself
                self._patterns[options.url] = pattern
            return request
        # Written as the package writes it.
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return _like(pattern, text.encode())


def _like(request: httpx2.Request, content: bytes) -> httpx2.Request:
    """A request that differs in its body."""
    return httpx2.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=httpx2.ByteStream(content),
        extensions=request.extensions,
    )
