"""Option likelihoods as the model itself gives them, through transformers.

`python reference.py FOLDER < QUESTIONS`, where the questions are a JSON list of pairs of a prompt and its
options; prints a JSON list of each option's sum of log-probabilities. For an environment with transformers.
"""

import json
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    """Answers the questions on the standard input."""
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
    answers: list[list[float]] = []
    for prompt, options in json.load(sys.stdin):
        before = len(tokenizer.encode(prompt.rstrip()))
        answers.append([])
        for option in options:
            tokens = tokenizer.encode(prompt + option)
            with torch.no_grad():
                scores = torch.log_softmax(model(torch.tensor([tokens])).logits[0], dim=-1)
            places = range(before, len(tokens))
            answers[-1].append(sum(scores[place - 1, tokens[place]].item() for place in places))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
