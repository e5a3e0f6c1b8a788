import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.report.build import make_report
from experiments.report.contents import gather
from experiments.report.terminal import TIES

MakeRun = Callable[..., Path]


def printed(folder: Path, width: int = 100) -> str:
    stream = io.StringIO()
    make_report(folder, console=Console(file=stream, width=width))
    return stream.getvalue()


def test_the_verdict_comes_first_and_lines_fit(make_run: MakeRun) -> None:
    folder = make_run(cot=(False, True), items=20)
    text = printed(folder)
    first = make_report(folder).sentences[0]
    assert " ".join(text.split()).startswith(" ".join(first.split()))
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text


def test_names_with_markup_and_control_characters_are_plain_text(make_run: MakeRun) -> None:
    text = printed(
        make_run(models=("[red]m[/red]",), tasks=("gsm8k",), templates=("a\x1b[31m", "b", "c"), items=5)
    )
    assert "[red]m[/red]" in text
    assert "a␛[31m" in text
    assert "\x1b" not in text


def test_many_levels_are_cut_with_a_word(make_run: MakeRun) -> None:
    templates = tuple(f"t{i}" for i in range(20))
    assert "… 8 more" in printed(make_run(models=("m",), tasks=("gsm8k",), templates=templates, items=5))


def test_a_run_without_results_prints_why(make_run: MakeRun) -> None:
    text = printed(make_run(models=("m",), tasks=("gsm8k",), failing=1.0))
    assert "Nothing can be said" in text


def test_it_says_on_how_many_items_differences_rest(make_run: MakeRun) -> None:
    folder = make_run(models=("m",), tasks=("gsm8k",), templates=("a", "b", "c"), items=40, failing=0.03)
    (one,) = gather(folder).slices
    assert 0 < one.compared < 40
    said = f"differences and sensitivities rest on the {one.compared} of 40 items that have a grade in every"
    assert said in " ".join(printed(folder).split())
    assert "sensitivities rest on" not in printed(make_run("whole", models=("m",), tasks=("gsm8k",), items=9))


def test_a_tie_whose_interval_leaves_0_out_is_explained(make_run: MakeRun) -> None:
    only: dict[str, Any] = {"models": ("m",), "tasks": ("gsm8k",), "shots": (0,)}
    folder = make_run(**only, templates=tuple("abcdefghijkl"), items=40)
    (factor,) = gather(folder).slices[0].factors
    ties = [one for one in factor.effects if (one.p_adjusted or 0) >= 0.05]
    assert any(not one.fixed.low <= 0 <= one.fixed.high for one in ties)
    assert TIES in " ".join(printed(folder, 300).split())
    assert TIES not in printed(make_run("two", **only, templates=("a", "b"), items=9))
