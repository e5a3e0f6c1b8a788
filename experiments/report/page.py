"""The report as one HTML page: nothing fetched, everything of strangers escaped, whole without its script."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.report import charts, numerals
from experiments.report.contents import Contents
from experiments.report.extremes import Extremes, extremes_sentence
from experiments.report.findings import FACTORS, SEED, FactorFinding, Slice, label
from experiments.report.grader_words import grader_sentence
from experiments.report.graders import GraderFinding, GraderShare
from experiments.report.limits import LADDER, MOST_BYTES, Limits
from experiments.report.metrics import PLAIN, TemplateMetrics
from experiments.report.plot import Figure
from experiments.report.prompts import capped
from experiments.report.quality import STATUSES, USUAL
from experiments.report.rankings import ranking_sentence
from experiments.report.search import search_note
from experiments.report.sentences import (
    DRAWS,
    Kind,
    Sentence,
    about,
    detected,
    first_sentences,
    randomness,
    rerun_sentence,
    shares_sentence,
    shown_effect,
)
from experiments.report.severity import SeverityCurve, severity_sentence
from experiments.report.shot_charts import cot_forest, shot_panel
from experiments.report.sparse import QUANTILES
from experiments.report.stopping import stopping_note
from experiments.report.svg import render
from experiments.report.texts import marked, shortened, visible, with_isolated
from stats.sensitivity import Sensitivity

if TYPE_CHECKING:
    import jinja2

TEMPLATE = "report.html.j2"
SCRIPT = "filters.js"
MOST_SENTENCES = 6  # of the verdict, unfolded
MOST_FAILURES = 20
MOST_SAID = 6  # sentences on one factor


@dataclass(frozen=True)
class Drawn:
    """A rendered chart."""

    svg: str
    title: str
    note: str


@dataclass(frozen=True)
class Section:
    """What the page says of one model and task; charts are None or absent where there are none.

    `flips` counts the flipping items of this model and task that are shown.
    """

    one: Slice
    anchor: str
    sentences: tuple[Sentence, ...]
    extremes: Extremes | None
    flips: int
    graders: tuple[GraderFinding, ...]
    share: GraderShare | None
    metrics: TemplateMetrics | None
    severities: tuple[SeverityCurve, ...]
    curves: dict[str, Drawn] = field(default_factory=dict[str, Drawn])
    forests: dict[str, Drawn] = field(default_factory=dict[str, Drawn])
    floors: dict[str, Drawn] = field(default_factory=dict[str, Drawn])
    heat: Drawn | None = None
    heat_factor: str = ""
    variance: Drawn | None = None


class Pen:
    """Renders the figures of one page under names that differ."""

    def __init__(self) -> None:
        self._drawn = 0

    def draw(self, figure: Figure | None) -> Drawn | None:
        """Renders a figure; None stays None."""
        from markupsafe import Markup

        if figure is None:
            return None
        self._drawn += 1
        svg = render(
            figure.spec,
            name=f"chart{self._drawn}",
            title=visible(figure.title),
            description=visible(figure.description),
        )
        return Drawn(Markup(svg), figure.title, figure.note)


def environment(*folders: Path) -> "jinja2.Environment":
    """Where the pages' templates are rendered.

    Everything printed goes through `visible` and is escaped; only the charts, whose texts the XML writer
    escapes, are put in as they are.

    Args:
        folders: Folders of templates that come before the report's own.
    """
    import jinja2
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, Path(__file__).parent]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": numerals.percent,
        "hundredths": numerals.hundredths,
        "points": numerals.points,
        "plain": numerals.plain,
        "interval": numerals.interval,
        "bare_p": numerals.bare_p,
        "count": numerals.count,
        "coverage": numerals.coverage,
        "usd": numerals.usd,
        "duration": numerals.duration,
        "shortened": shortened,
        "isolated": with_isolated,
    }
    return made


def to_html(contents: Contents) -> str:
    """The page, with as much of everything as keeps it below `MOST_BYTES`."""
    most = LADDER[0]
    pen = Pen()
    drawn = _whole_run(contents, pen, most.charted)
    sections = [
        _charted(section, pen) if place < most.charted else section
        for place, section in enumerate(_sections(contents, most.sections))
    ]
    html = ""
    for limits in LADDER:
        html = _page(contents, drawn, sections[: limits.sections], limits)
        if len(html.encode("utf-8", "replace")) <= MOST_BYTES:
            break
    return html


def _whole_run(contents: Contents, pen: Pen, most: int) -> dict[str, Any]:
    """The charts over all models and tasks."""
    tasks = {curve.task: curve.title for curve in contents.shots}
    return {
        "overview": pen.draw(charts.overview(contents.slices)) if len(contents.slices) > 1 else None,
        "categories": pen.draw(charts.categories(contents.categories)) if contents.categories else None,
        "shot_panels": [
            (title, pen.draw(shot_panel([curve for curve in contents.shots if curve.task == task])))
            for task, title in list(tasks.items())[:most]
        ],
        "cot_forest": pen.draw(cot_forest(contents.cot)) if contents.cot else None,
    }


def _page(contents: Contents, drawn: Mapping[str, Any], sections: Sequence[Section], limits: Limits) -> str:
    findings = [sentence for sentence in contents.sentences if sentence.kind is not Kind.score] or list(
        contents.sentences
    )
    prominent = first_sentences(findings, MOST_SENTENCES)
    return (
        environment()
        .get_template(TEMPLATE)
        .render(
            contents=contents,
            manifest=contents.manifest,
            quality=contents.quality,
            lead=findings[0],
            verdict=prominent[1:],
            rest=[sentence for sentence in contents.sentences if sentence not in prominent],
            random=randomness(contents.slices, contents.level),
            drawn=drawn,
            sections=sections,
            flips=contents.flips.shown[: limits.flips],
            script=script() if contents.flips.shown else None,
            statuses=[
                status for status in STATUSES if status in USUAL or contents.quality.statuses.get(status)
            ],
            methods=methods(contents),
            factor_titles=FACTORS,
            report_seed=SEED,
            label=label,
            detected=detected,
            shown_effect=shown_effect,
            marked=marked,
            capped=capped,
            measure_name=measure_name,
            grader_sentence=grader_sentence,
            extremes_sentence=extremes_sentence,
            plain_metrics=PLAIN,
            ranking_sentence=ranking_sentence,
            severity_sentence=severity_sentence,
            rerun_sentence=rerun_sentence,
            shares_sentence=_shares,
            table_by=charts.table_by,
            component_name=charts.component_name,
            limits=limits,
            usual=limits is LADDER[0],
            distribution_levels=QUANTILES,
            stopping_note=stopping_note,
            search_note=search_note,
            most_failures=MOST_FAILURES,
            most_said=MOST_SAID,
        )
    )


def script() -> tuple[str, str]:
    """The page's script, and the source expression by which its security policy knows it."""
    from markupsafe import Markup

    text = (Path(__file__).parent / SCRIPT).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return Markup(text), f"sha256-{digest}"


def _sections(contents: Contents, most: int) -> Iterator[Section]:
    for place, one in enumerate(contents.slices[:most]):
        yield Section(
            one=one,
            anchor=f"pair{place + 1}",
            sentences=about(one),
            flips=sum((flip.model, flip.task) == (one.model, one.task) for flip in contents.flips.shown),
            extremes=next(
                (found for found in contents.extremes if (found.model, found.task) == (one.model, one.task)),
                None,
            ),
            graders=tuple(
                found for found in contents.graders if (found.model, found.task) == (one.model, one.task)
            ),
            share=next(
                (share for share in contents.shares if (share.model, share.task) == (one.model, one.task)),
                None,
            ),
            severities=tuple(
                curve for curve in contents.severities if (curve.model, curve.task) == (one.model, one.task)
            ),
            metrics=next(
                (found for found in contents.metrics if (found.model, found.task) == (one.model, one.task)),
                None,
            ),
        )


def _charted(section: Section, pen: Pen) -> Section:
    one = section.one
    heat = charts.heat_map(one)
    other = next((finding.factor for finding in one.factors if finding.factor != "template"), "")
    forests = {finding.factor: pen.draw(charts.forest(one, finding)) for finding in one.factors}
    floors = {
        finding.factor: pen.draw(charts.noise_floor(one, finding, points_of(finding)))
        for finding in one.factors
        if finding.sensitivity
    }
    curves = {curve.perturbation: pen.draw(charts.severity(curve)) for curve in section.severities}
    return replace(
        section,
        curves={name: drawn for name, drawn in curves.items() if drawn is not None},
        forests={factor: drawn for factor, drawn in forests.items() if drawn is not None},
        floors={factor: drawn for factor, drawn in floors.items() if drawn is not None},
        heat=pen.draw(heat),
        heat_factor=other if heat is not None else "",
        variance=pen.draw(charts.variance(one, one.components)) if one.components is not None else None,
    )


def _shares(one: Slice) -> str:
    """Which share of the variance is whose, in words."""
    parts, shares = one.components, one.shares
    if parts is None or shares is None:
        return ""
    return shares_sentence(one, [charts.component_name(row.term, parts) for row in shares.rows])


def points_of(finding: FactorFinding) -> tuple[Sensitivity, ...]:
    """The measures that are differences of scores; a drop rate is not."""
    return tuple(measure for measure in finding.sensitivity if measure.metric != "pdr")


def measure_name(measure: Sensitivity, finding: FactorFinding) -> str:
    """A sensitivity measure in the words of its factor."""
    what = DRAWS[finding.factor]
    names = {
        "sigma_template": f"σ, standard deviation from one {what} to another",
        "spread": f"best minus worst {what}",
        "pdr": f"performance drop rate from {finding.reference}",
    }
    return names.get(measure.metric, measure.label)


def methods(contents: Contents) -> list[tuple[str, str]]:
    """How every kind of number was made: what it is, and the methods the statistics report of themselves."""
    found: dict[str, dict[str, None]] = {}

    def say(what: str, how: str) -> None:
        found.setdefault(what, {})[how] = None

    for one in contents.distributions:
        if one.found is not None and one.sigma is not None:
            say("Distribution over templates", one.found.quantiles[0.5].method)
            say("Distribution over templates, σ", one.sigma.method)
    for one in contents.searches:
        if one.spread is not None:
            say("Best and worst template", one.spread.method)
        for row in one.templates:
            if row.score is not None:
                say("Best and worst template, score of each", row.score.method)
    for one in contents.slices:
        say("Score, these templates", one.score.fixed.method)
        if one.score.crossed is not None:
            say("Score, templates like these", one.score.crossed.method)
        for finding in one.factors:
            for effect in finding.effects:
                say("Differences", shown_effect(effect).method)
            for measure in finding.sensitivity:
                say(f"Sensitivity, {charts.MEASURES.get(measure.metric, measure.metric)}", measure.method)
        if one.components is not None:
            how = {
                "EMS": "expected mean squares, all factors random, modified large-sample intervals",
                "REML": "REML on the answers there are, all factors random",
            }
            say("Variance", how.get(one.components.method, one.components.method))
        if one.shares is not None:
            say("Shares of variance", "generalised confidence intervals")
    for ends in contents.extremes:
        say("Best and worst conditions", ends.top.method)
        say("Best minus worst condition", ends.distance.method)
    return [(what, "; or ".join(hows)) for what, hows in found.items()]
