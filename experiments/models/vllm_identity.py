"""What exactly a model in vLLM is: which weights, which vLLM, which settings change its answers."""

import hashlib
import json
import re
import subprocess
from functools import lru_cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from experiments.models.digest import folder_digest
from experiments.models.protocol import UnusableModelError
from experiments.schema import VllmConfig

# Arguments of vllm.LLM that have a key of their own.
NAMED = {
    "model": "path",
    "revision": "revision",
    "tokenizer_revision": "revision",
    "dtype": "dtype",
    "quantization": "quantization",
    "max_model_len": "max_model_len",
    "gpu_memory_utilization": "gpu_memory_utilization",
    "tensor_parallel_size": "tensor_parallel",
    "data_parallel_size": "data_parallel",
}
_VERSION = (
    "from importlib.metadata import packages_distributions as found, version; "
    "print(version(found()['vllm'][0]) if 'vllm' in found() else '')"
)


def weights_revision(name: str, settings: VllmConfig, cache: Path) -> tuple[str, str | None]:
    """What the weights are called, and the revision to ask the hub for.

    Args:
        name: The folder or hub id.
        settings: The model's.
        cache: Where hashes of files are remembered.

    Returns:
        A folder's hash and None; or, for a hub id, its commit twice: the one in the cache, else the newest on
        the hub. Where neither can be had, the revision as it was written.

    Raises:
        UnusableModelError: There is no such folder, or it holds no weights.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder_digest(folder, cache)[:16], None
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name) or name.startswith("."):
        raise UnusableModelError(f"there is no folder {name} (model.vllm.path)")
    commit = _commit(name, settings.revision)
    return commit or settings.revision or "main", commit or settings.revision


def _commit(name: str, revision: str | None) -> str | None:
    import huggingface_hub

    cached = huggingface_hub.try_to_load_from_cache(name, "config.json", revision=revision)
    if isinstance(cached, str):
        return Path(cached).parent.name
    try:
        return huggingface_hub.HfApi().model_info(name, revision=revision, timeout=10).sha
    except Exception:  # no network, no such model, no right to see it: vLLM will say which
        return None


@lru_cache
def installed_version(python: str | None) -> str:
    """The version of vLLM, whichever distribution brought it.

    Args:
        python: An interpreter, whose environment is looked into; None for this one.

    Raises:
        UnusableModelError: There is none.
    """
    if python is None:
        distributions = packages_distributions().get("vllm")
        if not distributions:
            raise UnusableModelError(
                "vLLM is not installed: pip install 'prompt-fathom[vllm]', or name an environment that has "
                "it (model.vllm.python)"
            )
        return version(distributions[0])
    command = [str(Path(python).expanduser()), "-P", "-c", _VERSION]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UnusableModelError(
            f"{python} cannot be run: {error.strerror or error} (model.vllm.python)"
        ) from None
    if not asked.stdout.strip():
        said = asked.stderr.strip().splitlines()
        why = f": {said[-1]}" if said else ""
        raise UnusableModelError(f"{python} has no vLLM{why} (model.vllm.python)")
    return asked.stdout.strip()


def identity(name: str, settings: VllmConfig, weights: str) -> str:
    """Weights, vLLM's version and the settings that change answers, if only by rounding.

    How requests are spread (`data_parallel`, `chunk`, `threads`) and how much memory they may take do not.
    """
    changing: dict[str, Any] = {
        "max_model_len": settings.max_model_len,
        "tensor_parallel": settings.tensor_parallel if settings.tensor_parallel > 1 else None,
        "batch_invariant": settings.batch_invariant or None,
        "engine": dict(settings.engine) or None,
    }
    set_ = {key: value for key, value in changing.items() if value is not None}
    digest = hashlib.sha256(json.dumps(set_, sort_keys=True, default=str).encode()).hexdigest()[:16]
    kind = f"{settings.dtype}/{settings.quantization}" if settings.quantization else settings.dtype
    named = f"vllm:{name}@{weights}/{kind}/vllm-{installed_version(settings.python)}"
    return f"{named}+{digest}" if set_ else named
