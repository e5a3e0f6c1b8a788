"""What a cell's questions may be exchanged for: a file of variants, or the benchmark in another language."""

from collections.abc import Callable
from pathlib import Path

from experiments.rewriting.variants import Variant, VariantsError, hash_of, read_variants
from experiments.schema import LabConfig, PerturbationConfig
from experiments.tasks.parallel import parallels
from perturb.draft import Rewrite
from perturb.item import Item
from perturb.registry import perturbation

Rewrites = Callable[[Item], tuple[Rewrite, ...]]
VARIANTS = "variants.jsonl"  # what a file of variants is called in the folder of the run that made it
LANGUAGE = "language"  # the perturbation that asks the benchmark in another one


def rewrites_for(config: LabConfig) -> Rewrites:
    """Gives what an item's question may be exchanged for; nothing, if the cell exchanges none.

    Raises:
        VariantsError: The file cannot be read or holds nothing for the cell, or when called for an item of
            which it was made from another text.
        TaskError: The benchmark cannot be had in the language.
    """
    perturbed = config.perturbation
    if not perturbation(perturbed.name).given:
        return lambda item: ()
    if perturbed.name == LANGUAGE:
        language = perturbed.language or ""
        other = parallels(config.task, language)
        return lambda item: (Rewrite(other[item.id], language),) if item.id in other else ()
    return _from_file(Path(perturbed.file or ""), perturbed, config.task.name)


def rewrites_key(config: LabConfig) -> tuple[str, ...]:
    """All that `rewrites_for` depends on."""
    perturbed = config.perturbation
    if not perturbation(perturbed.name).given:
        return ()
    return (perturbed.name, perturbed.file or "", perturbed.language or "", repr(config.task))


def perturbation_label(config: PerturbationConfig) -> str:
    """The perturbation as tables name it: those after it, its language and its file are told."""
    parts = [config.name]
    if perturbation(config.name).given:
        if config.language and config.name != "paraphrase":
            parts.append(config.language)
        if config.file and config.name != LANGUAGE:
            path = Path(config.file)
            parts.append(path.parent.name if path.name == VARIANTS else path.stem)
    return "+".join([":".join(parts), *config.then])


def _from_file(path: Path, perturbed: PerturbationConfig, task: str) -> Rewrites:
    rows = read_variants(path)
    mine = [(line, row) for line, row in rows if _wanted(row, perturbed, task)]
    if not mine:
        held = sorted({f"{row.kind} {row.language}".rstrip() + f" of {row.task}" for _, row in rows})
        wanted = f"{perturbed.name} {perturbed.language or ''}".rstrip()
        raise VariantsError(f"{path} holds no {wanted} of {task}, only {', '.join(held) or 'nothing'}")
    by_item: dict[str, list[tuple[int, Variant]]] = {}
    for line, row in mine:
        by_item.setdefault(row.item, []).append((line, row))

    def rewrites(item: Item) -> tuple[Rewrite, ...]:
        found = by_item.get(item.id, [])
        for line, row in found:
            if row.original_hash != hash_of(item.question):
                raise VariantsError(
                    f"{path}, line {line}: made from another text of item {item.id!r} than the task has now "
                    f"({item.question[:60]!r}); make the variants anew with `fathom rewrite`"
                )
        return tuple(
            Rewrite(row.text, row.language if row.kind == "translation" else "")
            for _, row in found
            if row.verdict == "kept"
        )

    return rewrites


def _wanted(row: Variant, perturbed: PerturbationConfig, task: str) -> bool:
    same = row.task == task and row.kind == perturbed.name
    return same and perturbed.language in (None, row.language or perturbed.language)
