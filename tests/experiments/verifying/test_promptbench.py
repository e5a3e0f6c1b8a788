"""Mean performance drop rates, read from files in PromptBench's format with texts and numbers of our own."""

from pathlib import Path

import pytest

from experiments.verifying.files import VerifyError
from experiments.verifying.promptbench import mean_drop, read_file, rounding, section

CLEAN = "Acc: {:.2f}%, prompt: Is this sentence right? Number {}."
PAIR = """\
Original prompt: Is this sentence right?
Attacked prompt: b"Is this sentnece right? "
Original acc: {:.2f}%, attacked acc: {:.2f}%, dropped acc: {:.2f}%
"""
TRANSLATED = "Language: french, acc: {:.2f}%, prompt: {}"


def write(folder: Path, name: str, tasks: dict[str, list[tuple[float, float]]], **more: list[float]) -> None:
    """One file; `more` has the accuracies of a task's translated prompts."""
    lines = [f"# {name}"]
    for task, pairs in tasks.items():
        lines += ["", f"# {task}", "", "## 10 prompts", "", CLEAN.format(70, 1), "", CLEAN.format(80, 2)]
        for attack, (original, attacked) in zip(("bertattack", "checklist"), pairs, strict=True):
            # A line of the list of prompts has strayed among the attacks of a released file.
            lines += ["", f"## {attack}", "", CLEAN.format(99, 3)]
            lines.append(PAIR.format(original, attacked, original - attacked))
        lines += ["", "## translation", ""]
        lines += [TRANSLATED.format(acc, f"Right? {n}") for n, acc in enumerate(more.get(task, []))]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text("\n".join(lines) + "\n")


def test_the_mean_drop_rate_is_over_prompts_attacks_and_shots(tmp_path: Path) -> None:
    folder = tmp_path / "promptbench" / "adv_prompts"
    write(folder, "chatgpt_zeroshot", {"cola": [(80, 40), (50, 45)], "math": [(40, 20), (40, 40)]})
    write(folder, "chatgpt_fewshot", {"cola": [(80, 72), (100, 100)]})
    found = section(tmp_path)
    (check,) = found.checks
    assert check.name == "PDR, chatgpt, cola, 4 attacked prompts"
    assert check.obtained == pytest.approx((0.5 + 0.1 + 0.1 + 0) / 4)
    assert check.expected == 0.21
    assert not check.agrees
    assert "chatgpt, math: not derived, as it is not in both files" in found.notes
    assert "vicuna: not derived, as there is no vicuna_zeroshot.md and no vicuna_fewshot.md" in found.notes


def test_a_drop_rate_as_published_agrees(tmp_path: Path) -> None:
    write(tmp_path, "chatgpt_zeroshot", {"cola": [(80, 40), (50, 50)]})
    write(tmp_path, "chatgpt_fewshot", {"cola": [(80, 64), (100, 86)]})  # 0.5, 0, 0.2, 0.14
    assert section(tmp_path).agrees


def test_the_worst_translations_are_held_against_the_best_prompt(tmp_path: Path) -> None:
    accuracies = [80.0, 10, 20, 30, 40, 50, 60, 70, 80]
    write(tmp_path, "t5_fewshot", {"sst2": [(80, 80), (80, 80)]}, sst2=accuracies)
    pairs = read_file(tmp_path / "t5_fewshot.md")["sst2"].pairs()
    assert pairs[:2] == [(80, 80), (80, 80)]
    assert pairs[2:] == [(80, worst) for worst in (10, 20, 30, 40, 50, 60)]


def test_rounding_matters_where_accuracies_are_small() -> None:
    assert rounding([(80, 40)]) == pytest.approx(0.005 / 80 * 1.5)
    assert rounding([(0.31, 0.31), (0.31, 0.31)]) == pytest.approx(0.01 / 0.31)
    worst = abs((1 - 0.295 / 0.315) - (1 - 0.30 / 0.31))
    assert rounding([(0.31, 0.30)]) > worst


def test_a_rise_is_a_negative_drop() -> None:
    assert mean_drop([(50, 60), (50, 40)]) == pytest.approx(0)
    assert mean_drop([(50, 60)]) == pytest.approx(-0.2)


@pytest.mark.parametrize("name", ["chatgpt_zeroshot", "another_fewshot", "notes"])
def test_a_file_alone_is_not_enough(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, {"cola": [(80, 40), (50, 45)]})
    with pytest.raises(VerifyError, match=r"expected adv_prompts/MODEL_zeroshot\.md and MODEL_fewshot\.md"):
        section(tmp_path)
