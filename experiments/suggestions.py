"""What the last word of a command line may become, for TAB: commands, flags, their values, runs."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments import catalog

_WITH_RUNS = ("report", "regrade", "compare", "gate", "versions", "plan", "track")
_RUN_FLAGS = ("--baseline",)
_GROUP_FLAGS = {"--task": "task", "--model": "model"}  # flags whose values are options of a group
_GROUP_COMMANDS = ("plan",)  # where they are; elsewhere they name what a run or a log has


def suggest(
    line: str,
    *,
    parser: argparse.ArgumentParser,
    commands: Sequence[str],
    overrides: Callable[[str], Sequence[str]],
) -> list[str]:
    """Completions of the last word of a command line, `fathom` included.

    Args:
        line: The line up to the cursor.
        parser: What parses the line.
        commands: The names of all commands.
        overrides: Completes a line whose command takes Hydra's overrides, as if the command were `run`.
    """
    words = line.split()
    word = words.pop() if line and not line[-1].isspace() else ""
    if len(words) <= 1:
        names: Sequence[str] = commands
    elif words[1] in ("run", "show", "validate", "rewrite"):
        names = overrides(line.replace(words[1], "run", 1))
    elif words[1] == "help":
        names = commands
    else:
        names = _of_command(words[1], words[2:], word, _commands(parser).get(words[1]))
    return [name for name in dict.fromkeys(names) if name.startswith(word)]


def _of_command(
    command: str, words: Sequence[str], word: str, parser: argparse.ArgumentParser | None
) -> Sequence[str]:
    """What may follow a command and the words after it."""
    if parser is None:
        return []
    for place, said in enumerate(words):
        if said in (inner := _commands(parser)):
            return _of_command(f"{command} {said}", words[place + 1 :], word, inner[said])
    flags = _flags(parser)
    if word.startswith("-"):
        return list(flags)
    waiting = flags.get(words[-1]) if words else None
    if waiting is not None and waiting.nargs != 0:
        return _of_flag(command, words[-1], waiting, word)
    before = [
        said
        for place, said in enumerate(words)
        if not said.startswith("-") and not (place and _takes_one(flags.get(words[place - 1])))
    ]
    return _of_argument(command, len(before), word, parser)


def _of_flag(command: str, flag: str, action: argparse.Action, word: str) -> Sequence[str]:
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    if command in _GROUP_COMMANDS and flag in _GROUP_FLAGS:
        return [entry.name for entry in catalog.entries(_GROUP_FLAGS[flag], [])]
    return _runs(word) if flag in _RUN_FLAGS else []


def _of_argument(command: str, before: int, word: str, parser: argparse.ArgumentParser) -> Sequence[str]:
    """What may stand where so many words that are no flags stand before."""
    if command == "import":
        from experiments.importing.formats import AUTO, FORMATS

        return [*FORMATS, AUTO] if before == 0 else []
    if command == "published":
        from experiments.baselines.query import suggestions

        return suggestions(word)
    if command == "regrade" and before:
        return [entry.name for entry in catalog.entries("grader", [])]
    if command in _WITH_RUNS:
        return _runs(word)
    places = [action for action in _actions(parser) if not action.option_strings]
    if before >= len(places) or places[before].choices is None:
        return []
    return [str(choice) for choice in places[before].choices or () if choice != "query"]


def _runs(word: str) -> list[str]:
    from experiments.completion import suggest_runs

    return suggest_runs(word)


def _takes_one(action: argparse.Action | None) -> bool:
    return action is not None and action.nargs is None


def _commands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The sub-commands of a parser."""
    for action in _actions(parser):
        if isinstance(action.choices, Mapping):
            return action.choices
    return {}


def _flags(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return {
        flag: action
        for action in _actions(parser)
        for flag in action.option_strings
        if flag.startswith("--") and action.help != argparse.SUPPRESS
    }


def _actions(parser: argparse.ArgumentParser) -> list[Any]:
    actions: list[Any] = vars(parser)["_actions"]  # argparse has no public way to ask for them
    return actions
