"""SmolLM2 as vLLM takes it, from the GGUF file that llama.cpp takes: the same weights as float32.

`python smollm2.py FILE.gguf FOLDER`, in an environment with gguf, tokenizers, torch, transformers.
"""

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

_LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_CONTROL = 3  # GGUF's type of tokens that no text is split into


def convert(file: Path, folder: Path) -> None:
    """Writes a GGUF file of Llama's architecture in the Hugging Face layout.

    Args:
        file: The GGUF file.
        folder: Where; made if absent.
    """
    # By name: these come with vLLM, in its own environment.
    gguf: Any = import_module("gguf")
    transformers: Any = import_module("transformers")
    reader: Any = gguf.GGUFReader(str(file))

    def read(key: str) -> Any:
        return reader.fields[key].contents()

    heads = {"q": read("llama.attention.head_count"), "k": read("llama.attention.head_count_kv")}
    config = transformers.LlamaConfig(
        vocab_size=len(read("tokenizer.ggml.tokens")),
        hidden_size=read("llama.embedding_length"),
        intermediate_size=read("llama.feed_forward_length"),
        num_hidden_layers=read("llama.block_count"),
        num_attention_heads=heads["q"],
        num_key_value_heads=heads["k"],
        max_position_embeddings=read("llama.context_length"),
        rms_norm_eps=read("llama.attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": read("llama.rope.freq_base")},
        bos_token_id=read("tokenizer.ggml.bos_token_id"),
        eos_token_id=read("tokenizer.ggml.eos_token_id"),
        tie_word_embeddings=True,
        dtype="float32",
        architectures=["LlamaForCausalLM"],
    )
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    weights = dict(_tensor(each, heads, gguf) for each in reader.tensors)
    import_module("safetensors.torch").save_file(weights, folder / "model.safetensors", {"format": "pt"})
    _tokenizer(read, transformers).save_pretrained(folder)


def _tensor(tensor: Any, heads: dict[str, int], gguf: Any) -> tuple[str, Any]:
    """A tensor's name and values as Hugging Face has them."""
    values: Any = gguf.dequantize(tensor.data, tensor.tensor_type)
    kind = tensor.name.removesuffix(".weight")
    if kind.startswith("blk."):
        _, layer, part = kind.split(".")
        if part in ("attn_q", "attn_k"):
            # llama.cpp turns neighbours with each other, Hugging Face the halves of a head.
            number = heads[part[-1]]
            values = values.reshape(number, -1, 2, values.shape[-1]).swapaxes(1, 2).reshape(values.shape)
        name = f"model.layers.{layer}.{_LAYER[part]}.weight"
    else:
        name = {"token_embd": "model.embed_tokens.weight", "output_norm": "model.norm.weight"}[kind]
    torch: Any = import_module("torch")
    return name, torch.tensor(values, dtype=torch.float32)


def _tokenizer(read: Any, transformers: Any) -> Any:
    tokenizers: Any = import_module("tokenizers")
    tokens: list[str] = read("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in read("tokenizer.ggml.merges")]
    numbers = {token: number for number, token in enumerate(tokens)}
    fast = tokenizers.Tokenizer(tokenizers.models.BPE(numbers, merges))
    split: Any = tokenizers.pre_tokenizers
    fast.pre_tokenizer = split.Sequence(
        [split.Digits(individual_digits=True), split.ByteLevel(add_prefix_space=False)]
    )
    fast.decoder = tokenizers.decoders.ByteLevel()
    kinds: list[int] = read("tokenizer.ggml.token_type")
    fast.add_special_tokens([token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL])
    whole = transformers.PreTrainedTokenizerFast(
        tokenizer_object=fast,
        bos_token=tokens[read("tokenizer.ggml.bos_token_id")],
        eos_token=tokens[read("tokenizer.ggml.eos_token_id")],
    )
    whole.chat_template = read("tokenizer.chat_template")
    return whole


def main() -> None:
    """Converts the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    convert(options.file, options.folder)


if __name__ == "__main__":
    main()
