"""TAB completion: Hydra's knowledge of keys and options, behind a sub-command."""

import os
import re
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from hydra._internal.core_plugins.bash_completion import BashCompletion
from hydra.core.config_loader import ConfigLoader
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import OmegaConf

from experiments.configuration import ConfigError
from experiments.sweep.expand import Options

# Hydra's own script asks the command itself, not its sub-command, and takes `=` out of COMP_WORDBREAKS for
# every other command of the shell too. This one cuts what bash has already read off the suggestions instead.
SCRIPT = """\
_fathom_complete() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\\n'
    local typed="${line##*[[:space:]]}" cut=""
    [[ $COMP_WORDBREAKS == *=* ]] && cut="${typed%"${typed##*[=:]}"}"
    local found=($("${COMP_WORDS[0]}" completion query "$line" 2>/dev/null))
    COMPREPLY=("${found[@]#"$cut"}")
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=./] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _fathom_complete fathom
"""
SCRIPTS = {"bash": SCRIPT, "zsh": "autoload -U +X bashcompinit && bashcompinit\n" + SCRIPT}
_FLAGS = ("--cfg", "--config-dir", "--help", "--hydra-help", "--info", "--multirun", "--package", "--resolve")


def script(shell: str) -> str:
    """The script that `eval` makes a shell complete `fathom` with.

    Raises:
        ConfigError: There is none for that shell.
    """
    if shell not in SCRIPTS:
        raise ConfigError(f"no completion for the shell '{shell}', only for {' and '.join(SCRIPTS)}")
    return SCRIPTS[shell]


def hydra_request(loader: ConfigLoader, config_name: str, overrides: Sequence[str]) -> None:
    """Serves `fathom run -sc install=bash` and the query of Hydra's protocol, by printing the answer."""
    requests = dict(
        override.split("=", 1) for override in overrides if re.match("(install|uninstall|query)=", override)
    )
    if "install" in requests:
        print(script(requests["install"]), end="")
    elif "uninstall" in requests:
        print("complete -r fathom; unset -f _fathom_complete")
    elif "query" in requests:
        line = re.sub(r"^\s*\S+\s+(run\s+)?", "", os.environ.get("COMP_LINE", ""))
        print("\n".join(suggest_overrides(loader, config_name, line)))
    else:
        raise ConfigError("--shell-completion wants install=bash, uninstall=bash or query=bash")


def suggest_overrides(loader: ConfigLoader, config_name: str, line: str) -> list[str]:
    """Completions of the last word of what follows `fathom run`."""
    word = "" if line[-1:].isspace() else line.split()[-1] if line.split() else ""
    if word.startswith("-"):
        return [flag for flag in _FLAGS if flag.startswith(word)]
    try:
        return _Completion(loader).suggest(config_name, f"--multirun {line}")  # so that sweeps are legal
    except SystemExit:  # argparse, at a flag that is not yet one
        return []


def suggest_runs(word: str, runs_dir: Path = Path("runs")) -> list[str]:
    """Run folders that begin with a word, as paths."""
    folder = Path(os.path.dirname(word)) if "/" in word else runs_dir
    paths = sorted(path for path in folder.glob("*") if path.is_dir())
    return [f"{path}" for path in paths if f"{path}".startswith(word)]


class _Completion(BashCompletion):
    """Hydra's completion, with the options in sub-folders of a group, and values that have names."""

    def suggest(self, config_name: str, line: str) -> list[str]:
        return self._query(config_name, line)

    def _query_config_groups(
        self, word: str, config_name: str | None, words: list[str]
    ) -> tuple[list[str], bool]:
        group, equals, _ = word.lstrip("+~").partition("=")
        options = Options(self.config_loader, config_name)
        if equals and (known := options.of(group) or self._members(group, config_name, words)):
            typed = word[: max(word.rfind("="), word.rfind(",")) + 1]  # the key and all values but the last
            return [name for name in (f"{typed}{name}" for name in known) if name.startswith(word)], True
        if not equals and "/" not in word:
            prefix = word[: len(word) - len(word.lstrip("+~"))]
            ending = "" if prefix == "~" else "="
            return [
                f"{prefix}{name}{ending}" for name in options.groups() if name.startswith(word.lstrip("+~"))
            ], False
        return super()._query_config_groups(word, config_name, words)

    def _members(self, key: str, config_name: str | None, words: list[str]) -> list[str]:
        """The values of a key that has a few named ones."""
        try:
            config = self.config_loader.load_configuration(config_name, words, RunMode.MULTIRUN)
        except ConfigCompositionException:
            return []
        value: object = OmegaConf.select(config, key)
        return [member.name for member in type(value)] if isinstance(value, Enum) else []
