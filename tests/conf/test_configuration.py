"""From a composed configuration to a valid `LabConfig`."""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra.version
import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.utils import setup_globals
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments import catalog
from experiments.configuration import ConfigError, resolve
from experiments.explain import COMPOSITION_ERRORS, explain
from experiments.keys import free_section, known_keys, nearest, unknown_keys
from experiments.schema import AnswerType, Form, LabConfig
from experiments.sweep.expand import Options
from experiments.sweep.plugins import register
from perturb import PERTURBATIONS


@pytest.fixture(scope="module")
def loader() -> ConfigLoaderImpl:
    hydra.version.setbase("1.3")
    setup_globals()
    register()
    return ConfigLoaderImpl(create_config_search_path("pkg://conf"))


@pytest.fixture(scope="module")
def plain(loader: ConfigLoaderImpl) -> DictConfig:
    return composed(loader)


def composed(loader: ConfigLoaderImpl, overrides: Sequence[str] = ()) -> DictConfig:
    config = loader.load_configuration("config", ["name=x", *overrides], RunMode.RUN)
    with open_dict(config):
        del config["hydra"]
    return config


def changed(plain: DictConfig, values: dict[str, object]) -> DictConfig:
    config = plain.copy()
    for key, value in values.items():
        OmegaConf.update(config, key, value, force_add=True)
    return config


def refusal(config: DictConfig) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve(config)
    return str(caught.value)


def test_a_valid_configuration_becomes_plain_dataclasses(plain: DictConfig) -> None:
    before = OmegaConf.to_yaml(plain)
    config = resolve(plain)
    assert isinstance(config, LabConfig)
    assert config.form is Form.completion
    assert config.store == "runs/completions.sqlite"
    assert config.task.answer_type is AnswerType.short
    assert type(config.model.openai.extra) is dict
    assert OmegaConf.to_yaml(plain) == before


def test_every_shipped_option_composes(loader: ConfigLoaderImpl) -> None:
    task_of = {entry.field("answer_type"): entry.name for entry in catalog.entries("task")}
    for group in ("model", "task", "template", "perturbation", "sampling", "grader"):
        for entry in catalog.entries(group):
            overrides = [f"{group}={entry.name}"]
            if "\nsuite:" in entry.text:
                continue  # stands for others, which are composed here as well
            kind = entry.field("answer_type")
            if entry.field("name") == "???":
                overrides.append(f"{group}.name=given")
            if group == "template" and kind in task_of:
                overrides.append(f"task={task_of[kind]}")
            if group == "perturbation" and "short" not in PERTURBATIONS[entry.name].fits:
                overrides.append("task=choice_mini")
            if group == "perturbation" and PERTURBATIONS[entry.name].given:
                overrides += ["task=mgsm", "perturbation.language=de", "perturbation.file=x.jsonl"]
            if entry.name == "likelihood":
                overrides.append("task=choice_mini")
            if group == "model" and entry.field("backend") in ("perspective", "classifier"):
                overrides = ["grader=aligned", f"+model@grader.toxicity={entry.name}"]
            assert resolve(composed(loader, overrides)).name == "x", entry.name


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("model.temprature", "sampling.temperature', 'rewrite.temperature' or 'task.aligned.temperature"),
        ("modle", "model"),
        ("task.limt", "task.limit"),
        ("shot", "shots"),
        ("model.llamacpp.weights.sha265", "model.llamacpp.weights.sha256"),
    ],
)
def test_unknown_keys_are_refused_with_the_nearest(plain: DictConfig, key: str, meant: str) -> None:
    assert refusal(changed(plain, {key: 1})) == f"unknown key '{key}'; did you mean '{meant}'?"


def test_all_unknown_keys_are_named(plain: DictConfig) -> None:
    message = refusal(changed(plain, {"modle.nmae": 1, "qqqqqqqq": 2}))
    assert message.splitlines() == ["unknown key 'modle'; did you mean 'model'?", "unknown key 'qqqqqqqq'"]


def test_free_mappings_take_any_key(plain: DictConfig) -> None:
    config = resolve(changed(plain, {"model.openai.extra": {"top_k": 5, "x": {"y": None}}}))
    assert config.model.openai.extra == {"top_k": 5, "x": {"y": None}}


def test_all_missing_values_are_named(plain: DictConfig) -> None:
    message = refusal(changed(plain, {"name": "???", "task.title": "???", "model.form": "???"}))
    assert message.splitlines() == [
        "'model.form' has no value; give one with model.form=...",
        "'task.title' has no value; give one with task.title=...",
        "'name' has no value; give one with name=...",
    ]


def test_a_dangling_interpolation_is_named(plain: DictConfig) -> None:
    assert "no.such.key" in refusal(changed(plain, {"store": "${no.such.key}/x"}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shots", -1),
        ("perturbation.severity", 1.01),
        ("perturbation.severity", -0.1),
        ("perturbation.severity", math.nan),
        ("sampling.temperature", -1.0),
        ("sampling.temperature", math.inf),
        ("sampling.top_p", 0.0),
        ("sampling.top_p", 1.5),
        ("sampling.replicate", -1),
        ("task.limit", 0),
        ("model.openai.timeout_s", 0.0),
        ("model.openai.concurrency", 0),
        ("model.llamacpp.context", 255),
        ("report.level", 0.5),
        ("report.level", 1.0),
        ("budget.usd", -1.0),
        ("control.items", 0),
        ("model.price.cached_input", -0.1),
        ("exemplars.seed", -1),
    ],
)
def test_values_out_of_range_are_refused(plain: DictConfig, key: str, value: float) -> None:
    assert refusal(changed(plain, {key: value})).startswith(f"{key} is {value!r}, expected ")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shots", 0),
        ("perturbation.severity", 1.0),
        ("perturbation.severity", 0.0),
        ("sampling.temperature", 0.0),
        ("sampling.top_p", 1.0),
        ("task.limit", 1),
        ("task.limit", None),
        ("budget.requests", 0),
        ("model.llamacpp.context", 256),
        ("report.level", 0.99),
    ],
)
def test_the_ends_of_the_ranges_are_allowed(plain: DictConfig, key: str, value: float | None) -> None:
    config = resolve(changed(plain, {"perturbation.name": "keyboard_typo", key: value}))
    assert OmegaConf.select(OmegaConf.structured(config), key) == value


def test_nothing_is_perturbed_no_more_or_less_and_by_no_draw(plain: DictConfig) -> None:
    asked: dict[str, object] = {"perturbation.severity": 0.3, "perturbation.seed": 2}
    assert resolve(changed(plain, asked)) == resolve(plain)
    still = resolve(
        changed(plain, asked | {"perturbation.name": "keyboard_typo", "perturbation.severity": 0.0})
    )
    assert still.perturbation.seed == 0


def test_all_broken_rules_are_named(plain: DictConfig) -> None:
    assert len(refusal(changed(plain, {"shots": -1, "task.limit": 0, "report.level": 2.0})).splitlines()) == 3


def test_a_template_for_other_answers_is_refused_with_those_that_fit(loader: ConfigLoaderImpl) -> None:
    message = refusal(composed(loader, ["task=arithmetic_mini", "template=qa/q_a"]))
    assert "template 'qa/q_a' is for short answers" in message
    assert "task 'arithmetic_mini' wants number answers" in message
    assert "number/q_a" in message
    assert "aligned" in message
    assert "choice/q_a" not in message


def test_a_form_the_model_does_not_take_is_refused(plain: DictConfig) -> None:
    message = refusal(changed(plain, {"model.forms": ["chat"], "form": "completion"}))
    assert message == "model 'simulated' does not take prompts in completion form: use form=chat"


def test_a_chat_in_one_message_is_a_chat(plain: DictConfig) -> None:
    assert resolve(changed(plain, {"form": "chat_single"})).form is Form.chat_single
    message = refusal(changed(plain, {"model.forms": ["completion"], "form": "chat_single"}))
    assert message == "model 'simulated' does not take prompts in chat_single form: use form=completion"


def test_labels_that_yaml_turned_into_truth_values_are_refused(plain: DictConfig) -> None:
    message = refusal(changed(plain, {"template.labels": [str(label) for label in (True, False)]}))
    assert message.splitlines()[0].startswith("template.labels holds 'True'")


@pytest.mark.parametrize("name", ["", "/tmp/x", "../x", "a/../../x"])
def test_a_name_that_leaves_the_runs_folder_is_refused(plain: DictConfig, name: str) -> None:
    assert refusal(changed(plain, {"name": name})).startswith(f"name is {name!r}")


def test_a_task_without_a_template_of_its_own_wants_one(loader: ConfigLoaderImpl) -> None:
    config = composed(loader, ["task=trivia_mini"])
    OmegaConf.update(config, "task.template", None)
    assert refusal(config).startswith("the task names no template of its own")


def test_a_key_below_a_model_that_is_null(loader: ConfigLoaderImpl) -> None:
    assert "grader=judge" in complaint(loader, "grader.judge.name=x")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grader.short": ["short_exakt"]}, "grader.short holds 'short_exakt', which is no grader; did you"),
        ({"grader.short": ["number_last"]}, "which is not for short answers: use short_exact"),
        ({"grader.short": ["judge"]}, "grader 'judge' asks a model, and grader.judge names none"),
        ({"cot": True, "template.answer_cot": ""}, "has no chain-of-thought form: set cot=false"),
        ({"shots": 1, "task.fewshot": None}, "task 'trivia_mini' has no source of exemplars: set shots=0"),
        ({"sampling.samples": 0}, "sampling.samples is 0, expected 1 or more"),
    ],
)
def test_rules_across_fields(plain: DictConfig, changes: dict[str, Any], message: str) -> None:
    assert message in refusal(changed(plain, changes))


@pytest.mark.parametrize(
    ("lineage", "message"),
    [
        ({"parent": "base"}, "model.lineage.parent is 'base', but what made 'simulated' of it is not said"),
        ({"technique": "SFT"}, "model.lineage.technique is 'SFT', but of which model is not said"),
        ({"parent": "simulated", "technique": "SFT"}, "the model itself; expected what it was made from"),
        ({"date": "2024-13"}, "model.lineage.date is '2024-13', expected YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"date": "2023-02-29"}, "expected YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"date": "June 2024"}, "expected YYYY, YYYY-MM or YYYY-MM-DD"),
    ],
)
def test_a_lineage_that_makes_no_sense_is_refused(
    plain: DictConfig, lineage: dict[str, object], message: str
) -> None:
    assert message in refusal(changed(plain, {f"model.lineage.{key}": of for key, of in lineage.items()}))


@pytest.mark.parametrize("date", ["2024", "2024-02", "2024-02-29"])
def test_a_date_of_a_lineage_may_leave_out_day_and_month(plain: DictConfig, date: str) -> None:
    whole: dict[str, object] = {
        "model.lineage.parent": "base",
        "model.lineage.technique": "SFT",
        "model.lineage.date": date,
    }
    assert resolve(changed(plain, whole)).model.lineage.date == date


def test_a_key_of_a_lineage_is_named_with_the_nearest(plain: DictConfig) -> None:
    assert "did you mean 'model.lineage.parent'" in refusal(changed(plain, {"model.lineage.parents": "x"}))


@pytest.mark.parametrize("more", ["form=chat", "cot=true"])
def test_likelihoods_are_compared_right_after_a_text(loader: ConfigLoaderImpl, more: str) -> None:
    refused = refusal(composed(loader, ["task=choice_mini", "grader=likelihood", more]))
    assert "use form=completion cot=false" in refused


def test_a_scorer_of_texts_is_not_asked_questions(loader: ConfigLoaderImpl) -> None:
    assert "scores texts and answers no questions" in refusal(composed(loader, ["model=perspective"]))


def test_no_grader_for_the_task_is_refused(plain: DictConfig) -> None:
    assert "has no grader for short answers" in refusal(changed(plain, {"grader.short": []}))


def complaint(loader: ConfigLoaderImpl, override: str) -> str:
    with pytest.raises(COMPOSITION_ERRORS) as caught:
        composed(loader, [override])
    return explain(caught.value, Options(loader, "config"))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("modle.name=x", "unknown key 'modle.name'; did you mean 'model.name'?"),
        ("perturbatoin=case", "unknown key 'perturbatoin'; did you mean 'perturbation'?"),
        (
            "sampling.seed=abc",
            "bad value for 'sampling.seed': Value 'abc' of type 'str' could not be converted to Integer",
        ),
        (
            "form=speech",
            "bad value for 'form': Invalid value 'speech', expected one of [completion, chat, chat_single]",
        ),
        (
            "model.openai.extra.top_k=5",
            "'model.openai.extra.top_k' is not set yet; add it with a plus: +model.openai.extra.top_k=5",
        ),
        ("experiment=null", "a group cannot be set to null; leave the group out, or take it out with ~group"),
    ],
)
def test_hydras_errors_lead_to_the_fix(loader: ConfigLoaderImpl, override: str, message: str) -> None:
    assert complaint(loader, override) == message


def test_an_unknown_option_names_the_nearest_and_its_neighbours(loader: ConfigLoaderImpl) -> None:
    first, second = complaint(loader, "template=qa/qaa").splitlines()
    assert first == "'template' has no option 'qa/qaa'; did you mean 'qa/q_a'?"
    assert "qa/question_answer" in second
    assert "number/" not in second


def test_a_wrong_key_in_a_file_is_found_with_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    shutil.copytree(catalog.conf_dir(), folder)
    (folder / "model" / "mine.yaml").write_text(
        "name: mine\nbackend: openai\npriec: {input: 1}\n", encoding="utf-8"
    )
    loader = ConfigLoaderImpl(create_config_search_path(f"file://{folder}"))
    message = complaint(loader, "model=mine")
    assert message == "In 'model/mine': unknown key 'model.priec'; did you mean 'model.price'?"


def test_known_keys_hold_sections_and_values() -> None:
    assert {"model", "model.openai", "model.openai.extra", "task.source.hub", "shots"} <= set(known_keys())
    assert unknown_keys({"model": {"openai": {"extra": {"a": 1}}}, "task": {"source": {"x": 1}}}) == [
        "task.source.x"
    ]


def test_only_free_mappings_are_free() -> None:
    assert free_section("model.vllm.engine.seed")
    assert free_section("model.vllm.engine")
    assert not free_section("model.vllm")
    assert not free_section("model.name.x")
    assert not free_section("nothing.here")


def test_nearest_prefers_the_same_last_part() -> None:
    known = known_keys()
    assert nearest("model.temprature", known) == [
        "sampling.temperature",
        "rewrite.temperature",
        "task.aligned.temperature",
    ]
    assert set(nearest("seed", known)) <= {key for key in known if key.endswith("seed")}
    assert nearest("zzzzzz", known) == []
    assert nearest("x", []) == []


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (
            ["perturbation=paraphrase"],
            ("'paraphrase' needs perturbation.file=", "fathom rewrite rewrite=paraphrase"),
        ),
        (["perturbation=case", "perturbation.then=[paraphrase]"], ("'paraphrase'", "must come first")),
        (["perturbation=language", "perturbation.language=de"], ("trivia_mini", "rewrite=translation")),
        (["task=mgsm", "perturbation=language"], ("perturbation.language is None", "bn, de, en")),
        (["task=mgsm", "perturbation=language", "perturbation.language=dee"], ("'dee'", "did you mean 'de'")),
        (
            ["task=humaneval", "perturbation=paraphrase", "perturbation.file=x"],
            ("'paraphrase' is for", "humaneval"),
        ),
    ],
)
def test_perturbations_that_need_more(
    loader: ConfigLoaderImpl, overrides: list[str], says: tuple[str, ...]
) -> None:
    said = refusal(composed(loader, overrides))
    assert all(words in said for words in says), said


def test_perturbations_that_have_what_they_need(loader: ConfigLoaderImpl) -> None:
    for overrides in (
        ["task=mgsm", "task.subjects=[en]", "perturbation=language", "perturbation.language=sw"],
        ["perturbation=paraphrase", "perturbation.file=x.jsonl", "perturbation.then=[case]"],
        ["perturbation=none", "perturbation.file=x.jsonl"],
    ):
        resolve(composed(loader, overrides))
