"""The tables of a page as a reader sees them, and as report.json says they should read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from experiments.report.numerals import bare_p, count, hundredths, plain

Json = dict[str, Any]
Row = list[str]


@dataclass
class PageTable:
    """A table: where it stands, what it is called, and the texts of its body's cells."""

    section: str
    caption: str = ""
    rows: list[Row] = field(default_factory=list[Row])


class Tables(HTMLParser):
    """Collects the tables of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[PageTable] = []
        self._section, self._inside, self._body = "", "", False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._section = dict(attrs).get("aria-labelledby") or ""
        elif tag == "table":
            self.found.append(PageTable(self._section))
        elif tag == "tbody":
            self._body = True
        elif tag == "tr" and self._body:
            self.found[-1].rows.append([])
        elif tag in {"td", "th"} and self._body:
            self.found[-1].rows[-1].append("")
            self._inside = "cell"
        elif tag == "caption":
            self._inside = "caption"

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "caption"}:
            self._inside = ""
        elif tag == "tbody":
            self._body = False

    def handle_data(self, data: str) -> None:
        if self._inside == "caption":
            self.found[-1].caption += data
        elif self._inside == "cell":
            self.found[-1].rows[-1][-1] += data


def page_tables(html: str) -> list[PageTable]:
    """The tables of a page, in order, spaces around cells taken off."""
    found = Tables(html).found
    for table in found:
        table.rows = [[" ".join(cell.replace("\u00a0", " ").split()) for cell in row] for row in table.rows]
    return found


def ends(of: Json, *, signed: bool = False) -> str:
    return f"[{hundredths(of['low'], signed=signed)}, {hundredths(of['high'], signed=signed)}]"


def shown(of: Json, *, signed: bool = False) -> Row:
    """Value and interval of an estimate."""
    return [hundredths(of["value"], signed=signed), ends(of, signed=signed)]


def noisy(measure: Json) -> Row:
    """Raw, floor, corrected and interval of a sensitivity."""
    return [*(hundredths(measure[name]) for name in ("raw", "floor", "corrected")), ends(measure)]


def mark(yes: bool, tie: str = "tie") -> str:
    return "● detectable" if yes else f"○ {tie}"


NOISE = "not told from noise"


def whole_run(report: Json, caption: str) -> list[Row]:
    """The body of a table over all models and tasks."""
    quality, slices = report["quality"], report["slices"]
    if caption.startswith("Errors"):
        return [[count(one["cells"]), one["error"]] for one in quality["failures"]]
    if caption.startswith("Outcomes by the reported grader"):
        statuses = ["correct", "wrong", "unparsed", "refused", "truncated", "failed"]
        return [
            [one["model"], one["task"], *(count(one[status]) for status in statuses)]
            for one in quality["by_pair"]
        ]
    if caption.startswith("Scores and template sensitivity"):
        return [_glance(one) for one in slices]
    if caption.startswith("Pairs of models on "):
        ranked = next(
            one
            for one in report["rankings"]
            if caption == f"Pairs of models on {one['title']}, the least certain first"
        )
        return [
            [
                pair["above"],
                pair["below"],
                *(hundredths(pair[name]) for name in ("difference", "above_wins", "turns")),
                f"{pair['templates_turned']} of {pair['templates']}",
            ]
            for pair in ranked["pairs"]
        ]
    if caption.startswith("Category scores"):
        return [
            [
                one["model"],
                one["category"],
                *shown(one["estimate"]),
                "; ".join(f"{part['title']} {hundredths(part['value'])}" for part in one["benchmarks"]),
            ]
            for one in report["categories"]
        ]
    if caption.startswith("Score and gain by shots"):
        return [
            [curve["title"], curve["model"], str(point["shots"]), *shown(point["estimate"]), *_gain(point)]
            for curve in report["shots"]
            for point in curve["points"]
        ]
    assert caption.startswith("Gain from chain of thought"), caption
    return [
        [
            one["model"],
            one["title"],
            hundredths(one["without"]),
            hundredths(one["with_it"]),
            *shown(one["gain"], signed=True),
            bare_p(one["p_value"]),
            mark(one["detectable"]),
        ]
        for one in report["chain_of_thought"]
    ]


def _glance(one: Json) -> Row:
    sigma = one["factors"][0]["sensitivity"][0]
    score = one["score"]
    return [
        f"{one['model']}, {one['title']}",
        hundredths(score["fixed"]["value"]),
        ends(score["crossed"]),
        ends(score["fixed"]),
        hundredths(sigma["corrected"]),
        ends(sigma),
        mark(sigma["detectable"], NOISE),
    ]


def _gain(point: Json) -> Row:
    if point["gain"] is None:
        return ["reference"]
    return [*shown(point["gain"], signed=True), bare_p(point["p_adjusted"]), mark(point["detectable"])]


def of_pair(report: Json, place: int, caption: str) -> list[Row]:
    """The body of a table of one model and task.

    Args:
        report: report.json.
        place: Which, from 0.
        caption: The table's.
    """
    one = report["slices"][place]

    def mine(name: str) -> list[Json]:
        return [
            found for found in report[name] if (found["model"], found["task"]) == (one["model"], one["task"])
        ]

    for finding in one["factors"]:
        if caption.startswith(f"How far the {finding['title']} moves"):
            return _sensitivity(finding)
        if caption.startswith(f"Score by {finding['title']}, and"):
            return _levels(finding)
    readers: dict[str, Callable[[], list[Row]]] = {
        "Pass@k": lambda: [[str(passed["k"]), *shown(passed)] for passed in one["pass_at"]],
        "Metrics of template sensitivity": lambda: _metrics(mine("template_metrics")[0]["rows"]),
        "The best, the worst": lambda: _ends(mine("extremes")[0]),
        "Which they are": lambda: _conditions(mine("extremes")[0]),
        "Score by realised severity of": lambda: _severities(mine("severities"), caption),
        "Mean score in % by template and": lambda: _two_way(one),
        "Variance of one answer": lambda: _variance(one),
        "Score and template sensitivity by grader": lambda: [_grader(found) for found in mine("graders")],
        "What the choice of grader adds": lambda: _added(mine("grader_effects")[0]["effect"]),
    }
    reader = next(read for beginning, read in readers.items() if caption.startswith(beginning))
    return reader()


def _sensitivity(finding: Json) -> list[Row]:
    names = {
        "sigma_template": "σ, standard deviation from one template to another",
        "spread": "best minus worst template",
        "pdr": f"performance drop rate from {finding['reference']}",
    }
    verdict = mark(finding["sensitivity"][0]["detectable"], NOISE)
    return [
        [names[one["metric"]], *noisy(one), bare_p(one["p_value"]), *([verdict] if place == 0 else [])]
        for place, one in enumerate(finding["sensitivity"])
    ]


def _levels(finding: Json) -> list[Row]:
    effects = {effect["level"]: effect for effect in finding["effects"]}
    rows: list[Row] = []
    for level in finding["levels"]:
        row = [level["level"], *shown(level["estimate"])]
        effect = effects.get(level["level"])
        if effect is None:
            row.append("reference")
        else:
            row += shown(effect["crossed"] or effect["fixed"], signed=True)
            row += [bare_p(effect["p_adjusted"]), mark(effect["detectable"])]
        rows.append(row)
    return rows


def _metrics(metrics: list[Json]) -> list[Row]:
    rows: list[Row] = []
    for row in metrics:
        measure = row["measure"]
        if measure is None:
            rows.append([row["name"], f"not available: {row['reason']}"])
            continue
        plainly = row["name"] == "xparacon"
        numbers = noisy(measure)
        if plainly:
            numbers = [plain(measure[name]) for name in ("raw", "floor", "corrected")]
            numbers.append(f"[{plain(measure['low'])}, {plain(measure['high'])}]")
        verdict = "no test" if measure["detectable"] is None else mark(measure["detectable"], NOISE)
        name = f"{row['name']}{'*' if plainly else ''} {measure['label']}"
        rows.append([name, *numbers, bare_p(measure["p_value"]), verdict, row["basis"]])
    return rows


def _ends(one: Json) -> list[Row]:
    names = {"best score": "top", "worst score": "bottom", "best minus worst": "distance"}
    return [[name, *noisy(one[field])] for name, field in names.items()]


def _conditions(one: Json) -> list[Row]:
    places = [
        *enumerate(one["best"], start=1),
        *((one["conditions"] - place, found) for place, found in reversed([*enumerate(one["worst"])])),
    ]
    return [[str(place), found["condition"], *shown(found["estimate"])] for place, found in places]


def _severities(curves: list[Json], caption: str) -> list[Row]:
    curve = next(one for one in curves if caption.endswith(f" of {one['perturbation']}"))
    return [
        [
            point["level"],
            hundredths(point["realised"]),
            hundredths(point["unchanged"]),
            *shown(point["estimate"]),
        ]
        for point in curve["points"]
    ]


def _two_way(one: Json) -> list[Row]:
    other = next(finding["factor"] for finding in one["factors"] if finding["factor"] != "template")
    levels = list(dict.fromkeys(cell[other] for cell in one["cells"]))
    rows: list[Row] = []
    for template in dict.fromkeys(cell["template"] for cell in one["cells"]):
        row = [template]
        for level in levels:
            scores = [
                cell["score"]
                for cell in one["cells"]
                if cell["template"] == template and cell[other] == level
            ]
            row.append(hundredths(sum(scores) / len(scores)))
        rows.append(row)
    return rows


def _variance(one: Json) -> list[Row]:
    shares = {row["term"]: row for row in one["shares"]["rows"]}
    rows = one["components"]["rows"]
    names = {
        row["term"]: row["term"].replace("item_id", "item") + (", noise" if place == len(rows) - 1 else "")
        for place, row in enumerate(rows)
    }
    return [
        [
            names[row["term"]],
            hundredths(100 * row["value"]),
            f"[{hundredths(100 * row['low'])}, {hundredths(100 * row['high'])}]",
            hundredths(row["share"]),
            ends(shares[row["term"]]),
            hundredths(row["value"] ** 0.5),
        ]
        for row in rows
    ]


def _grader(found: Json) -> Row:
    sigma, spread, _ = found["templates"]
    return [
        f"{found['grader']}{' (reported)' if found['primary'] else ''}",
        *shown(found["score"]["crossed"]),
        hundredths(spread["raw"]),
        hundredths(spread["floor"]),
        hundredths(sigma["corrected"]),
        ends(sigma),
        mark(sigma["detectable"], NOISE),
    ]


def _added(effect: Json) -> list[Row]:
    added = {name: 100 * effect["difference"][name] for name in ("value", "low", "high")}
    return [[f"{effect['reported']} (reported)", effect["best"], *shown(added), *shown(effect["vanishing"])]]
