"""The environment of an engine's process."""

import pytest

from experiments.models.protocol import ModelError
from experiments.models.vllm_process import environment, interpreter
from experiments.schema import VllmConfig


@pytest.fixture(autouse=True)
def _four_free_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.models.vllm_process.free_cores", lambda: 4)


def test_what_the_user_set_goes_before_what_we_would_set() -> None:
    ours = environment(VllmConfig(), 0, {"HOME": "/home/me"})
    assert ours["HOME"] == "/home/me"
    assert (ours["VLLM_ENABLE_V1_MULTIPROCESSING"], ours["VLLM_NO_USAGE_STATS"]) == ("0", "1")
    assert (ours["OMP_NUM_THREADS"], ours["VLLM_CPU_OMP_THREADS_BIND"]) == ("4", "nobind")
    assert "CUDA_VISIBLE_DEVICES" not in ours
    theirs = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1", "OMP_NUM_THREADS": "2", "CUDA_VISIBLE_DEVICES": "3"}
    assert environment(VllmConfig(), 0, theirs).items() >= theirs.items()


def test_settings_go_before_the_users_variables() -> None:
    set_ = environment(VllmConfig(threads=3, batch_invariant=True), 0, {"OMP_NUM_THREADS": "2"})
    assert (set_["OMP_NUM_THREADS"], set_["VLLM_BATCH_INVARIANT"]) == ("3", "1")
    # The identity says what the setting says, so the variable must not say otherwise.
    assert environment(VllmConfig(), 0, {"VLLM_BATCH_INVARIANT": "1"})["VLLM_BATCH_INVARIANT"] == "0"


def test_each_copy_has_gpus_and_threads_of_its_own() -> None:
    settings = VllmConfig(data_parallel=2, tensor_parallel=2)
    copies = [environment(settings, copy, {}) for copy in (0, 1)]
    assert [copy["CUDA_VISIBLE_DEVICES"] for copy in copies] == ["0,1", "2,3"]
    assert {copy["OMP_NUM_THREADS"] for copy in copies} == {"2"}
    visible = {"CUDA_VISIBLE_DEVICES": "7, 5,4,2"}
    copies = [environment(settings, copy, visible) for copy in (0, 1)]
    assert [copy["CUDA_VISIBLE_DEVICES"] for copy in copies] == ["7,5", "4,2"]
    with pytest.raises(ModelError, match=r"wants 4 GPUs, and CUDA_VISIBLE_DEVICES names 1"):
        environment(settings, 0, {"CUDA_VISIBLE_DEVICES": "1"})


def test_the_interpreter_may_be_named_from_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert interpreter(VllmConfig(python="~/vllm/bin/python")) == "/home/me/vllm/bin/python"
