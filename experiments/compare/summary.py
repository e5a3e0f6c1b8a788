"""Verdicts for other programs: JUnit XML for continuous integration, Markdown for people."""

from collections.abc import Sequence
from xml.etree import ElementTree

from experiments.compare.gate import Gate, one_line
from experiments.compare.sentences import INTERVALS, Comparison, cautions, overall, several, shown
from experiments.report.numerals import hundredths, interval
from experiments.report.texts import visible


def as_junit(found: Sequence[tuple[Comparison, Sequence[Gate]]]) -> str:
    """One test case a task: undecided is an error, failed a failure, and not compared is skipped.

    Args:
        found: Comparisons with their verdicts at the gate, a test suite each.
    """
    suites = [_suite(comparison, judged) for comparison, judged in found]
    if len(suites) == 1:
        (root,) = suites
    else:
        root = ElementTree.Element("testsuites")
        root.extend(suites)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(comparison: Comparison, judged: Sequence[Gate]) -> ElementTree.Element:
    refused = [one.paired for one in comparison.tasks if one.found is None]
    counts = {
        "tests": len(judged) + len(refused),
        "failures": sum(one.decision == "fail" for one in judged),
        "errors": sum(one.decision == "undecided" for one in judged),
        "skipped": len(refused),
    }
    name = visible(f"{comparison.new.name} against {comparison.baseline.name}")
    suite = ElementTree.Element(
        "testsuite", {"name": name, **{key: str(value) for key, value in counts.items()}}
    )
    for one in judged:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": "fathom.gate", "name": visible(one.title)}
        )
        if one.decision != "pass":
            tag = "failure" if one.decision == "fail" else "error"
            ElementTree.SubElement(case, tag, {"message": visible(one.line), "type": one.decision})
    for paired in refused:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": "fathom.gate", "name": visible(paired.title)}
        )
        ElementTree.SubElement(case, "skipped", {"message": visible(paired.refusal)})
    return suite


def as_markdown(comparison: Comparison, judged: Sequence[Gate]) -> str:
    """A heading with the decision, then a table with a row for each task."""
    rows = [(one.title, one.decision, one.line) for one in judged]
    rows += [
        (one.paired.title, "not compared", one.paired.refusal)
        for one in comparison.tasks
        if one.found is None
    ]
    lines = [f"**{cell(one_line(comparison, judged))}**", "", *table(("task", "decision", "why"), rows)]
    return "\n".join(lines) + "\n"


def verdicts_as_markdown(found: Sequence[Comparison]) -> str:
    """For each comparison the verdict, a table with a row for each task, and what to know of it."""
    lines: list[str] = []
    for one in found:
        lines += [f"**{cell(overall(one))}**", ""]
        names = ("task", "new", "baseline", "difference", "interval", "score", "stability")
        rows = [
            (
                judged.paired.title,
                hundredths(shows.effect.value_level),
                hundredths(shows.effect.value_against),
                hundredths(shown(shows).value, signed=True),
                interval(shown(shows), signed=True),
                shows.verdict,
                shows.stability_verdict or "too few templates",
            )
            for judged, shows in one.compared
        ]
        if rows:
            lines += [*table(names, rows), ""]
        left = [
            f"{judged.paired.title} was not compared: {judged.paired.refusal}."
            for judged in one.tasks
            if judged.found is None
        ]
        notes = [*left, *cautions(one)]
        lines += [*(f"- {cell(note)}" for note in notes), *([""] if notes else [])]
    if several(found):
        lines += [cell(INTERVALS), ""]
    return "\n".join(lines)


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table, its cells escaped."""
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def cell(text: str) -> str:
    """Text that neither ends a table's cell nor is read as markup."""
    return visible(text).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
