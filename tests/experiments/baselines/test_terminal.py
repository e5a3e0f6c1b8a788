import io
from collections.abc import Sequence

from rich.console import Console

from experiments.baselines.facts import load
from experiments.baselines.query import parse, select
from experiments.baselines.terminal import show_overview, show_rows


def printed(words: Sequence[str], *, every: bool = False) -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    facts = load()
    if words:
        show_rows(select(parse(words, facts), facts, every=every), facts, console)
    else:
        show_overview(facts, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_overview_lists_benchmarks_and_models():
    text = printed([])
    assert "615 published figures of 27 models on 24 benchmarks" in text
    for task in load().benchmarks:
        assert f" {task} " in text
    assert "GPT-3.5: code-davinci-002, text-davinci-002" in text
    assert "ChatGPT" not in text, "it has no scores"


def test_rows_come_with_interval_prompt_source_and_notes():
    text = printed(["task=triviaqa", "model=Llama 2-70B"])
    assert "TriviaQA, exact match: 11,313 items" in text
    rows = [line.split("   ") for line in text.splitlines() if line.startswith(" Llama 2-70B")]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells == [
        [
            "Llama 2-70B",
            "1-shot",
            "74.0\u00a0%",
            "[73.2,\u00a074.8]",
            "optimised",
            "main_results.png, 2023-12-19",
        ],
        ["Llama 2-70B", "1-shot", "55.5\u00a0%", "[54.6,\u00a056.4]", "default", "README, 2023-12-19"],
    ]
    assert "Llama 2-70B, 55.5\u00a0%: that this is the default template" in text


def test_superseded_uncertain_and_cited_figures_are_marked():
    text = printed(["task=math,arc_c", "model=gpt-4-0314,PaLM 2-L"], every=True)
    assert "main_results.png@db563da, 2023-12-18, superseded, medium confidence" in text
    assert "README, 2023-12-19, low confidence" in text
    assert "of others (cited)" in text


def test_toxicity_says_that_lower_is_better_and_has_no_interval():
    text = printed(["task=real_toxicity_prompts", "model=davinci"])
    assert "the lower the better: number of items not known" in text
    assert " – " in text
