"""Versions of a model in words."""

from collections.abc import Sequence

from experiments.baselines.changes import Change
from experiments.baselines.coding import AlignmentTax
from experiments.report.numerals import SPACE, hundredths, interval, many, percent
from experiments.versions.contents import Contents
from experiments.versions.official import Official
from experiments.versions.steps import Step
from experiments.versions.techniques import Technique

MOST_NAMED = 6
NO_STEPS = (
    "No model here is said to be made from another, so that none are compared: name two with --pair OLD NEW, "
    "or give lineage: in a model's YAML before it is run (docs/models.md)."
)
INTERVALS = (
    "Each interval is for its own row alone; rose and fell allow for all tasks of a step together, so that a "
    "task may be undecided though its interval leaves 0 out."
)


def sentences(contents: Contents) -> tuple[tuple[str, bool], ...]:
    """What was found, the steps first; with each, whether a change was told apart from none."""
    found = [
        (step_sentence(step, contents.titles), bool(step.seesaw.rose or step.seesaw.fell))
        for step in contents.steps
    ] or [(NO_STEPS, False)]
    found += [
        (technique_sentence(one), (one.p_adjusted or 0) < 1 - contents.level)
        for one in contents.techniques
        if one.mean is not None
    ]
    if contents.attempts:
        found.append((tax_sentence(contents), any(_told(tax, contents) for _, tax in contents.attempts)))
    found += [line for one in contents.officials for line in official_sentences(one)]
    return tuple(found)


def step_sentence(step: Step, titles: dict[str, str]) -> str:
    """What rose and what fell in one step."""
    before, after, seesaw = step.before.name, step.after.name, step.seesaw
    if not seesaw.changes:
        return f"From {before} to {after} nothing can be said: no task was asked of both alike."
    way = f" ({', '.join(filter(None, (step.technique, step.after.date)))})" if step.technique else ""
    if len(seesaw.changes) == 1:
        (one,) = seesaw.changes
        verdict = "cannot be told from no change"
        if one.told_apart(seesaw.level):
            verdict = "rose" if one.gain > 0 else "fell"
        return (
            f"From {before} to {after}{way}, {titles[one.before.task]} {verdict}: "
            f"{hundredths(one.points, signed=True)}{SPACE}points"
            f"{f' {interval(one.difference, signed=True)}' if one.difference else ''}."
        )
    parts = [
        f"{len(changes)} {verb}{f': {_named(changes, titles)}' if changes else ''}"
        for changes, verb in ((seesaw.rose, "rose"), (seesaw.fell, "fell"))
    ]
    return (
        f"From {before} to {after}{way}, of {many(len(seesaw.changes), 'task')} {'; '.join(parts)}; "
        f"{len(seesaw.undecided)} cannot be told from no change."
    )


def _named(changes: Sequence[Change], titles: dict[str, str]) -> str:
    ordered = sorted(changes, key=lambda one: -abs(one.points))
    names = [
        f"{titles[one.before.task]} {hundredths(one.points, signed=True)}" for one in ordered[:MOST_NAMED]
    ]
    return ", ".join(names) + (", …" if len(ordered) > MOST_NAMED else "")


def technique_sentence(one: Technique) -> str:
    """What a technique did on average; only where there are tasks enough for an interval."""
    assert one.mean is not None
    return (
        f"{one.name}: mean change for the better over {many(one.tasks, 'task')}"
        f"{f' and {len(one.steps)} steps' if len(one.steps) > 1 else ''} "
        f"{hundredths(one.mean.value, signed=True)}{SPACE}points {interval(one.mean, signed=True)}."
    )


def tax_sentence(contents: Contents) -> str:
    """How often one attempt got better and many got worse."""
    rose_and_fell = [(step, tax) for step, tax in contents.attempts if tax.taxed]
    told = [(step, tax) for step, tax in rose_and_fell if _told(tax, contents)]
    names = "; ".join(
        f"{contents.titles[tax.task]}, {step.before.name} → {step.after.name}"
        for step, tax in told[:MOST_NAMED]
    )
    return (
        f"One attempt against many: in {len(rose_and_fell)} of "
        f"{many(len(contents.attempts), 'comparison')} pass@1 rises and pass@k falls, the alignment tax; "
        f"both can be told from no change in {len(told)}{f' ({names})' if names else ''}."
    )


def _told(tax: AlignmentTax, contents: Contents) -> bool:
    return tax.taxed and tax.first.told_apart(contents.level) and tax.most.told_apart(contents.level)


def official_sentences(one: Official) -> list[tuple[str, bool]]:
    """What was measured here beside what was published of the same model."""
    found: list[tuple[str, bool]] = []
    for task in one.tasks:
        for row in task.beside:
            if task.own is None or row.difference is None:
                continue
            figure = row.row.figure
            who = "as its makers report it" if figure.cited else "by GPT-Fathom"
            found.append(
                (
                    f"{one.version.name} on {task.title} ({task.setting}): {percent(task.own.value)} here, "
                    f"{percent(figure.score)} published {who}, "
                    f"{hundredths(row.difference.value, signed=True)}{SPACE}points "
                    f"{interval(row.difference, signed=True)}{'' if row.apart else ', not told apart'}.",
                    row.apart,
                )
            )
    return found


def left_out(step: Step) -> list[str]:
    """What of a step was not compared, and why."""
    lines = [f"{one.title} was not compared: {one.refusal}." for one in step.refused]
    return lines + [
        f"{one.title}: {text}." for one in step.paired if not one.refusal for text in one.mismatches
    ]
