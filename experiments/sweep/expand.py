"""From the command line's overrides to the override list of every job of a sweep."""

import itertools
from collections.abc import Sequence
from fnmatch import fnmatchcase

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, OverrideType, Transformer
from omegaconf import OmegaConf

from experiments.configuration import ConfigError
from experiments.keys import did_you_mean

_PERTURBATION = "perturbation"
_RUN_WIDE = ("name", "runs_dir", "store")  # one folder and one store for all cells of a run


class Options:
    """The options of the configuration groups on a search path.

    Args:
        loader: Hydra's configuration loader.
        config_name: The primary configuration; it may add to the search path.
        hydra_overrides: Overrides of Hydra's own keys; they may add to it too.

    Attributes:
        repository: Reads and keeps the configuration files on that path.
    """

    def __init__(
        self, loader: ConfigLoader, config_name: str | None, hydra_overrides: Sequence[str] = ()
    ) -> None:
        assert isinstance(loader, ConfigLoaderImpl)
        # Asking the loader itself would read the search path anew for every group.
        _, self.repository = loader._parse_overrides_and_create_caching_repo(  # pyright: ignore[reportPrivateUsage]  # the only way to it
            config_name, list(hydra_overrides)
        )
        self._known: dict[str, list[str]] = {}

    def of(self, group: str) -> list[str]:
        """A group's options, sorted, those in sub-folders as "folder/option"; empty if it is not a group."""
        if group not in self._known:
            names = self.repository.get_group_options(group, ObjectType.CONFIG)
            for folder in self.repository.get_group_options(group, ObjectType.GROUP):
                names.extend(f"{folder}/{name}" for name in self.of(f"{group}/{folder}"))
            self._known[group] = sorted(names)
        return self._known[group]

    def suite(self, group: str, option: str) -> list[str]:
        """The members of a perturbation that is a suite, a file with a list under `suite`; else empty."""
        if group != _PERTURBATION or option not in self.of(group):
            return []
        loaded = self.repository.load_config(f"{group}/{option}")
        members = OmegaConf.select(loaded.config, "suite") if loaded is not None else None
        return [] if members is None else [str(member) for member in members]

    def without_suites(self, group: str, values: Sequence[str]) -> list[str]:
        """Options with every suite replaced by its members, each named once."""
        found: dict[str, None] = {}
        for value in values:
            found.update(dict.fromkeys(self.suite(group, value) or [value]))
        return list(found)

    def chain(self, value: str) -> list[str]:
        """The names of the perturbations that a value such as "keyboard_typo+case" puts after one another.

        Raises:
            ConfigError: One of them is no perturbation, is "none", or is a suite.
        """
        found: list[str] = []
        for option in value.split("+"):
            if option not in self.of(_PERTURBATION):
                known = [name for name in self.of(_PERTURBATION) if not self.suite(_PERTURBATION, name)]
                raise ConfigError(f"'{value}': {unknown_option(_PERTURBATION, option, known)}")
            if option == "none":
                raise ConfigError(f"'{value}': none changes nothing; leave it out")
            if members := self.suite(_PERTURBATION, option):
                raise ConfigError(
                    f"'{value}': '{option}' is a suite; put one of its perturbations there: "
                    f"{', '.join(name for name in members if name != 'none')}"
                )
            loaded = self.repository.load_config(f"{_PERTURBATION}/{option}")
            config = loaded.config if loaded is not None else OmegaConf.create()
            # An option of the user's own may have another name than its perturbation, and a chain itself.
            name = OmegaConf.select(config, "name")
            found.extend([str(name or option), *map(str, OmegaConf.select(config, "then") or [])])
        return found

    def groups(self) -> list[str]:
        """The names of the top-level groups, Hydra's own left out."""
        groups = self.repository.get_group_options("", ObjectType.GROUP)
        return [group for group in groups if group != "hydra"]


def expand(arguments: Sequence[str], options: Options) -> list[tuple[str, ...]]:
    """The override list of every job of a sweep.

    The grammar and the result are those of Hydra's basic sweeper: what is swept first on the command line
    changes slowest, and a later override of the same key replaces an earlier one in its place. Beyond it,
    `glob` sees options in sub-folders (`template=glob(qa/*)`); a `*` does not cross a `/`, a `**` does. An
    option that is a suite stands for its members, as if they had been written in its place. A perturbation
    `one+other` is `one` with the other in `perturbation.then`.

    Args:
        arguments: Overrides as on the command line.
        options: The groups' options, for `glob` and to check swept options.

    Returns:
        One tuple of overrides a job; a single one if nothing is swept.

    Raises:
        ConfigError: An option is unknown, a glob matches nothing, or a sweep cannot be enumerated.
        hydra.errors.OverrideParseException: An override is not grammatical.
    """
    axes: dict[str, list[str]] = {}
    for override in OverridesParser.create().parse_overrides(list(arguments)):
        key = override.get_key_element()
        axes[key] = [f"{key}={value}" for value in options.without_suites(key, _values(override, options))]
    return [unchained(job, options) for job in itertools.product(*axes.values())]


def unchained(overrides: Sequence[str], options: Options) -> tuple[str, ...]:
    """The overrides without perturbations that are several in one name; sweeps are left as they are.

    Raises:
        ConfigError: The perturbations cannot follow one another, or perturbation.then is given as well.
    """
    written: list[str] = []
    for line in overrides:
        key, _, value = line.partition("=")
        chained = key == _PERTURBATION and "+" in value
        if not chained or OverridesParser.create().parse_override(line).is_sweep_override():
            written.append(line)
            continue
        if any(other.startswith(f"{_PERTURBATION}.then=") for other in overrides):
            raise ConfigError(f"'{line}': what follows is named there; leave perturbation.then out")
        value = value.strip("'\"")
        rest = options.chain(value)[1:]
        written += [f"{key}={value.split('+')[0]}", f"{_PERTURBATION}.then=[{','.join(rest)}]"]
    return tuple(written)


def unknown_option(group: str, option: str, options: Sequence[str]) -> str:
    """The message for an option that a group does not have, with the nearest and all those of its folder."""
    folder = option.rpartition("/")[0]
    siblings = [name for name in options if folder and name.startswith(f"{folder}/")]
    return (
        f"'{group}' has no option '{option}'{did_you_mean(option, options)}\n"
        f"options: {', '.join(siblings or options) or 'none'}"
    )


def matches(name: str, pattern: str) -> bool:
    """Whether a glob pattern matches an option: `*` within one folder, `**` across folders."""
    return _match(name.split("/"), pattern.split("/"))


def _values(override: Override, options: Options) -> list[str]:
    """The values of one override as they are written on a command line."""
    if not override.is_sweep_override():
        return [override.get_value_element_as_str()]
    line = override.input_line
    if override.key_or_group in _RUN_WIDE:
        raise ConfigError(f"'{line}': {override.key_or_group} cannot be swept, it is one for the whole run")
    if override.is_hydra_override():
        raise ConfigError(f"'{line}': Hydra's own keys cannot be swept")
    if isinstance(glob := override.value(), Glob):
        return _globbed(override.key_or_group, glob, options)
    if not override.is_discrete_sweep():
        raise ConfigError(f"'{line}': an interval cannot be enumerated; use range(...) or a list of values")
    values = list(override.sweep_string_iterator())
    if not values:
        raise ConfigError(f"'{line}' sweeps over nothing")
    if override.type == OverrideType.CHANGE and (known := options.of(override.key_or_group)):
        for option in override.sweep_iterator():
            chained = override.key_or_group == _PERTURBATION and "+" in str(option)
            if isinstance(option, str) and option not in known and not chained:
                raise ConfigError(unknown_option(override.key_or_group, option, known))
    return values


def _globbed(group: str, glob: Glob, options: Options) -> list[str]:
    known = options.of(group)
    if not known:
        raise ConfigError(f"glob on '{group}', which is not a group{did_you_mean(group, options.groups())}")
    chosen = [
        name
        for name in known
        if not options.suite(group, name)
        and any(matches(name, pattern) for pattern in glob.include)
        and not any(_excludes(name, pattern) for pattern in glob.exclude)
    ]
    if not chosen:
        patterns = ",".join(glob.include) + (f", exclude={','.join(glob.exclude)}" if glob.exclude else "")
        raise ConfigError(f"glob({patterns}) matches no option of '{group}'\noptions: {', '.join(known)}")
    return [Transformer.str(name) for name in chosen]


def _excludes(name: str, pattern: str) -> bool:
    """Like `matches`, but a pattern without a folder also excludes by the option's last part."""
    return matches(name, pattern) or ("/" not in pattern and fnmatchcase(name.rsplit("/", 1)[-1], pattern))


def _match(parts: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_match(parts[skip:], patterns[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], patterns[0]) and _match(parts[1:], patterns[1:])
