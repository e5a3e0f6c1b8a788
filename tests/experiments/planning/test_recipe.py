import shlex
from dataclasses import replace

from experiments.planning.recipe import Recipe, alike, commands, plain_recipe

ALL = ("qa/b", "qa/a", "qa/c")
ONE = Recipe((("model", ("a",)),), ("task=t",), ALL, {"qa/*": frozenset(ALL)})
SIZES = {"item": 50, "template": 3, "replicate": 1}


def test_a_whole_folder_is_a_glob_and_less_is_a_list():
    assert ONE.command(SIZES) == "fathom run -m model=a task=t task.limit=50 'template=glob(qa/*)'"
    assert shlex.split(ONE.command({**SIZES, "template": 2}))[-1] == "template=qa/b,qa/a"


def test_exemplar_seeds_go_on_from_those_of_the_pilot():
    sizes = {**SIZES, "exemplar_seed": 4}
    assert "exemplars.seed=range(4)" in ONE.command(sizes)
    assert "exemplars.seed=7,2,0,1" in replace(ONE, seeds=(7, 2)).command(sizes)
    assert "exemplars.seed=range(4)" in replace(ONE, seeds=(1, 0)).command(sizes)


def test_replicates_are_cells_or_samples_as_in_the_pilot():
    sizes = {**SIZES, "replicate": 3}
    assert "sampling.replicate=range(3)" in ONE.command(sizes)
    assert "sampling.samples=3" in replace(ONE, samples=True).command(sizes)
    assert "sampling.samples=1" in replace(ONE, samples=True).command(SIZES)
    assert "replicate" not in ONE.command(SIZES)


def test_models_that_differ_in_one_key_share_a_command():
    other = replace(ONE, models=(("model", ("b",)),))
    assert commands([ONE, other], SIZES) == (
        "fathom run -m model=a,b task=t task.limit=50 'template=glob(qa/*)'",
    )
    assert len(commands([ONE, ONE], SIZES)) == 1
    unlike = replace(ONE, models=(("model", ("b",)), ("model.name", ("x",))))
    assert len(commands([ONE, unlike], SIZES)) == 2
    twice = replace(ONE, models=(("model", ("c",)), ("model.name", ("y",))))
    assert len(commands([unlike, twice], SIZES)) == 2
    assert len(commands([ONE, replace(other, overrides=("task=u",))], SIZES)) == 2


def test_all_models_are_asked_the_same_templates_and_seeds():
    other = replace(ONE, models=(("model", ("b",)),), templates=("qa/c", "qa/a", "qa/d"), seeds=(4,))
    one, two = alike([replace(ONE, seeds=(7, 2)), other])
    assert one.templates == two.templates == ("qa/a", "qa/c")
    assert two.seeds == (7, 2)
    assert two.models == other.models


def test_without_a_pilot_the_templates_are_those_of_the_task_s_kind():
    recipe = plain_recipe("gpt-4o-mini", "triviaqa", "short")
    assert len(recipe.templates) > 5
    assert all(option.startswith("qa/") for option in recipe.templates)
    sizes = {"item": 200, "template": len(recipe.templates), "replicate": 1}
    assert recipe.command(sizes).endswith("'template=glob(qa/*)'")
