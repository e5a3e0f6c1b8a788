"""The benchmarks' files: whole, of the schema, and in GPT-Fathom's settings.

With the variable FATHOM_DATA set to a folder that holds the files they name, all of those are read as well.
"""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import hydra.version
import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from omegaconf import OmegaConf, open_dict

from experiments import catalog
from experiments.schema import AlignedConfig, AnswerType, LabConfig, Metric, SourceConfig, TaskConfig
from experiments.sweep.plugins import register
from experiments.tasks.load import load_task
from experiments.tasks.source import local_files

BENCHMARKS = {
    "Knowledge": ["agieval_en", "arc_c", "arc_e", "mmlu", "natural_questions", "triviaqa", "web_questions"],
    "Reasoning": ["bbh", "hellaswag", "lambada", "winogrande"],
    "Comprehension": ["drop", "race_h", "race_m"],
    "Math": ["gsm8k", "math"],
    "Coding": ["humaneval", "mbpp"],
    "Multilingual": ["agieval_zh", "ceval", "mgsm", "tydiqa"],
    "Safety": ["real_toxicity_prompts", "truthfulqa"],
}
NAMES = sorted(name for names in BENCHMARKS.values() for name in names)
SHIPPED = ["arithmetic_mini", "choice_mini", "trivia_mini"]
METRICS = {
    AnswerType.span: Metric.f1,
    AnswerType.code: Metric.pass_at_1,
    AnswerType.text: Metric.toxicity,
    AnswerType.short: Metric.exact_match,
    AnswerType.exact: Metric.exact_match,
    AnswerType.word: Metric.exact_match,
}
SHOTS = {
    0: ["humaneval", "real_toxicity_prompts"],
    3: ["agieval_en", "agieval_zh", "bbh", "drop", "mbpp"],
    4: ["math"],
    5: ["ceval", "mmlu"],
    8: ["gsm8k", "mgsm"],
}
COT = {"bbh": 400, "gsm8k": 1024, "math": 1024, "mgsm": 1024}
SUBJECTS = {"agieval_en": 9, "agieval_zh": 12, "bbh": 27, "ceval": 52, "math": 7, "mgsm": 11, "tydiqa": 11}
# Of the rows that GPT-Fathom asks: those of its own splits, and no other ones where copies are whole.
WHOLE = {
    "agieval_en": 3546,
    "agieval_zh": 4722,  # of 4,723, of which one has no answer
    "arc_e": 2376,
    "bbh": 6511,
    "ceval": 1346,
    "humaneval": 164,
    "lambada": 5138,
    "math": 5000,
    "mbpp": 500,
    "race_h": 3498,
    "race_m": 1436,
    "truthfulqa": 816,
    "tydiqa": 6322,
    "web_questions": 2032,
    "winogrande": 1267,
}
DATA = os.environ.get("FATHOM_DATA", "")


@pytest.fixture(scope="module")
def tasks() -> dict[str, TaskConfig]:
    """Every benchmark as composed, so that a name, a type or a missing value that is wrong fails here."""
    hydra.version.setbase("1.3")
    setup_globals()
    register()
    loader = ConfigLoaderImpl(create_config_search_path("pkg://conf"))
    return {entry.name: composed(loader, entry.name) for entry in catalog.entries("task")}


def composed(loader: ConfigLoaderImpl, name: str) -> TaskConfig:
    config = loader.load_configuration("config", ["name=x", f"task={name}", "template=aligned"], RunMode.RUN)
    with open_dict(config):
        del config["hydra"]
    lab = OmegaConf.to_object(config)
    assert isinstance(lab, LabConfig)
    assert lab.task.template is not None
    assert lab.template == lab.task.template  # template=aligned is the task's own
    return lab.task


def test_all_benchmarks_are_there_in_their_categories(tasks: dict[str, TaskConfig]) -> None:
    assert len(NAMES) == 24
    assert sorted(tasks) == sorted(NAMES + SHIPPED)
    found = {
        category: [name for name in NAMES if tasks[name].category == category] for category in BENCHMARKS
    }
    assert found == BENCHMARKS
    assert {tasks[name].category for name in SHIPPED} <= set(BENCHMARKS)
    assert all(task.subcategory for task in tasks.values())
    assert len({task.title for task in tasks.values()}) == len(tasks)


@pytest.mark.parametrize("name", NAMES + SHIPPED)
def test_a_file_begins_with_the_benchmark_and_its_paper(name: str) -> None:
    entry = next(entry for entry in catalog.entries("task") if entry.name == name)
    first = entry.text.splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith(".")
    assert len(first) <= 110
    assert name in SHIPPED or "arXiv" in first or "EMNLP" in first
    assert max(map(len, entry.text.splitlines())) <= 110


@pytest.mark.parametrize("name", NAMES + SHIPPED)
def test_name_template_and_metric_fit(tasks: dict[str, TaskConfig], name: str) -> None:
    task = tasks[name]
    assert task.template is not None
    assert task.name == name
    assert task.template.answer_type is task.answer_type
    assert task.metric is METRICS.get(task.answer_type, Metric.accuracy)
    assert task.higher_is_better is (task.metric is not Metric.toxicity)
    assert 8 <= task.max_tokens < task.max_tokens_cot


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_gpt_fathoms(tasks: dict[str, TaskConfig], name: str) -> None:
    task = tasks[name]
    shots = next((shots for shots, names in SHOTS.items() if name in names), 1)
    expected = AlignedConfig(shots=shots, cot=name in COT)
    if task.answer_type is AnswerType.code:
        expected = replace(expected, temperature=0.8, samples=100)
    assert task.aligned == expected
    assert (task.fewshot is None) == (shots == 0)
    if name in COT:
        assert task.max_tokens_cot == COT[name]
        assert task.template is not None
        assert task.template.answer_cot


def places(source: SourceConfig) -> list[str]:
    return [place for place in (source.hub, source.config, source.local, source.shipped) if place]


@pytest.mark.parametrize("name", NAMES + SHIPPED)
def test_sources_have_a_place_and_subjects_fill_it(tasks: dict[str, TaskConfig], name: str) -> None:
    task = tasks[name]
    sources = [source for source in (task.source, task.fewshot) if source is not None]
    for source in sources:
        assert source.shipped if name in SHIPPED else source.hub and source.local
    by_subject = any("{subject}" in place for source in sources for place in places(source))
    assert by_subject == bool(task.subjects)
    assert len(task.subjects) == len(set(task.subjects)) == SUBJECTS.get(name, 0)
    assert all(isinstance(subject, str) and subject for subject in task.subjects)
    assert set(task.topics) in (set(), set(task.subjects))


@pytest.mark.parametrize("name", NAMES + SHIPPED)
def test_worked_examples_are_not_of_what_is_asked(tasks: dict[str, TaskConfig], name: str) -> None:
    asked, shown = tasks[name].source, tasks[name].fewshot
    if shown is not None:
        assert (asked.hub, asked.config, asked.split) != (shown.hub, shown.config, shown.split)
        assert (asked.local, asked.shipped) != (shown.local, shown.shipped)


def test_slices_of_one_split_meet_and_do_not_overlap(tasks: dict[str, TaskConfig]) -> None:
    sliced = {name: task for name, task in tasks.items() if "[" in task.source.split}
    assert set(sliced) == {"lambada", "truthfulqa"}
    for task in sliced.values():
        assert task.fewshot is not None
        assert task.source.split == task.fewshot.split.replace("[:", "[").replace("]", ":]")


def test_topics_are_instructions_for_bbh_and_chinese_for_ceval(tasks: dict[str, TaskConfig]) -> None:
    bbh, ceval = tasks["bbh"].topics, tasks["ceval"].topics
    assert len(set(bbh.values())) == 27
    assert all(topic.endswith(".") and topic[0].isupper() and topic.count(".") == 1 for topic in bbh.values())
    assert len(set(ceval.values())) == 52
    assert all("\u4e00" <= character <= "\u9fff" for topic in ceval.values() for character in topic)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_benchmarks_load_as_they_are(tasks: dict[str, TaskConfig], name: str) -> None:
    loaded = load_task(tasks[name], with_pool=True)
    assert len(loaded.items) > 130
    assert len(loaded.pool) >= 32
    assert loaded.skipped == ()


@pytest.mark.skipif(not Path(DATA or "/nowhere").is_dir(), reason="FATHOM_DATA names no folder")
@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_local_copy_reads(tasks: dict[str, TaskConfig], name: str) -> None:
    task = replace(tasks[name], data_dir=DATA)
    loaded = load_task(task, with_pool=True)
    assert len(loaded.items) == WHOLE.get(name, len(loaded.items))
    assert len(loaded.skipped) == {"agieval_zh": 1, "truthfulqa": 1}.get(name, 0)
    assert local_files(task, task.source, "source")
    if task.subjects:
        assert {item.subject for item in loaded.items} == set(task.subjects)
    shown = Counter(item.subject if task.shots_by_subject else "" for item in loaded.pool)
    needed = {item.subject if task.shots_by_subject else "" for item in loaded.items}
    assert {subject for subject in needed if shown[subject] < task.aligned.shots} == set()
    if task.aligned.cot:
        assert all(item.solution for item in loaded.pool)
