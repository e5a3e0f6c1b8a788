"""Pooled composition gives exactly what Hydra composes for each job."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import hydra.version
import pytest
import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments.catalog import conf_dir
from experiments.explain import COMPOSITION_ERRORS
from experiments.sweep import compose
from experiments.sweep.compose import compose_all
from experiments.sweep.dotfiles import texts, to_yaml
from experiments.sweep.plugins import register

# Options that do more than fill their group, and a preset.
EXTRA = {
    "perturbation/child.yaml": "defaults: [none]\nname: child\n",
    "perturbation/reaching.yaml": (
        "# @package _global_\nperturbation: {name: reaching}\ntemplate: {gap: '|'}\n"
    ),
    "sampling/warm.yaml": "name: warm\ntemperature: 0.7\n",
    "extra/trivia_mini-case.yaml": "# @package _global_\nshots: 9\n",
    "experiment/study.yaml": (
        "# @package _global_\n"
        "defaults: [{override /template: qa/question_answer}, {override /sampling: warm}]\n"
        "template: {gap: '~'}\n"
        "shots: 3\n"
        "hydra: {sweeper: {params: {shots: '0,3'}}, job: {env_set: {LAB: study}}}\n"
    ),
}
GROUPS = [
    "template=qa/q_a",
    "template=qa/question_answer",
    "template=number/q_a",
    "perturbation=none",
    "perturbation=case",
    "perturbation=child",
    "perturbation=reaching",
    "sampling=greedy",
    "sampling=warm",
    "task=trivia_mini",
    "task=gsm8k",
    "experiment=study",
    "~experiment",
    "+perturbation@second=case",
    "model=simulated",
    "model=nothing",
    "~grader",
]
VALUES = [
    "shots=5",
    "cot=true",
    "form=chat",
    "form=nonsense",
    "template.gap=' = '",
    "template.labels=[a,'b, c',\"it's\"]",
    "template={gap:'!',question:x}",
    "++template.unknown=1",
    "+model.openai.extra.top_k=5",
    "++model.openai.extra={a:[1,2],b:null}",
    "task.limit=null",
    "task.limit=7",
    "task.source={hub:x}",
    "~task.limit",
    "~template.gap",
    "sampling.temperature=${perturbation.severity}",
    "store=${runs_dir}/s.sqlite",
    "modle.name=x",
    "perturbation.severity=high",
    "name=é=ü",
    "shots=0",
    "+new=${hydra:job.num}",
]


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab") / "conf"
    shutil.copytree(conf_dir(), folder)
    for name, text in EXTRA.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    special = text.replace(
        "  - experiment:", "  - optional extra@_global_: ${task}-${perturbation}\n  - experiment:"
    )
    assert special != text
    (folder / "special.yaml").write_text(special, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def loader(conf: Path) -> ConfigLoaderImpl:
    hydra.version.setbase("1.3")
    setup_globals()
    register()
    return ConfigLoaderImpl(create_config_search_path(f"file://{conf}"))


def master_of(loader: ConfigLoaderImpl, overrides: Sequence[str] = (), name: str = "config") -> DictConfig:
    return loader.load_configuration(name, ["name=x", *overrides], RunMode.MULTIRUN)


def stock(loader: ConfigLoaderImpl, master: DictConfig, job: Sequence[str], number: int) -> DictConfig:
    config = loader.load_sweep_config(master, list(job))
    with open_dict(config):
        config.hydra.job.id = number
        config.hydra.job.num = number
    config.hydra.runtime.output_dir = str(compose.output_dir(config))
    return config


def pooled(loader: ConfigLoaderImpl, master: DictConfig, job: Sequence[str], number: int) -> DictConfig:
    return next(compose_all(loader, master, [job], number))


def outcome(make: Callable[[], DictConfig]) -> Any:
    """A composition as all that can be seen of it, or its error."""
    try:
        config = make()
    except COMPOSITION_ERRORS as error:
        return type(error), str(error), str(error.__cause__)
    flags = OmegaConf.is_struct(config), OmegaConf.is_readonly(config), OmegaConf.is_readonly(config.hydra)
    types = {str(key): OmegaConf.get_type(config, str(key)) for key in config}
    return OmegaConf.to_yaml(config), flags, types, OmegaConf.get_type(config)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a stock composition takes 80 ms: no time for shrinking
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.data())
def test_same_as_hydra_whatever_the_overrides(loader: ConfigLoaderImpl, data: st.DataObject) -> None:
    master = master_of(loader, data.draw(st.sampled_from([[], ["hydra.verbose=true"]])))
    for number in range(2):
        job = [
            "name=x",
            *data.draw(st.lists(st.sampled_from(GROUPS), max_size=3)),
            *data.draw(st.lists(st.sampled_from(VALUES), max_size=3)),
        ]
        ours = outcome(partial(pooled, loader, master, job, number))
        assert ours == outcome(partial(stock, loader, master, job, number))


@pytest.mark.parametrize("name", ["config", "special"])
def test_same_as_hydra_for_every_cell_of_a_sweep(loader: ConfigLoaderImpl, name: str) -> None:
    master = master_of(loader, ["hydra.job.config.override_dirname.exclude_keys=[shots]"], name)
    jobs = [
        ("name=x", f"perturbation={perturbation}", f"task={task}", f"sampling={sampling}", f"shots={shots}")
        for perturbation in ("none", "case", "reaching")
        for task in ("gsm8k", "trivia_mini")
        for sampling in ("greedy", "warm")
        for shots in (0, 3)
    ]
    for number, (job, ours) in enumerate(zip(jobs, compose_all(loader, master, jobs), strict=True)):
        theirs = stock(loader, master, job, number)
        assert OmegaConf.to_yaml(ours) == OmegaConf.to_yaml(theirs)
        assert OmegaConf.to_yaml(ours, resolve=True) == OmegaConf.to_yaml(theirs, resolve=True)
        assert ours == theirs


def test_presets_are_composed_for_each_job(loader: ConfigLoaderImpl) -> None:
    master = master_of(loader)
    jobs = [
        ("name=x", "experiment=study", f"template={template}")
        for template in ("qa/q_a", "number/q_a", "qa/q_a")
    ]
    gaps = [(config.template.gap, config.shots) for config in compose_all(loader, master, jobs)]
    assert gaps == [("~", 3)] * 3


def test_cells_do_not_share_what_they_hold(loader: ConfigLoaderImpl) -> None:
    jobs = [
        ("name=x", f"template=qa/{template}", "shots=1") for template in ("q_a", "question_answer", "q_a")
    ]
    first, second, third = compose_all(loader, master_of(loader), jobs)
    first.template.gap = "changed"
    first.hydra.runtime.choices.template = "changed"
    assert "changed" not in (second.template.gap, third.template.gap)
    assert third.hydra.runtime.choices.template == "qa/q_a"


def test_one_composition_serves_a_grid_of_options(
    loader: ConfigLoaderImpl, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed: list[list[str]] = []
    original = ConfigLoaderImpl.load_sweep_config

    def counting(self: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        composed.append(sweep_overrides)
        return original(self, master_config, sweep_overrides)

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", counting)
    jobs = [
        ("name=x", f"template=qa/{template}", f"perturbation={perturbation}", f"shots={shots}")
        for template in ("q_a", "q_a_dense", "question_answer", "q_a_upper")
        for perturbation in ("none", "case", "whitespace")
        for shots in range(5)
    ]
    assert len(list(compose_all(loader, master_of(loader), jobs))) == 60
    assert len(composed) == 1


def test_the_times_of_a_sweep_are_one(loader: ConfigLoaderImpl) -> None:
    master = master_of(loader, ["hydra.sweep.dir=out/${now:%f}"])
    when = master.hydra.sweep.dir
    folders = {
        config.hydra.sweep.dir
        for config in compose_all(loader, master, [("name=x", f"shots={n}") for n in (1, 2)])
    }
    assert folders == {when}


def test_files_are_read_back_as_hydra_would_write_them(loader: ConfigLoaderImpl) -> None:
    job = [
        "name=x",
        "template.question='1e3'",
        "template.gap='012'",
        "template.instruction='yes: # é\\n\\t'",
        "template.labels=['12:30','~','null','1_000','.5','off']",
        "+model.openai.extra={a:null,b:'1e3'}",
    ]
    (config,) = compose_all(loader, master_of(loader), [job])
    container = OmegaConf.to_container(config, enum_to_str=True)
    assert isinstance(container, dict)
    files = texts({str(key): value for key, value in container.items()}, {})
    hydra_node = OmegaConf.to_container(config.hydra, resolve=False, enum_to_str=True)
    assert isinstance(hydra_node, dict)
    del container["hydra"], hydra_node["help"], hydra_node["hydra_help"]
    assert OmegaConf.create(files["config.yaml"]) == OmegaConf.create(container)
    assert OmegaConf.create(files["hydra.yaml"]) == OmegaConf.create({"hydra": hydra_node})
    assert yaml.safe_load(files["overrides.yaml"]) == job


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="$")
)  # a broken interpolation is no configuration


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.none() | st.lists(TEXT)))
def test_any_text_survives_yaml(value: dict[str, Any]) -> None:
    assert OmegaConf.to_container(OmegaConf.create(to_yaml({"x": value}))) == {"x": value}
