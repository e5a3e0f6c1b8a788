"""Everything a report holds, before it is written as a page, as JSON or on a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.report.control import control_findings, without_control
from experiments.report.extremes import Extremes, extremes
from experiments.report.findings import Slice, analyse
from experiments.report.flips import Flips, find_flips, with_texts
from experiments.report.grader_words import grader_sentence
from experiments.report.graders import GraderFinding, GraderShare, audit, shares
from experiments.report.merged import merged
from experiments.report.metrics import TemplateMetrics, template_metrics
from experiments.report.prompts import TaskPrompts, example_prompts, read_texts, with_prompts
from experiments.report.quality import Quality, assess
from experiments.report.rankings import TaskRanking, ranking_sentence, rankings
from experiments.report.search import TemplateSearch, search_sentence, searches
from experiments.report.sentences import Sentence, verdict
from experiments.report.severity import SeverityCurve, severity_curves
from experiments.report.shots import CotGain, ShotCurve, cot_gains, shot_curves
from experiments.report.sparse import Distribution, distribution_sentence, distributions
from experiments.report.stopping import EarlyStop, decision_sentences, early_stop, with_stopped_scores
from experiments.report.suite import CategoryScore, category_scores
from experiments.store.manifest import Manifest
from experiments.store.tables import REQUESTS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contents:
    """What a run shows.

    Attributes:
        manifest: The run's record.
        level: Of every interval.
        slices: The statistics, by model and task.
        sentences: The verdict, the most important first.
        quality: How the run went.
        flips: Items that flip, with their texts.
        graders: The grader audit; empty where there is one grader.
        shares: What another grader does to template sensitivity; empty likewise, and without templates.
        metrics: Every metric of template sensitivity; empty where templates do not vary.
        rankings: The models of every task ranked; empty where a task has one model or too few templates.
        severities: Score against realised severity; empty where no perturbation has several severities.
        categories: Category scores; empty where there is one task.
        prompts: What was asked: an example item of each task under every condition.
        extremes: Best and worst conditions; empty where there are fewer than three.
        shots: Score by number of shots; empty where it does not vary.
        cot: What chain of thought gains; empty where it was not varied.
        distributions: The distribution over templates; empty unless the run is a sparse sample.
        searches: Best and worst template; empty unless the run searched for them. Where there are these or
            distributions, there are no flips, graders, metrics, rankings, severities and categories, which
            need complete items.
        early: Where a run that stops by what it finds stopped.
    """

    manifest: Manifest
    level: float
    slices: tuple[Slice, ...]
    sentences: tuple[Sentence, ...]
    quality: Quality
    flips: Flips
    graders: tuple[GraderFinding, ...]
    shares: tuple[GraderShare, ...]
    metrics: tuple[TemplateMetrics, ...]
    rankings: tuple[TaskRanking, ...]
    severities: tuple[SeverityCurve, ...]
    categories: tuple[CategoryScore, ...]
    prompts: tuple[TaskPrompts, ...]
    extremes: tuple[Extremes, ...]
    shots: tuple[ShotCurve, ...]
    cot: tuple[CotGain, ...]
    distributions: tuple[Distribution, ...]
    searches: tuple[TemplateSearch, ...]
    early: EarlyStop


def gather(*folders: Path) -> Contents:
    """Reads a run folder, or several as one run, and analyses it; calls no model.

    Args:
        folders: The runs' folders, one at least.

    Raises:
        RunFolderError: If one is no run folder or lacks a table, or they cannot be put side by side.
    """
    manifest, everything = merged(folders)
    outcomes = without_control(everything)
    level = float(manifest["report"]["level"])
    analysed = analyse(outcomes, manifest, level)
    early = early_stop(outcomes, analysed, manifest, level)
    slices = with_stopped_scores(analysed, early)
    quality = assess(outcomes, manifest, slices, control_findings(everything, level))
    whole = tuple(one for one in slices if not one.sparse)
    categories = category_scores(outcomes, whole, manifest, level)
    of_graders = shares(outcomes, whole, level)
    ranked = rankings(outcomes, whole, level)
    spread = distributions(outcomes, slices, manifest, level)
    searched = searches(outcomes, slices, manifest, level)
    further = [
        *map(search_sentence, searched),
        *map(distribution_sentence, spread),
        *decision_sentences(early),
        *map(ranking_sentence, ranked),
        *map(grader_sentence, of_graders),
    ]
    flips = find_flips(outcomes, whole, int(manifest["report"]["flipped"]))
    prompts = example_prompts(outcomes, manifest)
    keys = [side.key for flip in flips.shown for side in (flip.right, flip.wrong)]
    asked = [one.key for task in prompts for one in task.shown]
    texts = read_texts([folder / REQUESTS for folder in folders], [*keys, *asked])
    return Contents(
        manifest=manifest,
        level=level,
        slices=slices,
        sentences=verdict(slices, quality, categories, further),
        quality=quality,
        flips=with_texts(flips, texts, _forms(outcomes, keys)),
        graders=audit(outcomes, whole, level),
        shares=of_graders,
        rankings=ranked,
        severities=severity_curves(outcomes, whole),
        metrics=template_metrics(everything, whole, manifest, level),
        categories=categories,
        prompts=with_prompts(prompts, texts),
        extremes=extremes(outcomes, whole, manifest, level),
        shots=shot_curves(whole),
        cot=cot_gains(whole),
        distributions=spread,
        searches=searched,
        early=early,
    )


def _forms(outcomes: "pd.DataFrame", keys: Sequence[str]) -> dict[str, str]:
    rows = outcomes[outcomes["key"].isin(keys)]
    return {str(key): str(form) for key, form in zip(rows["key"], rows["form"], strict=True)}
