"""A random-weight Llama with its own tokenizer, made in a moment: for trying an engine, not for answers."""

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

CONTEXT = 256  # tokens
_CORPUS = [
    "Question: What is the capital of France?\nAnswer: Paris",
    "The quick brown fox jumps over the lazy dog.",
    "Q: 12 + 30 = ?\nA: 42",
    "user assistant system Let's think step by step.",
]
_CHAT_TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def make_tiny_model(folder: Path, *, chat: bool = True) -> Path:
    """Writes the model to `folder` in the Hugging Face layout and gives the folder back.

    Args:
        folder: Where; made if absent.
        chat: Whether its tokenizer has a chat template.
    """
    # By name: these come with vLLM, in its own environment.
    tokenizers: Any = import_module("tokenizers")
    transformers: Any = import_module("transformers")
    bytes_level: Any = tokenizers.pre_tokenizers.ByteLevel
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = bytes_level(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=bytes_level.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
    if chat:
        fast.chat_template = _CHAT_TEMPLATE
    import_module("torch").manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=(len(fast) + 63) // 64 * 64,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        tie_word_embeddings=False,
        initializer_range=0.2,  # wide, so that outputs differ from prompt to prompt
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def main() -> None:
    """`python tiny_model.py FOLDER [--no-chat]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-chat", action="store_true")
    options = parser.parse_args()
    make_tiny_model(options.folder, chat=not options.no_chat)


if __name__ == "__main__":
    main()
