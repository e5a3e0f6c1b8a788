"""`fathom published`: its arguments, and what it does."""

import argparse
from collections.abc import Callable
from pathlib import Path


def add_published(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `published` to the commands, with what adds one."""
    parser = add_parser(
        "published",
        help="published scores of GPT models: task=… model=…, or a page with --html",
        description="Prints published scores with the interval that their number of items allows, and where "
        "they stand. Without filters: what there is.",
    )
    parser.add_argument("filters", nargs="*", metavar="KEY=VALUE", help="task=triviaqa,drop, model='gpt-4*'")
    parser.add_argument(
        "--all", action="store_true", help="superseded figures too, and each for every table that prints it"
    )
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write what the figures say as one page that needs no network",
    )
    parser.set_defaults(action=_published)


def _published(args: argparse.Namespace, lab: object) -> int:
    from rich.console import Console

    from experiments.baselines.facts import load
    from experiments.baselines.query import parse, select
    from experiments.baselines.terminal import show_overview, show_rows
    from experiments.configuration import ConfigError

    facts = load()
    query = parse(args.filters, facts)
    if args.html is not None:
        from experiments.baselines.page import write_page

        if args.filters:
            raise ConfigError("--html writes all published figures: leave the filters out")
        print(f"published figures: {write_page(args.html, facts)}")
    elif args.filters:
        rows = select(query, facts, every=args.all)
        if not rows:
            raise ConfigError(
                f"nothing was published for {' '.join(args.filters)}: fathom published lists all"
            )
        show_rows(rows, facts, Console())
    else:
        show_overview(facts, Console())
    return 0
