"""docs/plan.md and the help: every command that they show is one."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from experiments.planning.command import add_plan
from experiments.planning.questions import Question

PAGE = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser().add_subparsers()
    add_plan(commands.add_parser)
    return commands.choices["plan"]


def test_every_command_shown_parses(parser: argparse.ArgumentParser):
    shown = re.findall(r"^ *fathom plan (.*?)(?:   .*)?$", f"{PAGE}\n{parser.epilog}", flags=re.MULTILINE)
    assert len(shown) >= 8
    for words in shown:
        assert parser.parse_args(shlex.split(words)).action


def test_every_question_and_option_is_there(parser: argparse.ArgumentParser):
    for question in Question:
        assert f"| `{question.value}` |" in PAGE
    for option in set(re.findall(r"`(--[a-z-]+)`", PAGE)):
        assert option in parser.format_help(), option
