"""`fathom plan`: its arguments, and what it does."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.places import from_here

if TYPE_CHECKING:
    from experiments.planning.cost import Cost
    from experiments.planning.questions import Bars, Question
    from experiments.planning.subject import Caps, Subject

_QUESTIONS = ("score", "better", "same", "stable", "factors", "ranking")
_SIGMAS = ("template", "item", "interaction", "noise", "exemplars")
_WITHOUT = ("mean", *(f"sigma_{name}" for name in _SIGMAS), "model")
_EXAMPLES = """\
questions:
  score      How good is it?            half the width of the score's interval is at most --half-width
  better     Is B better than A?        a difference of --difference is found with --power
  same       Is B as good as A?         two equally good models are shown to be within --margin with --power
  stable     Is B as stable as A?       two equally stable models are shown to be so, within a factor of
                                        --max-sigma-ratio in σ between templates, with --power
  factors    Which factor matters?      half the width of the interval of σ is at most --half-width
  ranking    Which is best?             the models come out in the order they have now with --certainty

examples:
  fathom plan runs/pilot --question score --half-width 2
  fathom plan runs/both --question better --difference 3           a pilot with two models: paired
  fathom plan runs/a:gpt-4o-mini runs/b --question stable          two pilots, or one model of a pilot
  fathom plan runs/all --question ranking --certainty 0.9 --html plan.html
  fathom plan --mean 0.7 --sigma-template 0.05 --task triviaqa --model gpt-4o-mini --question score

exit codes: 0 a design was found, 1 none within reach does (and what it would take), 2 bad usage
"""


def add_plan(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `plan` to the commands, with what adds one."""
    parser = add_parser(
        "plan",
        help="how large must a sweep be? from a pilot run, the cheapest design that answers a question",
        description="From a pilot run (or components that you state), the cheapest design for a wanted "
        "precision, power or certainty: items × templates × exemplar seeds × replicates, in requests, "
        "tokens, money and time, with the command that runs it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="*", metavar="RUN", help="a pilot's folder, or FOLDER:MODEL")
    parser.add_argument(
        "--question", choices=_QUESTIONS, default="score", help="what the sweep is to answer (default score)"
    )
    _bars(parser.add_argument_group("what counts as an answer").add_argument)
    without = parser.add_argument_group("without a pilot, standard deviations of a score in [0, 1]")
    _stated(without.add_argument)
    _limits(parser.add_argument_group("limits and prices").add_argument)
    parser.add_argument(
        "--task",
        default="",
        metavar="NAME",
        help="the only task of the pilot that is planned; without a pilot, the task asked",
    )
    parser.add_argument("--model", default="", metavar="NAME", help="the model asked, without a pilot")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the curve")
    parser.set_defaults(action=_plan)


def _bars(add: Callable[..., argparse.Action]) -> None:
    for name, default, metavar, text in (
        ("--half-width", 2.0, "POINTS", "half the width of an interval"),
        ("--difference", 3.0, "POINTS", "the true difference that is to be found"),
        ("--margin", 2.0, "POINTS", "the difference that does not matter"),
        ("--max-sigma-ratio", 2.0, "X", "the ratio of σ between templates that does not matter"),
        ("--power", 0.8, "P", "the chance to find or to show it"),
        ("--certainty", 0.95, "P", "of a ranking"),
        ("--confidence", 0.95, "P", "of intervals and verdicts"),
    ):
        help_text = f"{text} (default {default:g})"
        add(name, type=float, default=default, metavar=metavar, help=help_text)
    add("--non-inferior", action="store_true", help="for same and stable: only that B is not worse")


def _stated(add: Callable[..., argparse.Action]) -> None:
    add("--mean", type=float, nargs="+", metavar="P", help="mean score; several for a ranking")
    for name, text in (
        ("--sigma-template", "between templates"),
        ("--sigma-item", "between items (default: half the variance that templates leave)"),
        ("--sigma-interaction", "item × template (default: the rest of mean × (1 - mean))"),
        ("--sigma-noise", "between samples of one prompt, where answers are sampled"),
        ("--sigma-exemplars", "between draws of exemplars"),
    ):
        add(name, type=float, metavar="SD", help=text)
    add(
        "--shared",
        type=float,
        default=0.0,
        metavar="R",
        help="share of item and template effects that two models have in common, where the pilot has one "
        "(default 0, the cautious choice)",
    )


def _limits(add: Callable[..., argparse.Action]) -> None:
    for name, text in (
        ("--items", "most items (default: all of the task)"),
        ("--templates", "most templates (default: all of the pilot's kind)"),
        ("--exemplar-seeds", "most draws of exemplars (default 10)"),
        ("--replicates", "most samples of a prompt (default 10)"),
    ):
        add(name, type=int, metavar="N", help=text)
    for name, text in (
        ("--usd-per-request", "instead of what the pilot paid"),
        ("--tokens-per-request", "in and out, instead of the pilot's"),
        ("--seconds-per-request", "instead of what the pilot took"),
    ):
        add(name, type=float, metavar="X", help=text)


def _plan(args: argparse.Namespace, lab: object) -> int:
    from rich.console import Console

    from experiments.planning.answer import answer
    from experiments.planning.as_json import to_json
    from experiments.planning.page import to_html
    from experiments.planning.questions import Question
    from experiments.planning.terminal import show
    from experiments.store.manifest import command, write_text

    bars, question = _checked(args), Question(args.question)
    found = [answer(question, subject, bars) for subject in _subjects(args, question, bars)]
    for one in found:
        show(one, Console())
    if args.json:
        write_text(args.json, to_json(found))
        print(f"numbers: {from_here(args.json)}")
    if args.html:
        write_text(args.html, to_html(found, command()))
        print(f"plan: {from_here(args.html)}")
    return 0 if all(one.found.design is not None for one in found) else 1


def _subjects(args: argparse.Namespace, question: "Question", bars: "Bars") -> "tuple[Subject, ...]":
    from experiments.planning import stated
    from experiments.planning.errors import PlanError
    from experiments.planning.pilot import HELP, pilots_of
    from experiments.planning.questions import SEVERAL
    from experiments.planning.subject import of_pilots, of_stated

    caps, cost = _caps(args), _cost(args)
    if args.runs:
        if given := [_flag(name) for name in _WITHOUT if getattr(args, name) not in (None, "")]:
            raise PlanError(f"{given[0]} is for plans without a pilot: leave it or the run out")
        by_task = pilots_of(args.runs, args.task or None)
        return tuple(
            subject
            for pilots in by_task.values()
            for subject in of_pilots(question, pilots, caps, cost, args.shared, bars.level)
        )
    if (args.mean is None) != (args.sigma_template is None):
        lacks = "--mean" if args.mean is None else "--sigma-template"
        raise PlanError(f"without a pilot a plan takes {lacks} too, as in --mean 0.7 --sigma-template 0.05")
    if args.mean is None:
        raise PlanError(f"there is nothing to plan from: name a pilot's folder, as runs/NAME, {HELP}")
    components = stated.Stated(
        tuple(args.mean),
        args.sigma_template,
        args.sigma_item,
        args.sigma_interaction,
        args.sigma_noise,
        args.sigma_exemplars,
        args.shared,
    )
    models = max(len(args.mean), 2) if question in SEVERAL else 1
    found = stated.evidence(components, question)
    title = stated.title(components, question)
    return (of_stated(title, found, models, caps, cost, args.model, args.task),)


def _checked(args: argparse.Namespace) -> "Bars":
    from experiments.planning.errors import PlanError
    from experiments.planning.questions import Bars

    for name in ("half_width", "difference", "margin"):
        if not 0 < (value := getattr(args, name)) < 100:
            raise PlanError(f"{_flag(name)} is {value:g} points, expected more than 0 and less than 100")
    if not args.max_sigma_ratio > 1:
        raise PlanError(f"--max-sigma-ratio is {args.max_sigma_ratio:g}, expected more than 1")
    for name in ("power", "certainty", "confidence"):
        if not 0.5 <= (value := getattr(args, name)) < 1:
            raise PlanError(f"{_flag(name)} is {value:g}, expected 0.5 or more and less than 1")
    for mean in args.mean or ():
        if not 0 < mean < 1:
            raise PlanError(f"--mean is {mean:g}, expected a score between 0 and 1")
    for name in _SIGMAS:
        sigma = getattr(args, f"sigma_{name}")
        if sigma is not None and not 0 <= sigma <= 0.5:
            raise PlanError(f"--sigma-{name} is {sigma:g}, expected a standard deviation from 0 to 0.5")
    if not 0 <= args.shared < 1:
        raise PlanError(f"--shared is {args.shared:g}, expected a share from 0 to less than 1")
    return Bars(
        args.half_width / 100,
        args.difference / 100,
        args.margin / 100,
        args.max_sigma_ratio,
        args.power,
        args.certainty,
        args.confidence,
        args.non_inferior,
    )


def _caps(args: argparse.Namespace) -> "Caps":
    from experiments.planning.errors import PlanError
    from experiments.planning.subject import Caps

    for name in ("items", "templates", "exemplar_seeds", "replicates"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise PlanError(f"{_flag(name)} is {value}, expected 1 or more")
    return Caps(args.items, args.templates, args.exemplar_seeds, args.replicates)


def _cost(args: argparse.Namespace) -> "Cost":
    from experiments.planning.cost import Cost
    from experiments.planning.errors import PlanError

    for name in ("tokens_per_request", "usd_per_request", "seconds_per_request"):
        value = getattr(args, name)
        if value is not None and not value >= 0:
            raise PlanError(f"{_flag(name)} is {value:g}, expected 0 or more")
    return Cost(args.tokens_per_request, args.usd_per_request, args.seconds_per_request)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
