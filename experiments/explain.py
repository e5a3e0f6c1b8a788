"""Hydra's and OmegaConf's errors in words that lead to the fix."""

import re

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException, ValidationError

from experiments import catalog
from experiments.keys import did_you_mean, free_section, known_keys
from experiments.sweep.expand import Options, unknown_option

# What Hydra and OmegaConf raise at a wrong configuration; the last four stand for cases they do not foresee,
# such as a mapping given to a key that is null.
COMPOSITION_ERRORS = (
    HydraException,
    OmegaConfBaseException,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
)

# The extra of the package that has a launcher.
_EXTRAS = {"joblib": "joblib", "submitit_slurm": "slurm", "submitit_local": "slurm", "ray": "ray"}


def explain(error: BaseException, options: Options | None = None) -> str:
    """What to tell the user about an error in a configuration.

    Args:
        error: Raised while a configuration was composed or checked.
        options: The groups' options on the search path; those of the package if not given.

    Returns:
        One line or a few: the key, what was wrong with it, and what comes nearest.
    """
    message = str(error).strip()
    cause = error.__cause__
    if found := re.match(r"Could not override '([^']+)'", message):
        return _unknown_key(found.group(1), message)
    if found := re.search(r"Key '[^']+' (?:is )?not in '\w+'\s+full_key: (\S+)", message):
        where = re.match(r"In '([^']+)'", message)
        return f"{where.group(0)}: {_unknown(found.group(1))}" if where else _unknown(found.group(1))
    if isinstance(error, OverrideParseException):
        return unreadable(error.override)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file is not None:
        return _missing_file(error, options)
    if isinstance(cause, ValidationError):
        return _invalid(cause) or message
    if isinstance(cause, OmegaConfBaseException):
        return f"{message}: {_first_line(cause)}"
    if isinstance(error, (TypeError, AttributeError)) and (found := re.search(r"full_key: (\S+)", message)):
        return f"cannot set '{found.group(1)}' to that: {_first_line(error)}"
    if found := re.match(r"Ambiguous value for argument '([^']+)'", message):
        return (
            f"'{found.group(1)}' is a sweep, but only one cell is shown or run here; give one value\n"
            f"(or key=[a,b] for a list, key=\\'a,b\\' for a text with commas)"
        )
    if message == "Unexpected type for root: NoneType":
        return (
            "a key is set below one that is null; give that one a value first, as in grader=judge for "
            "grader.judge.name=..."
        )
    if message.startswith("Config group override must be a string or a list. Got NoneType"):
        return "a group cannot be set to null; leave the group out, or take it out with ~group"
    return message


def unreadable(override: str) -> str:
    """What to tell the user about an override that is against Hydra's grammar, and what is probably wrong."""
    key, equals, value = override.partition("=")
    if not equals:
        return f"'{override}' is no override, expected KEY=VALUE"
    if re.search(r"(^|,)\s*(,|$)", value):
        why = f"a value is missing beside a comma; several values are written {key}=1,2"
    elif any(value.count(begin) != value.count(end) for begin, end in ("()", "[]", "{}")):
        why = "a bracket is not closed"
    elif any(value.count(quote) % 2 for quote in "\"'"):
        why = "a quotation mark is not closed"
    else:
        why = f"a text with signs in it wants quotation marks of its own: \"{key}='...'\""
    return f"cannot read '{override}': {why}"


def _unknown_key(key: str, message: str) -> str:
    group = key.split("@")[0]
    if group in catalog.GROUPS or group.startswith(("hydra.", "hydra/")):
        return message.split("\nTo append to your")[0]
    if free_section(key):
        return f"'{key}' is not set yet; add it with a plus: {message.rsplit('use ', 1)[-1]}"
    return _unknown(key)


def _unknown(key: str) -> str:
    return f"unknown key '{key}'{did_you_mean(key, known_keys())}"


def _missing_file(error: MissingConfigException, options: Options | None) -> str:
    path = error.missing_cfg_file or ""
    group, _, option = path.rpartition("/") if path.startswith("hydra/") else path.partition("/")
    if group == "hydra/launcher" and (extra := _EXTRAS.get(option)):
        return f"hydra/launcher={option} is not installed: pip install 'prompt-fathom[{extra}]'"
    if not option or error.options is None:
        return str(error).split("\nConfig search path")[0].strip()
    if group.startswith("hydra/"):
        known = list(error.options)
    elif options is not None:
        known = options.of(group)
    else:
        known = [entry.name for entry in catalog.entries(group)]
    return unknown_option(group, option, known)


def _invalid(cause: ValidationError) -> str:
    return f"bad value for '{cause.full_key}': {_first_line(cause)}"


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0]
