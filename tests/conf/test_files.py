"""Files of perturbations and graders name what there is."""

from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from experiments import schema
from experiments.grading import GRADERS
from perturb import PERTURBATIONS
from tests.conf.samples import CONF


def test_every_perturbation_has_its_file():
    files = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (CONF / "perturbation").iterdir()}
    suites = {stem: set(content["suite"]) for stem, content in files.items() if "suite" in content}
    assert sorted(files.keys() - suites.keys()) == sorted(PERTURBATIONS)
    for stem, members in suites.items():
        assert {"none"} < members <= set(PERTURBATIONS), stem
        assert all(PERTURBATIONS[name].preserves for name in members), stem
    found: list[tuple[str, Any]] = [
        (stem, OmegaConf.to_object(OmegaConf.merge(schema.PerturbationConfig, content)))
        for stem, content in files.items()
        if stem not in suites
    ]
    for stem, one in found:
        assert one.name == stem
        assert (0 < one.severity <= 1) == (stem != "none")


@pytest.mark.parametrize("stem", ["aligned", "strict", "lenient"])
def test_grader_files_name_graders_of_their_answer_type(stem: str):
    found = yaml.safe_load((CONF / "grader" / f"{stem}.yaml").read_text(encoding="utf-8"))
    for kind in ("short", "number", "choice"):
        assert all(kind in GRADERS[name].answer_types for name in found[kind])
        aligned = [True, False] if kind == "short" else [False, True]  # short answers as GPT-Fathom did
        expected = {"aligned": aligned, "strict": [False], "lenient": [True]}[stem]
        assert [GRADERS[name].lenient for name in found[kind]] == expected
