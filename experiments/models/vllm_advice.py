"""What to set when vLLM has run out of memory."""

_MEMORY = (
    "out of memory",
    "not enough memory",
    "cannot allocate memory",
    "defaultcpuallocator",
    "no available memory",
    "available memory",
    "free memory",
    "kv cache",
)
ADVICE = (
    "what helps: a smaller model.vllm.max_model_len, another model.vllm.gpu_memory_utilization (more if "
    "nobody else uses the GPU, less if somebody does), model.vllm.tensor_parallel (more GPUs), "
    "model.vllm.quantization"
)


def advised(reason: str, otherwise: str = "") -> str:
    """An error's words, and what helps.

    Args:
        reason: The words.
        otherwise: What helps if they do not speak of memory.
    """
    spoken = reason.lower()
    advice = ADVICE if any(word in spoken for word in _MEMORY) else otherwise
    return f"{reason.rstrip('.')}; {advice}" if advice else reason
