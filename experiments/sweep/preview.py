"""`fathom show`: the prompts of a cell as a model would get them, with what would count as right."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from experiments.models.registry import counter_of
from experiments.sweep.ask import drafts_for, graders_of, max_tokens, perturbed, rendered
from experiments.sweep.compose import ComposedCell
from experiments.sweep.fitting import context_for, fits_in, fitted
from experiments.sweep.rewrites import rewrites_for
from experiments.sweep.spending import CHARACTERS_PER_TOKEN
from experiments.tasks.load import load_task
from perturb.draft import Draft
from perturb.item import Item
from perturb.prompt import Prompt
from perturb.registry import Applied
from perturb.template import Template, answer_of

MOST_EDITS = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """What showing prompts came to."""

    exit_code: int = 0


def show_cells(cells: Sequence[ComposedCell], folder: Path, *, items: int = 1, start: int = 0) -> Shown:
    """Prints some prompts of every cell; nothing is asked or written.

    Args:
        cells: The cells.
        folder: Not used.
        items: How many items of each cell.
        start: Place of the first of them in the task, from 0.

    Raises:
        TaskError: A benchmark cannot be had.
        ValueError: An item cannot be rendered.
    """
    console = Console()
    for cell in cells:
        _show(console, cell, items, start)
    return Shown()


def _show(console: Console, cell: ComposedCell, items: int, start: int) -> None:
    config = cell.config
    task = load_task(config.task, with_pool=config.shots > 0)
    drafted = drafts_for(config, task, rewrites_for(config))
    said = [word for word in cell.overrides if not word.startswith(("dry_run=", "name="))]
    console.print(Rule(" ".join(said) or config.task.name, style="bold"))
    console.print(
        f"{config.task.title}: {len(task.items):,} items, template {config.template.name}, "
        f"{config.form.value}, {config.shots} shots, chain of thought {'on' if config.cot else 'off'}, "
        f"at most {max_tokens(config)} tokens, graders {', '.join(graders_of(config))}",
        highlight=False,
    )
    context = context_for(config, counter_of)
    ways = partial(perturbed, config.perturbation), partial(rendered, config=config)
    for item in task.items[start : start + items]:
        original = drafted(item)
        variant = perturbed(config.perturbation, original)
        if context is not None:
            fits = fits_in(context, graders_of(config), max_tokens(config))
            original, variant = fitted(original, variant, fits, *ways)
        prompt = rendered(variant.draft, config)
        _print(console, variant.draft, prompt)
        if (shown := len(original.exemplars)) < config.shots:
            console.print(f"{shown} of {config.shots} shots: no more fit the model's context", style="dim")
        if variant.status != "original":
            _compare(console, rendered(original, config), prompt, variant)
    if context is not None:
        context.close()


def _compare(console: Console, before: Prompt, after: Prompt, variant: Applied) -> None:
    """The original and the variant side by side, what differs marked, and the list of edits."""
    redrawn = f", {variant.redraws} draws turned down" if variant.redraws else ""
    console.print(
        Rule(
            f"perturbation: {variant.status}, {variant.realised:.1%} of the characters{redrawn}",
            style="dim",
            align="left",
        )
    )
    if variant.status == "changed":
        table = Table(box=None, expand=True, padding=(0, 1), show_header=True)
        table.add_column("original", ratio=1, overflow="fold")
        table.add_column("variant", ratio=1, overflow="fold")
        table.add_row(*_marked(_plain(before), _plain(after)))
        console.print(table)
    for line in variant.edits[:MOST_EDITS]:
        console.print(Text(f"  {line}", style="dim"))
    if len(variant.edits) > MOST_EDITS:
        console.print(Text(f"  … and {len(variant.edits) - MOST_EDITS} more edits", style="dim"))
    for reason in variant.objections:
        console.print(Text(f"  excluded: {reason}", style="red"))


def _plain(prompt: Prompt) -> str:
    return prompt.text if prompt.text is not None else "\n".join(turn.content for turn in prompt.messages)


def _marked(before: str, after: str) -> tuple[Text, Text]:
    """Two texts, each with what the other one lacks in red or green."""
    from rapidfuzz.distance import Levenshtein

    left, right = Text(before), Text(after)
    for edit in Levenshtein.opcodes(before, after):
        if edit.tag != "equal":
            left.stylize("bold red", edit.src_start, edit.src_end)
            right.stylize("bold green", edit.dest_start, edit.dest_end)
    return left, right


def _print(console: Console, draft: Draft, prompt: Prompt) -> None:
    item = draft.item
    length = len(prompt.text or "") + sum(len(turn.content) for turn in prompt.messages)
    subject = f", subject {item.subject}" if item.subject else ""
    tokens = round(length / CHARACTERS_PER_TOKEN)
    title = (
        f"{item.id}{subject} · {length:,} characters, ≈ {tokens:,} tokens at {CHARACTERS_PER_TOKEN:g} each"
    )
    console.print(Rule(title, style="dim", align="left"))
    if prompt.text is not None:
        console.print(Text(prompt.text), soft_wrap=True)
    for turn in prompt.messages:
        console.print(Text(f"[{turn.role}]", style="bold"))
        console.print(Text(turn.content), soft_wrap=True)
    console.print(Rule("right", style="dim", align="left"))
    console.print(Text(right_answers(draft.template, item), style="green"), soft_wrap=True)
    if prompt.cue is not None:
        console.print(Text(f'read after: "{prompt.cue}"', style="dim"))
    if prompt.stop:
        console.print(Text(f"stops at: {', '.join(map(repr, prompt.stop))}", style="dim"))


def right_answers(template: Template, item: Item, most: int = 8) -> str:
    """An item's right answer as an exemplar would give it, and what else is accepted, for reading."""
    if not item.answers and not item.choices:
        return "(continued freely: there is no right answer)"
    first = answer_of(template, item, cot=False)
    others = [] if item.choices or item.program else [text for text in item.answers if text != first]
    more = f" (and {len(others) - most} more)" if len(others) > most else ""
    return first + (f"\nalso accepted: {' | '.join(others[:most])}{more}" if others else "")
