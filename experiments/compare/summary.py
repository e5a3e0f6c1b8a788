"""A gate's verdicts for other programs: JUnit XML for continuous integration, Markdown for people."""

from collections.abc import Sequence
from xml.etree import ElementTree

from experiments.compare.gate import Gate, one_line
from experiments.compare.sentences import Comparison
from experiments.report.texts import visible


def as_junit(comparison: Comparison, judged: Sequence[Gate]) -> str:
    """One test case a task: undecided is an error, failed a failure, and not compared is skipped."""
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
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_markdown(comparison: Comparison, judged: Sequence[Gate]) -> str:
    """A heading with the decision, then a table with a row for each task."""
    lines = [f"**{_cell(one_line(comparison, judged))}**", "", "| task | decision | why |", "|---|---|---|"]
    lines += [f"| {_cell(one.title)} | {one.decision} | {_cell(one.line)} |" for one in judged]
    lines += [
        f"| {_cell(one.paired.title)} | not compared | {_cell(one.paired.refusal)} |"
        for one in comparison.tasks
        if one.found is None
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text that neither ends a table's cell nor is read as markup."""
    return visible(text).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
