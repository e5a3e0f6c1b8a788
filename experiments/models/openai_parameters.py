"""Parameters that a server does not take: recognised in its refusal, and named with the key to set.

Only a refusal can be recognised. A server that leaves a parameter out of account without a word (a seed, say:
OpenAI promises no more than an attempt) is not told from one that obeys.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

_NO_PARAMETERS = {"model", "messages", "prompt", "input"}
_SAYS = re.compile(
    r"support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|only one|must be 1", re.IGNORECASE
)
_KEYS = {
    "max_tokens": "model.openai.max_tokens_field=max_completion_tokens",
    "max_completion_tokens": "model.openai.max_tokens_field=max_tokens",
    "max_output_tokens": "sampling.max_tokens=… to what it takes",
    "n": "model.openai.n=false",
    "reasoning_effort": "model.openai.reasoning_effort=… to what it takes, or null",
    "reasoning": "model.openai.reasoning_effort=… to what it takes, or null",
    "include": "no log-probabilities",
    "store": "'+model.openai.extra={store: null}'",
}


def refused_parameter(said: object, message: str, sent: Mapping[str, Any]) -> str | None:
    """The parameter that a server refused as such (not for this prompt alone), or None.

    Args:
        said: The error of a 400 or 422 as JSON.
        message: The same in words.
        sent: The body that was refused.
    """
    if not _SAYS.search(message) or "echo" in sent:  # likelihoods need every field that asks for them
        return None
    known = [name for name in sent if name not in _NO_PARAMETERS]
    for named in _named(said):
        if named in known:
            return named
    if "n" in known and re.search(r"\bn\b|choices?\b", message):
        return "n"
    quoted = re.findall(r"['\"`](\w+)['\"`]", message)
    return next((name for name in quoted if name in known), None)


def remedy(parameter: str) -> str:
    """What to set, so that a parameter is not sent, or sent otherwise."""
    return "set " + _KEYS.get(parameter, f"'+model.openai.extra={{{parameter}: null}}' to leave it out")


def _named(said: object) -> list[str]:
    """The parameters that an error names in its fields: `param` as OpenAI has it, `loc` as FastAPI has it."""
    if not isinstance(said, dict):
        return []
    fields = cast("dict[str, Any]", said)
    found = [str(fields["param"]).split(".")[0].split("[")[0]] if fields.get("param") else []
    detail = fields.get("detail")
    for entry in cast("list[Any]", detail) if isinstance(detail, list) else []:
        if isinstance(entry, dict):
            found.extend(str(part) for part in cast("dict[str, Any]", entry).get("loc", ()))
    return found
