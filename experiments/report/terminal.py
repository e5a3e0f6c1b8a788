"""The report on a terminal: the verdict, the scores, and what every factor does."""

from typing import TYPE_CHECKING

from experiments.report.contents import Contents
from experiments.report.control import control_line
from experiments.report.findings import FactorFinding, Slice, label
from experiments.report.grader_words import grader_sentence
from experiments.report.numerals import coverage, hundredths, interval, many, p_value, percent
from experiments.report.quality import apart_note
from experiments.report.rankings import ranking_sentence
from experiments.report.sentences import Kind, detected, first_sentences, shown_effect
from experiments.report.severity import severity_sentence
from experiments.report.table import plain_table
from experiments.report.texts import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOST_SENTENCES = 5
MOST_LEVELS = 12
MOST_SLICES = 12
TIES = (
    "Each interval is for its own row alone; a tie allows for all rows of its table together (Holm), so that "
    "its interval may leave 0 out."
)


def show(contents: Contents, console: "Console") -> None:
    """Prints the report's essence; the page has the rest.

    Args:
        contents: What the run shows.
        console: Where to; colours only if it is a terminal.
    """
    from rich.text import Text

    findings = [sentence for sentence in contents.sentences if sentence.kind is not Kind.score]
    shown = first_sentences(findings, MOST_SENTENCES)
    console.print()
    for place, sentence in enumerate(shown):
        console.print(Text(visible(sentence.whole), style="bold" if place == 0 else ""))
    if len(findings) > len(shown):
        console.print(
            Text(f"… and {many(len(findings) - len(shown), 'more finding')} in the report.", style="dim")
        )
    if contents.slices:
        console.print()
        console.print(_scores(contents))
        for one in contents.slices[:MOST_SLICES]:
            if one.dropped and one.compared:
                console.print(Text(visible(_rests(one))))
    if apart := apart_note(contents.manifest):
        console.print(Text(visible(apart), style="yellow"))
    for finding in contents.quality.control:
        console.print(Text(visible(control_line(finding))))
    for one in contents.slices:
        if one.pass_at:
            passes = ", ".join(f"pass@{k} {percent(of.value)} {interval(of)}" for k, of in one.pass_at)
            console.print(Text(visible(f"{one.model} on {one.title}: {passes}")))
    said = {sentence.text for sentence in shown}
    for ranked in contents.rankings:
        if (text := ranking_sentence(ranked).text) not in said:
            console.print(Text(visible(text)))
    for curve in contents.severities:
        console.print(Text(visible(severity_sentence(curve))))
    for share in contents.shares:
        if (text := grader_sentence(share).text) not in said:
            console.print(Text(visible(text)))
    if contents.categories:
        console.print(_categories(contents))
    for one in contents.slices[:MOST_SLICES]:
        for finding in one.factors:
            console.print(_factor(one, finding))
            console.print(Text(_sigma(finding)))
    if any(_tied_apart(finding) for one in contents.slices[:MOST_SLICES] for finding in one.factors):
        console.print(Text(TIES, style="dim"))
    if len(contents.slices) > MOST_SLICES:
        console.print(
            Text(f"{many(len(contents.slices) - MOST_SLICES, 'more model and task')} in the report.")
        )


def _scores(contents: Contents) -> "Table":
    from rich.text import Text

    table = plain_table(f"Scores, with {coverage(contents.level)} intervals")
    table.add_column("model", overflow="ellipsis", max_width=22)
    table.add_column("task", overflow="ellipsis", max_width=16)
    table.add_column("items", justify="right")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("templates like these", no_wrap=True)
    table.add_column("templates run", no_wrap=True)
    for one in contents.slices:
        crossed = one.score.crossed
        table.add_row(
            Text(visible(one.model)),
            Text(visible(one.title)),
            f"{one.items:,}",
            percent(one.score.fixed.value),
            interval(crossed) if crossed else "too few templates",
            interval(one.score.fixed),
        )
    return table


def _rests(one: Slice) -> str:
    """On how many items all but the score rests, where that is fewer."""
    return (
        f"{one.model} on {one.title}: differences and sensitivities rest on the {one.compared:,} of "
        f"{many(one.compared + one.dropped, 'item')} that have a grade in every cell."
    )


def _categories(contents: Contents) -> "Table":
    from rich.text import Text

    table = plain_table(f"Categories, with {coverage(contents.level)} intervals")
    table.add_column("model", overflow="ellipsis", max_width=22)
    table.add_column("category")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("rests on")
    for one in contents.categories:
        parts = ", ".join(part.title for part in one.benchmarks)
        missing = f" (no score: {', '.join(one.missing)})" if one.missing else ""
        table.add_row(
            Text(visible(one.model)),
            Text(visible(one.category)),
            percent(one.estimate.value),
            interval(one.estimate),
            Text(visible(parts + missing)),
        )
    return table


def _factor(one: Slice, finding: FactorFinding) -> "Table":
    from rich.text import Text

    table = plain_table(visible(f"{one.model} on {one.title}: {finding.title}"))
    table.add_column(finding.title, overflow="ellipsis", max_width=32)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column("interval", no_wrap=True)
    table.add_column("", no_wrap=True)
    effects = {label(finding.factor, effect.level): effect for effect in finding.effects}
    for level in finding.levels[:MOST_LEVELS]:
        cells = [Text(visible(level.level)), hundredths(level.estimate.value), interval(level.estimate)]
        effect = effects.get(level.level)
        if effect is not None:
            estimate = shown_effect(effect)
            verdict = p_value(effect.p_adjusted) if detected(effect, effect.fixed.level) else "tie"
            cells += [hundredths(estimate.value, signed=True), interval(estimate, signed=True), verdict]
        elif level.level == finding.reference and finding.effects:
            cells += ["reference", "", ""]
        table.add_row(*cells)
    if len(finding.levels) > MOST_LEVELS:
        table.add_row(f"… {len(finding.levels) - MOST_LEVELS:,} more")
    return table


def _tied_apart(finding: FactorFinding) -> bool:
    """Whether a tie's interval leaves 0 out, which only the other comparisons of the factor explain."""
    return any(
        not detected(effect, effect.fixed.level)
        and not shown_effect(effect).low <= 0 <= shown_effect(effect).high
        for effect in finding.effects
    )


def _sigma(finding: FactorFinding) -> str:
    sigma = finding.headline
    if sigma is None:
        return ""
    return (
        f"σ {hundredths(sigma.corrected)} {interval(sigma)} points (raw {hundredths(sigma.raw)}, noise floor "
        f"{hundredths(sigma.floor)}): {'detectable' if sigma.detectable else 'not detectable'}, "
        f"{p_value(sigma.p_value)}"
    )
