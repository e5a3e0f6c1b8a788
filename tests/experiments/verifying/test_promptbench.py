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


# The accuracies that were released of ChatGPT on CoLA before and after each attack, and the best prompt and
# the worst translations; texts are ours.
RELEASED = {
    "chatgpt_fewshot": (
        {
            "bertattack": "81 61, 81 59, 79.5 63, 81.5 77, 81 78, 81 75.5",
            "checklist": "80.5 78.5, 81 78, 79.5 78, 81.5 79.5, 81.5 79.5, 81 79.5",
            "deepwordbug": "80.5 79.5, 80.5 80, 80.5 78.5, 81.5 78.5, 81 79.5, 81 79.5",
            "stresstest": "80.5 80.5, 81 80, 80.5 79.5, 81.5 80.5, 81 81.5, 81 81",
            "textbugger": "80.5 67.5, 80.5 79, 80 77, 81.5 78.5, 81 78, 81 77.5",
            "textfooler": "80.5 39.5, 80.5 77.5, 80 76, 82 76.5, 81 77, 81 76",
        },
        81.5,
        "68.5 78 78.5 78.5 78.5 78.5 79",
    ),
    "chatgpt_zeroshot": (
        {
            "bertattack": "78.5 43.5, 77.5 72, 78.5 0, 80 0, 78.5 0, 78.5 72",
            "checklist": "78.5 72.5, 78 75.5, 77.5 74, 79 45, 79 73.5, 79.5 73.5",
            "deepwordbug": "79 74.5, 78.5 76, 77.5 75, 79.5 0, 79 74, 79 75",
            "stresstest": "78.5 32.5, 78 59.5, 76.5 75, 79.5 76.5, 79.5 75, 78.5 77",
            "textbugger": "78.5 27.5, 77.5 6.5, 77.5 59, 79.5 9.5, 78.5 74.5, 79 73",
            "textfooler": "79 2, 78 17.5, 77 21.5, 79 73, 80 6, 79 26.5",
        },
        79.5,
        "25 39.5 61 69 70.5 71 72",
    ),
}


def test_one_published_number_from_its_released_accuracies(tmp_path: Path) -> None:
    for name, (attacks, best, worst) in RELEASED.items():
        lines = ["# cola", "## 10 prompts", CLEAN.format(best, 1)]
        for attack, pairs in attacks.items():
            lines.append(f"## {attack}")
            for pair in pairs.split(", "):
                before, after = map(float, pair.split())
                lines.append(PAIR.format(before, after, before - after))
        lines.append("## translation")
        lines += [TRANSLATED.format(float(acc), f"Right? {n}") for n, acc in enumerate(worst.split())]
        (tmp_path / f"{name}.md").write_text("\n".join(lines) + "\n")
    found = section(tmp_path)
    (check,) = found.checks
    assert check.name == "PDR, chatgpt, cola, 84 attacked prompts"
    assert check.expected == 0.21
    assert check.obtained == pytest.approx(0.213, abs=5e-4)
    assert check.tolerance < 0.0052
    assert check.agrees


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
