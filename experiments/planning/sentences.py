"""A plan in words."""

from collections.abc import Iterator, Mapping

from experiments.planning.answer import Answer, Design, Found
from experiments.planning.cost import Cost
from experiments.planning.questions import TITLES, Question
from experiments.planning.wanted import Wanted
from experiments.report.numerals import count, coverage, duration, many, percent, points, usd
from stats.design import REPLICATE

NAMES: Mapping[str, tuple[str, str]] = {
    "item": ("item", "items"),
    "template": ("template", "templates"),
    "exemplar_seed": ("exemplar seed", "exemplar seeds"),
    REPLICATE: ("replicate", "replicates"),
}


def value(target: Wanted, number: float) -> str:
    """A reach as people read it: points for a width, percent for a chance."""
    return points(number) if target.less else percent(number)


def sizes_in_words(sizes: Mapping[str, int]) -> str:
    """A design as "120 items × 14 templates"; a single replicate is not worth a word."""
    return " × ".join(
        many(size, *NAMES[name]) for name, size in sizes.items() if name != REPLICATE or size > 1
    )


def cost_in_words(cost: Cost) -> str:
    """What is known of a cost, as ", 71,000 tokens, $0.12, 4 min"; empty where nothing is."""
    tokens = None if cost.tokens is None else f"about {count(_rounded(cost.tokens))} tokens"
    money = None if cost.usd is None else usd(cost.usd)
    time = None if cost.seconds is None else duration(cost.seconds)
    return "".join(f", {part}" for part in (tokens, money, time) if part is not None)


def _rounded(number: float) -> int:
    """Two or three digits that mean something."""
    whole = round(number)
    return round(whole, -max(len(str(whole)) - 3, 0))


def lead(one: Answer) -> str:
    """The answer in one sentence."""
    head = f"{TITLES[one.question]} {one.subject.title}"
    if one.found.design is None:
        return f"{head}: no design within reach is large enough."
    return f"{head}: {_design(one, one.found.design)}."


def _design(one: Answer, design: Design) -> str:
    models = len(one.subject.costs)
    parts = [f"{models} models"] if models > 1 else []
    parts += [many(one.subject.conditions, "setting")] if one.subject.conditions > 1 else []
    factor = f" ({', '.join(parts)})" if parts else ""
    requests = many(design.requests, "request")
    return f"{sizes_in_words(design.sizes)}{factor}, {requests}{cost_in_words(design.cost)}"


def sentences(one: Answer) -> tuple[str, ...]:
    """What follows the lead: what the design shows, what no items can better, what if the pilot was lucky."""
    return tuple(_sentences(one))


def _sentences(one: Answer) -> Iterator[str]:
    target = one.target
    if one.found.design is not None:
        design = one.found.design
        yield f"{_shown(one, design.reach)} (wanted: {value(target, target.target)})."
        bound = value(target, design.bound)
        if bound not in (points(0.0), percent(1.0)):
            yield (
                f"With {many(design.sizes['template'], 'template')}, no number of items gets it "
                f"{'below' if target.less else 'above'} {bound}."
            )
    else:
        yield _short(one, one.found)
    if one.unlucky is not None and one.unlucky.evidence != one.found.evidence:
        yield _unlucky(one, one.unlucky)
    for note in one.subject.notes:
        yield f"{note[0].upper()}{note[1:]}."


def _shown(one: Answer, reach: float) -> str:
    """What a design of a certain reach shows."""
    bars, question = one.bars, one.question
    level = coverage(bars.level)
    if question is Question.score:
        return f"Half the width of the score's {level} interval is then about {points(reach)}"
    if question is Question.factors:
        return f"Half the width of the {level} interval of σ is then about {points(reach)}"
    if question is Question.better:
        return f"A true difference of {points(bars.difference)} is found with a power of {percent(reach)}"
    if question is Question.same:
        what = "shown not to be worse by as much as" if bars.one_sided else "shown to be within"
        return (
            f"Of two equally good models, B is {what} {points(bars.margin)} with a power of {percent(reach)}"
        )
    if question is Question.stable:
        what = "is shown to be at most" if bars.one_sided else "is shown to be within a factor of"
        more = " times that of A" if bars.one_sided else " of that of A"
        return (
            f"Of two equally stable models, the σ of B {what} {bars.sigma_ratio:g}{more} with a power of "
            f"{percent(reach)}"
        )
    return f"The models come out in this order in at least {percent(reach)} of sweeps, if it is the true one"


def _short(one: Answer, found: Found) -> str:
    """Why no design does, and what it would take."""
    short, room, target = found.shortfall, one.subject.room, one.target
    assert short is not None
    whole = sizes_in_words(room.whole)
    text = (
        f"All of {whole} are too few: {_lower(_shown(one, short.reach))} "
        f"(wanted: {value(target, target.target)})"
    )
    if not target.met(short.bound):
        text += (
            f"; with {many(room.templates, 'template')}, no number of items gets it "
            f"{'below' if target.less else 'above'} {value(target, short.bound)}"
        )
    ways: list[str] = []
    if short.templates is not None:
        ways.append(f"{many(short.templates, 'template')} ({short.templates - room.templates} more)")
    if short.items is not None:
        ways.append(f"{many(short.items, 'item')} ({count(short.items - room.items)} more)")
    if short.seeds is not None and room.exemplar_seeds is not None:
        ways.append(
            f"{many(short.seeds, *NAMES['exemplar_seed'])} ({count(short.seeds - room.exemplar_seeds)} more)"
        )
    if ways:
        return f"{text}. All else as large, it takes {' or '.join(ways)}."
    if short.both is not None:
        return f"{text}. It takes more of both: {sizes_in_words(short.both)}."
    if room.exemplar_seeds is not None:
        return f"{text}. No more of items, templates or exemplar seeds does alone: it takes more of several."
    return f"{text}. Neither does any number of items, nor of templates up to 1,000: settle for less."


def _unlucky(one: Answer, found: Found) -> str:
    stable = one.question is Question.stable
    parts = zip(one.found.evidence.parts, found.evidence.parts, strict=True)
    sigmas = "; ".join(f"{points(before.sigma)} but {points(after.sigma)}" for before, after in parts)
    end = "lower" if stable else "upper"
    head = (
        f"If the pilot was lucky, and the σ between templates{_of(one)} is not {sigmas} ({end} end of the "
        f"{coverage(found.evidence.level)} interval): "
    )
    if found.design is not None:
        return f"{head}{_design(one, found.design)}."
    if stable and found.evidence.first.sigma == 0:
        return f"{head}two σ that may be nothing at all have no ratio to be shown; no design does."
    return head + _lower(_short(one, found))


def _lower(sentence: str) -> str:
    """A sentence as it follows a colon."""
    return sentence[:1].lower() + sentence[1:]


def _of(one: Answer) -> str:
    return " of the difference" if one.question in (Question.better, Question.same, Question.ranking) else ""
