"""`fathom rewrite`: its arguments, and what it does."""

import argparse
from collections.abc import Callable

_KEYS = """\
keys:
  rewrite=paraphrase|back_translation|translation
  rewrite.number=5             texts an item
  rewrite.language=de          the language to translate to, or through and back
  rewrite.original=en          the language that the task is in
  rewrite.temperature=0.7  rewrite.seed=0
  rewrite.file=FILE            by default variants.jsonl in the run's folder
"""


def add_rewrite(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `rewrite` to the commands, with what adds one."""
    parser = add_parser(
        "rewrite",
        help="have a model write variants of the questions: rewrite=paraphrase task=… model=…",
        description="Has a model write paraphrases or translations of every question, and a guard look at "
        "them. They go into a file of JSON lines, to be read by a person and used by perturbation=… "
        "perturbation.file=…. Stopped, it goes on where it was; dry_run=true says what it would take.",
        epilog=_KEYS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="as for `fathom run`, and:")


def rewrite(argv: list[str]) -> int:
    """Runs the command; Hydra parses what follows it.

    Args:
        argv: The words after `rewrite`.

    Returns:
        The exit code.
    """
    from experiments.entry import run
    from experiments.rewriting.run import rewrite_cells

    words = [f"rewrite.kind={word[8:]}" if word.startswith("rewrite=") else word for word in argv]
    if not any(word.startswith("rewrite.kind=") for word in words):
        words.append("rewrite.kind=paraphrase")  # so that its run has another name than `fathom run`'s
    return run(words, rewrite_cells, lambda folder: None)
