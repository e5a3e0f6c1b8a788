"""What another grader of the same completions does to template sensitivity, in words."""

import math

from experiments.report.graders import GraderShare
from experiments.report.numerals import SPACE, hundredths, percent, points
from experiments.report.sentences import Kind, Sentence
from stats.estimate import Estimate


def grader_sentence(share: GraderShare) -> Sentence:
    """How much of the variance between templates another grader takes away."""
    effect = share.effect
    where = f"{share.model} on {share.title}"
    views = {view.grader: view for view in effect.views}
    mine, other = views[effect.reported], views[effect.best]
    if effect.reported == effect.best:
        text = (
            f"No other grader reads more answers of {where} than {mine.grader} ({percent(mine.unparsed)} "
            "unread), so none of its template sensitivity is put down to the grader."
        )
        return Sentence(text, Kind.grader, 0.0, None, share.model, share.task, "grader")
    sigmas = f"σ {points(other.sigma.corrected)} instead of {hundredths(mine.sigma.corrected)}"
    vanishing = effect.vanishing
    if effect.difference.value == 0:
        what = "the choice of grader adds nothing to it"
    elif not math.isfinite(vanishing.value):
        what = "there is no variance between templates that another grader could take away"
    elif not math.isfinite(vanishing.low):
        what = (
            f"that is {_taken(vanishing, bounded=False)} variance between templates, which rests on too few "
            "or too similar templates to be told from chance"
        )
    else:
        why = "was the grader and not the answers" if vanishing.low > 0 else "may be chance"
        what = f"that is {_taken(vanishing)} variance between templates, which {why}"
    text = (
        f"Graded by {other.grader} instead of {mine.grader}, the same answers of {where} have a template "
        f"sensitivity of {sigmas} "
        f"({percent(other.unparsed)} unread instead of {percent(mine.unparsed)}): {what}."
    )
    size = 0.0 if math.isnan(vanishing.value) else abs(vanishing.value)
    detectable = vanishing.low > 0 if math.isfinite(vanishing.low) else None
    return Sentence(text, Kind.grader, size, detectable, share.model, share.task, "grader")


def _taken(share: Estimate, *, bounded: bool = True) -> str:
    """A share that vanishes as "40.0 % [12.0, 60.0] less"; one that is added as "more", its ends turned."""
    less = share.value >= 0
    low, high = (share.low, share.high) if less else (-share.high, -share.low)
    ends = f" [{hundredths(low)},{SPACE}{hundredths(high)}]" if bounded else ""
    return f"{percent(abs(share.value))}{ends} {'less' if less else 'more'}"
