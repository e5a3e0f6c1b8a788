"""`fathom verify`: its arguments, and what it does."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.verifying.check import Section

# The sources that need files, with what to name.
SOURCES = {
    "state-of-what-art": "a checkout of SLAB-NLP/Multi-Prompt-LLM-Evaluation",
    "promptbench": "a checkout of microsoft/promptbench that has adv_prompts/*.md",
    "bbh": "a checkout of suzgunmirac/BIG-Bench-Hard",
}
_EXAMPLES = """\
examples:
  fathom verify                                       what needs no files
  fathom verify state-of-what-art Multi-Prompt-LLM-Evaluation
  fathom verify bbh BIG-Bench-Hard --json bbh.json

exit codes: 0 all numbers agree, 1 one does not, 2 bad usage
"""


def add_verify(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `verify` to the commands, with what adds one."""
    parser = add_parser(
        "verify",
        help="derive published numbers again: expected against obtained",
        description="Derives published numbers again with the functions of stats, and prints them beside "
        "what came out. Without a source: those whose data are at hand.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", nargs="?", choices=list(SOURCES), help="whose numbers")
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="where the source's files lie")
    parser.add_argument("--all", action="store_true", help="print long tables whole, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number there")
    parser.set_defaults(action=_verify)


def _verify(args: argparse.Namespace, lab: object) -> int:
    from rich.console import Console

    from experiments.verifying.terminal import show_sections

    sections = _sections(args.source, args.path)
    show_sections(sections, Console(), every=args.all)
    if args.json is not None:
        _write(args.json, sections)
    return 0 if all(section.agrees for section in sections) else 1


def _sections(source: str | None, path: Path | None) -> "tuple[Section, ...]":
    from experiments.verifying.files import VerifyError, check_there

    if source is None:
        from experiments.verifying.oracles import oracles

        return oracles()
    if path is None:
        raise VerifyError(f"verify {source} takes a path as well: {SOURCES[source]}")
    check_there(path)
    if source == "promptbench":
        from experiments.verifying.promptbench import section

        return (section(path),)
    if source == "bbh":
        from experiments.verifying import bbh

        return bbh.sections(path)
    from experiments.verifying import state_of_what_art

    return state_of_what_art.sections(path)


def _write(path: Path, sections: "tuple[Section, ...]") -> None:
    import json

    from experiments.verifying.files import VerifyError

    record = {
        "agrees": all(section.agrees for section in sections),
        "sections": [section.as_dict() for section in sections],
    }
    try:
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise VerifyError(f"--json: {path} cannot be written: {error.strerror}") from error
