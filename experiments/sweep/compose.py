"""The configuration of every job of a sweep, as stock Hydra composes it but with few full compositions.

Hydra composes each job from its files, some 80 ms a job and twice. Here a full composition is made once, with
one option in each group; what another option puts into its group is composed by itself, once, and jobs are
put together from copies. Plain values (`shots=5`) take no composition at all.

Why the parts fit: a composition merges configurations in the order of the defaults list. The file of an
option without a defaults list of its own and without a package directive is merged at its group's name and
nowhere else, so what ends up there does not depend on which such option another group has. Options that do
more (presets, mostly), additions, deletions and packages are composed in full with everything else.
"""

import hashlib
import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.default_element import ResultDefault
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, flag_override
from omegaconf.errors import OmegaConfBaseException

from experiments.schema import LabConfig
from experiments.sweep.expand import Options

if TYPE_CHECKING:  # the configuration is shown without numpy, which its package needs
    from perturb.item import Item

SHARDS = "shards"  # in a run's folder, what its jobs work in while a launcher runs several


@dataclass(frozen=True, slots=True)
class Share:
    """What of a cell one job asks: all its items, unless a launcher divides them among several jobs.

    Attributes:
        number: Which of the shares this is, from 0.
        of: How many there are.
        behind: A store to take completions from that the job's own lacks; it is only read.
    """

    number: int = 0
    of: int = 1
    behind: Path | None = None

    def holds(self, item: "Item") -> bool:
        """Whether an item is in this share: by its text, so that equal questions are in the same one."""
        if self.of == 1:
            return True
        digest = hashlib.blake2b(f"{item.passage}\0{item.question}".encode("utf-8", "replace"), digest_size=8)
        return int.from_bytes(digest.digest(), "big") % self.of == self.number


WHOLE = Share()


@dataclass(frozen=True)
class ComposedCell:
    """One cell of a sweep, valid and ready to run.

    Attributes:
        index: Its number in the sweep, from 0.
        config: Its configuration.
        overrides: The overrides it was composed from.
        directory: Its own folder, absolute.
        share: The items of it that are asked.
    """

    index: int
    config: LabConfig
    overrides: tuple[str, ...]
    directory: Path
    share: Share = WHOLE


class Result(Protocol):
    """What running cells comes to."""

    @property
    def exit_code(self) -> int:
        """0, or 1 if a cell failed."""
        ...


class RunCells(Protocol):
    """Runs cells as one plan; results go into `folder`: the run's, a shard's, or a cell's own."""

    def __call__(self, cells: Sequence[ComposedCell], folder: Path, /) -> Result:
        """Runs them."""
        ...


def compose_all(
    loader: ConfigLoaderImpl, master: DictConfig, jobs: Sequence[Sequence[str]], first: int = 0
) -> Iterator[DictConfig]:
    """Composes the jobs of a sweep, each when it is asked for.

    Args:
        loader: Hydra's configuration loader.
        master: The sweep's own configuration, composed for a multirun.
        jobs: Each job's overrides.
        first: The number of the first job.

    Yields:
        What `loader.load_sweep_config(master, overrides)` returns, Hydra's node included, with the job's
        number and output folder set as a launcher sets them.

    Raises:
        hydra.errors.HydraException: A job cannot be composed.
    """
    composer = _Composer(loader, master)
    for number, overrides in enumerate(jobs, first):
        config = composer.compose(overrides)
        config.hydra.job.id = number
        config.hydra.job.num = number
        config.hydra.runtime.output_dir = str(output_dir(config))
        yield config


def output_dir(config: DictConfig) -> Path:
    """A job's own folder below the sweep's, absolute."""
    sweep_dir, subdir = (str(OmegaConf.select(config, f"hydra.sweep.{key}")) for key in ("dir", "subdir"))
    return Path(os.path.abspath(os.path.join(sweep_dir, subdir)))


@dataclass(frozen=True)
class _Frame:
    """A full composition with one option in each exchangeable group, and the parts to exchange.

    Configurations are kept pickled: loading one is several times faster than `copy.deepcopy`.

    Attributes:
        choices: The option of each of those groups.
        whole: The configuration.
        defaults: The files that it was merged from, in their order; None if an interpolation among them may
            make one group's choice change another's.
        parts: By group and option, a configuration that holds the group alone.
    """

    choices: Mapping[str, str]
    whole: bytes
    defaults: tuple[ResultDefault, ...] | None
    parts: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])


class _Composer:
    def __init__(self, loader: ConfigLoaderImpl, master: DictConfig) -> None:
        self._loader = loader
        self._master = master
        self._name: str | None = master.hydra.job.config_name
        self._hydra_overrides: list[str] = list(master.hydra.overrides.hydra)
        self._parser = OverridesParser.create()
        self._parsed: dict[str, Override] = {}
        self._is_group: dict[str, bool] = {}
        self._is_part: dict[tuple[str, str], bool] = {}
        self._frames: dict[tuple[tuple[str, ...], frozenset[str]], _Frame] = {}
        self._repository = Options(loader, self._name, self._hydra_overrides).repository

    def compose(self, lines: Sequence[str]) -> DictConfig:
        overrides = [self._parse(line) for line in lines]
        if any(override.is_hydra_override() or override.key_or_group == "hydra" for override in overrides):
            return self._stock(lines)  # these may change anything, the search path included
        if len({override.get_key_element() for override in overrides}) < len(overrides):
            return self._stock(lines)  # of two choices for a group the last counts; no sweeper gives two

        fixed: list[str] = []
        chosen: dict[str, str] = {}
        values: list[Override] = []
        for line, override in zip(lines, overrides, strict=True):
            option = override.value()
            if isinstance(option, dict) or not self._group(override.key_or_group):
                values.append(override)
            elif isinstance(option, str) and self._part(override, option):
                chosen[override.key_or_group] = option
            else:
                fixed.append(line)

        frame = self._frame(fixed, chosen)
        if frame.defaults is None and frame.choices != chosen:
            return self._stock(lines)
        config: DictConfig = pickle.loads(frame.whole)
        for group, option in chosen.items():
            if frame.choices[group] != option:
                self._exchange(config, frame, fixed, group, option)
        ConfigLoaderImpl._apply_overrides_to_config(values, config)  # pyright: ignore[reportPrivateUsage]  # the very code that Hydra runs

        names = config.hydra.job.config.override_dirname
        config.hydra.overrides.task = list(lines)
        config.hydra.job.override_dirname = get_overrides_dirname(
            overrides=overrides,
            kv_sep=names.kv_sep,
            item_sep=names.item_sep,
            exclude_keys=names.exclude_keys,
        )
        return config

    def _parse(self, line: str) -> Override:
        if line not in self._parsed:
            self._parsed[line] = self._parser.parse_overrides([line])[0]
        return self._parsed[line]

    def _group(self, key: str) -> bool:
        if key not in self._is_group:
            self._is_group[key] = self._repository.group_exists(key)
        return self._is_group[key]

    def _part(self, override: Override, option: str) -> bool:
        """Whether an option's file does nothing but fill its top-level group."""
        group = override.key_or_group
        if override.type != OverrideType.CHANGE or override.package is not None or "/" in group:
            return False
        if (group, option) not in self._is_part:
            loaded = self._repository.load_config(f"{group}/{option}")
            self._is_part[group, option] = (
                loaded is not None and loaded.header["package"] is None and not loaded.defaults_list
            )
        return self._is_part[group, option]

    def _frame(self, fixed: Sequence[str], chosen: Mapping[str, str]) -> _Frame:
        key = (tuple(fixed), frozenset(chosen))
        if key not in self._frames:
            lines = [*fixed, *_lines(chosen)]
            config = self._stock(lines)
            self._frames[key] = _Frame(dict(chosen), pickle.dumps(config), self._defaults(lines))
        return self._frames[key]

    def _defaults(self, lines: Sequence[str]) -> tuple[ResultDefault, ...] | None:
        """The files of a composition, or None if there is an interpolation in a defaults list."""
        found = create_defaults_list(
            repo=self._repository,
            config_name=self._name,
            overrides_list=self._parser.parse_overrides([*self._hydra_overrides, *lines]),
            prepend_hydra=True,
            skip_missing=False,
        )
        # What other lists have loaded is among these too: at worst a sweep is composed the long way.
        loaded = (result for result in self._repository.cache.values() if result is not None)
        if any("${" in repr(entry) for result in loaded for entry in result.defaults_list or ()):
            return None
        return tuple(found.defaults)

    def _exchange(
        self, config: DictConfig, frame: _Frame, fixed: Sequence[str], group: str, option: str
    ) -> None:
        if (group, option) not in frame.parts:
            try:
                part = self._composed(frame, group, option)
            except (HydraException, OmegaConfBaseException):  # for the stock one's words on what is wrong
                part = self._stock([*fixed, *_lines({**frame.choices, group: option})])
            frame.parts[group, option] = pickle.dumps(OmegaConf.masked_copy(part, group))
        part = pickle.loads(frame.parts[group, option])
        with flag_override(config, ["no_deepcopy_set_nodes", "struct"], [True, False]):
            config[group] = part[group]
        config.hydra.runtime.choices[group] = option

    def _composed(self, frame: _Frame, group: str, option: str) -> DictConfig:
        """What a frame has in a group once another option is chosen there: merged as Hydra does it."""
        chosen = f"{group}/{frame.choices[group]}"
        part = OmegaConf.create()
        with flag_override(part, "no_deepcopy_set_nodes", True):
            for file in frame.defaults or ():
                if file.package and file.package.partition(".")[0] != group:
                    continue
                if file.config_path == chosen:
                    file = replace(file, config_path=f"{group}/{option}")
                # As above. A key counts that has no value yet: the schema says what it will hold.
                loaded = self._loader._load_single_config(file, self._repository).config  # pyright: ignore[reportPrivateUsage]
                if isinstance(loaded, DictConfig) and group in set(loaded):
                    part.merge_with(OmegaConf.masked_copy(loaded, group))
        return part

    def _stock(self, lines: Sequence[str]) -> DictConfig:
        return self._loader.load_sweep_config(self._master, list(lines))


def _lines(choices: Mapping[str, str]) -> list[str]:
    return [f"{group}={option}" for group, option in choices.items()]
