"""One bare `LLM.generate` over prompts, as a user would write it: what a sweep in vLLM is measured against.

`python vllm_bare.py FOLDER < PROMPTS`, in vLLM's environment; the prompts are a JSON list of texts with their
stop strings and token limits. Prints the seconds that loading and generating took.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any


def main() -> None:
    """Answers all prompts in one call."""
    asked = json.load(sys.stdin)
    began = time.perf_counter()
    vllm: Any = import_module("vllm")
    llm = vllm.LLM(
        model=sys.argv[1],
        dtype="float32",
        max_model_len=2048,
        enforce_eager=True,
        kv_cache_memory_bytes=2 << 30,
        seed=0,
    )
    loaded = time.perf_counter()
    parameters = [
        vllm.SamplingParams(temperature=0.0, max_tokens=limit, stop=stop) for _, stop, limit in asked
    ]
    llm.generate([text for text, _, _ in asked], parameters, use_tqdm=False)
    done = time.perf_counter()
    json.dump({"load": loaded - began, "generate": done - loaded}, sys.stdout)


if __name__ == "__main__":
    main()
