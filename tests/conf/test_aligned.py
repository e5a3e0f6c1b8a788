from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import hydra.version
import pytest
import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from omegaconf import open_dict

from experiments import schema
from experiments.configuration import ConfigError, resolve
from experiments.sweep.plugins import register
from tests.conf.samples import (
    CONF,
    load,
)


def compose(folder: Path, overrides: Sequence[str]) -> schema.LabConfig:
    hydra.version.setbase("1.3")
    setup_globals()
    register()
    path = create_config_search_path("pkg://conf")
    path.prepend("test", f"file://{folder}", anchor=SearchPathQuery(provider="schema"))
    config = ConfigLoaderImpl(path).load_configuration("config", ["name=x", *overrides], RunMode.RUN)
    with open_dict(config):
        del config["hydra"]
    return resolve(config)


TASK = """
name: mine
title: Mine
category: Knowledge
answer_type: {kind}
source: {{reader: trivia_qa, split: test}}
"""


def test_aligned_takes_every_field_from_the_task():
    raw = yaml.safe_load((CONF / "template" / "aligned.yaml").read_text(encoding="utf-8"))
    assert raw == {field.name: f"${{task.template.{field.name}}}" for field in fields(schema.TemplateConfig)}


@pytest.mark.parametrize("name", ["choice/q_a", "choice/for_task/passage", "number/native", "qa/q_a_polite"])
def test_aligned_is_the_tasks_own_template(tmp_path: Path, name: str):
    (tmp_path / "task").mkdir()
    text = f"defaults:\n  - /template@template: {name}\n  - _self_\n" + TASK.format(
        kind=load(name).answer_type
    )
    (tmp_path / "task" / "mine.yaml").write_text(text, encoding="utf-8")
    aligned = compose(tmp_path, ["task=mine", "template=aligned"]).template
    assert aligned == compose(tmp_path, ["task=mine", f"template={name}"]).template
    changed = ["task=mine", "template=aligned", "task.template.instruction=Go."]
    assert compose(tmp_path, changed).template.instruction == "Go."


def test_aligned_needs_a_task_with_a_template(tmp_path: Path):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "mine.yaml").write_text(TASK.format(kind="short"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the task names no template of its own"):
        compose(tmp_path, ["task=mine", "template=aligned"])
