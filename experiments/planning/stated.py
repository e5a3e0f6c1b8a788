"""What a plan rests on where there is no pilot: components as stated, and the rest from the mean."""

import itertools
import math
from dataclasses import dataclass

from experiments.planning.errors import PlanError
from experiments.planning.estimates import doubled
from experiments.planning.evidence import Evidence, Part
from experiments.planning.questions import SEVERAL, Question

ITEM_SHARE = 0.5  # of the variance that templates leave, that of items where nothing is stated


@dataclass(frozen=True)
class Stated:
    """Components of right-or-wrong scores, as standard deviations of the score in [0, 1].

    Attributes:
        means: Expected mean scores, one a model; more than one for a ranking.
        template: σ between templates.
        item: σ between items; None for half of the variance that templates leave.
        interaction: σ of item × template; None for what is left of mean × (1 - mean), without `noise`.
        noise: σ between samples of one item and template; None where nothing is sampled.
        exemplars: σ between draws of exemplars; None where they are not varied.
        shared: Share of the item and template effects that two models have in common.
    """

    means: tuple[float, ...]
    template: float
    item: float | None = None
    interaction: float | None = None
    noise: float | None = None
    exemplars: float | None = None
    shared: float = 0.0

    def part(self, mean: float) -> Part:
        """One model's components.

        Raises:
            PlanError: They are more than scores in [0, 1] with this mean can vary.
        """
        most = mean * (1 - mean)
        known = {
            "template": self.template,
            "item": self.item,
            "item × template": self.interaction,
            "residual": self.noise,
            "exemplar_seed": self.exemplars,
        }
        variances = {term: sigma**2 for term, sigma in known.items() if sigma is not None}
        left = most - sum(variances.values())
        if left < -1e-9:
            raise PlanError(
                f"the variances stated come to {most - left:.4g}, and scores in [0, 1] with a mean of "
                f"{mean:g} have {most:.4g} at most: lower one of the sigmas"
            )
        if "item" not in variances:
            share = ITEM_SHARE if "item × template" not in variances else 1.0
            variances["item"] = share * max(left, 0.0)
            left -= variances["item"]
        variances.setdefault("item × template", max(left, 0.0))
        return Part(f"a mean of {100 * mean:g} %", mean, variances, self.template)


def title(stated: Stated, question: Question) -> str:
    """Of whom a plan is, in words."""
    means = [f"{100 * mean:g}" for mean in stated.means]
    if question is Question.ranking:
        return f"{len(means)} models with means of {', '.join(means[:-1])} and {means[-1]} %"
    if question in SEVERAL:
        return f"two models with a mean of {means[0]} %"
    return f"a model with a mean of {means[0]} %"


def evidence(stated: Stated, question: Question) -> Evidence:
    """What a question rests on where components are stated.

    Raises:
        PlanError: The means do not fit the question, or as `Stated.part`.
    """
    means = stated.means
    if question is Question.ranking:
        if len(means) < 2 or len(set(means)) < len(means):
            raise PlanError("a ranking wants the mean of each model, all different: --mean 0.72 0.68 0.61")
        ranked = itertools.pairwise(sorted(means, reverse=True))
        return Evidence(tuple(_gap(stated, above, below) for above, below in ranked))
    if len(means) > 1:
        raise PlanError("--mean takes several values with --question ranking only")
    part = stated.part(*means)
    if question in (Question.better, Question.same):
        return Evidence((doubled(part, stated.shared),))
    return Evidence((part,), stated.shared)


def _gap(stated: Stated, above: float, below: float) -> Part:
    """The difference of two models, each with the components of its own mean, as those of both on average."""
    one, other = stated.part(above), stated.part(below)
    terms = dict.fromkeys([*one.variances, *other.variances])
    mean = {term: (one.variances.get(term, 0) + other.variances.get(term, 0)) / 2 for term in terms}
    difference = doubled(Part(one.name, above, mean, stated.template), stated.shared)
    name = f"means of {100 * above:g} % and {100 * below:g} %"
    return Part(name, above - below, difference.variances, math.sqrt(difference.variances["template"]))
