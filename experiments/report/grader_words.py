"""What another grader of the same completions does to template sensitivity, in words."""

import math

from experiments.report.graders import GraderShare
from experiments.report.numerals import SPACE, hundredths, interval, percent, points
from experiments.report.sentences import Kind, Sentence


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
    vanishing = effect.vanishing
    if not math.isfinite(vanishing.value):
        what = "there is no variance between templates that another grader could take away"
    elif not math.isfinite(vanishing.low):
        what = (
            f"that is {_taken(vanishing.value)} of the variance between templates, but the share has no "
            "bounds, as that variance cannot be told from 0"
        )
    else:
        what = (
            f"that is {_taken(vanishing.value)} {interval(vanishing)}{SPACE}% of the variance between "
            "templates, which was the grader and not the answers"
            if vanishing.low > 0
            else f"that is {_taken(vanishing.value)} {interval(vanishing)}{SPACE}% of the variance between "
            "templates, which may be chance"
        )
    text = (
        f"Graded by {other.grader} instead of {mine.grader}, the same answers of {where} have a template "
        f"sensitivity of σ {points(other.sigma.corrected)} instead of {hundredths(mine.sigma.corrected)} "
        f"({percent(other.unparsed)} unread instead of {percent(mine.unparsed)}): {what}."
    )
    size = 0.0 if math.isnan(vanishing.value) else abs(vanishing.value)
    detectable = vanishing.low > 0 if math.isfinite(vanishing.low) else None
    return Sentence(text, Kind.grader, size, detectable, share.model, share.task, "grader")


def _taken(share: float) -> str:
    return f"{percent(share)} less" if share >= 0 else f"{percent(-share)} more"
