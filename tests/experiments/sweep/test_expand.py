"""Expansion of overrides into jobs: the basic sweeper's result, and globs through folders."""

from pathlib import Path

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.utils import create_config_search_path
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from hypothesis import given
from hypothesis import strategies as st

from experiments.configuration import ConfigError
from experiments.sweep.expand import Options, expand, matches

OPTIONS = ["model/small", "model/large", "template/qa/plain", "template/qa/colon", "template/math/plain"]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    folder: Path = tmp_path_factory.mktemp("conf")
    for name in OPTIONS:
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    return Options(ConfigLoaderImpl(create_config_search_path(f"file://{folder}")), None)


def test_nothing_swept_is_one_job(options: Options) -> None:
    assert expand(["shots=5", "model=small"], options) == [("shots=5", "model=small")]
    assert expand([], options) == [()]


def test_the_first_axis_changes_slowest(options: Options) -> None:
    assert expand(["model=small,large", "shots=0,1"], options) == [
        ("model=small", "shots=0"),
        ("model=small", "shots=1"),
        ("model=large", "shots=0"),
        ("model=large", "shots=1"),
    ]


def test_a_later_override_replaces_an_earlier_one_in_its_place(options: Options) -> None:
    assert expand(["shots=1,2", "cot=true", "shots=7"], options) == [("shots=7", "cot=True")]


LINES = [
    "a=1,2",
    "a=3",
    "b=range(3)",
    "b=range(0,1,0.5)",
    "c=choice(x,y)",
    "c=sort(3,1,2,reverse=true)",
    "d=[1,2],[3]",
    "e={k:1},{k:'a b'}",
    "+f=1,2",
    "++g='x=y, z',\"it's\"",
    "~h",
    "~h=3",
    "model=small,large",
    "i=null,1.5,true",
    "j=int(1.2,2.9)",
    "k=tag(t,choice(1,2))",
    "l=a\\,b",
    "m=${x.y},${oc.env:HOME}",
    "n=",
    "model@other=small",
]


@given(st.lists(st.sampled_from(LINES), max_size=5))
def test_same_jobs_as_the_basic_sweeper(options: Options, lines: list[str]) -> None:
    basic = BasicSweeper.split_arguments(OverridesParser.create().parse_overrides(lines), None)[0]
    assert expand(lines, options) == [tuple(job) for job in basic]


def test_shuffle_keeps_every_value(options: Options) -> None:
    assert sorted(expand(["shots=shuffle(range(20))"], options)) == sorted((f"shots={n}",) for n in range(20))


@pytest.mark.parametrize(
    ("glob", "chosen"),
    [
        ("glob(qa/*)", ["qa/colon", "qa/plain"]),
        ("glob(*/plain)", ["math/plain", "qa/plain"]),
        ("glob(**)", ["math/plain", "qa/colon", "qa/plain"]),
        ("glob(**,exclude=math/*)", ["qa/colon", "qa/plain"]),
        ("glob(qa/*,exclude=col*)", ["qa/plain"]),
        ("glob([math/*,qa/c*])", ["math/plain", "qa/colon"]),
    ],
)
def test_globs_see_options_in_folders(options: Options, glob: str, chosen: list[str]) -> None:
    assert expand([f"template={glob}"], options) == [(f"template={name}",) for name in chosen]


def test_globs_see_direct_options_as_hydra_does(options: Options) -> None:
    assert expand(["model=glob(*)"], options) == [("model=large",), ("model=small",)]
    assert expand(["model=glob(*,exclude=s*)"], options) == [("model=large",)]


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("qa/plain", "*", False),
        ("plain", "*", True),
        ("a/b/c", "a/*", False),
        ("a/b/c", "a/**", True),
        ("a/b/c", "**/c", True),
        ("a", "**/a", True),
        ("qa/Plain", "qa/plain", False),
        ("qa/q1", "qa/q[0-9]", True),
    ],
)
def test_a_star_stays_within_a_folder(name: str, pattern: str, expected: bool) -> None:
    assert matches(name, pattern) is expected


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("template=glob(*)", ["glob(*)", "'template'", "math/plain, qa/colon, qa/plain"]),
        ("template=glob(qa/*,exclude=*)", ["exclude=*"]),
        ("modle=glob(*)", ["'modle'", "did you mean 'model'"]),
        ("model=small,lage", ["no option 'lage'", "did you mean 'large'", "options: large, small"]),
        ("template=qa/plain,qa/colonn", ["did you mean 'qa/colon'", "options: qa/colon, qa/plain"]),
        ("x=interval(0,1)", ["x=interval(0,1)", "range("]),
        ("x=range(0)", ["x=range(0)", "nothing"]),
        ("name=a,b", ["'name=a,b'", "whole run"]),
        ("hydra.verbose=true,false", ["hydra.verbose=true,false"]),
    ],
)
def test_what_cannot_be_swept_says_why(options: Options, line: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        expand([line], options)
    for part in parts:
        assert part in str(caught.value)


def test_bad_grammar_is_hydras_error(options: Options) -> None:
    with pytest.raises(OverrideParseException):
        expand(["a=["], options)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Options:
    """The package's options, and two of a user's own."""
    folder: Path = tmp_path_factory.mktemp("mine") / "perturbation"
    folder.mkdir()
    (folder / "slips.yaml").write_text("name: keyboard_typo\nseverity: 0.2\nthen: [case]", encoding="utf-8")
    (folder / "pairs.yaml").write_text("suite: [none, lower+padding]", encoding="utf-8")
    path = create_config_search_path("pkg://conf")
    path.append("mine", f"file://{folder.parent}")
    return Options(ConfigLoaderImpl(path), None)


@pytest.mark.parametrize(
    ("line", "jobs"),
    [
        ("perturbation=keyboard_typo+case", [("keyboard_typo", "case")]),
        ("perturbation=none,upper+padding+filler", [("none", ""), ("upper", "padding,filler")]),
        ("perturbation='upper+padding'", [("upper", "padding")]),
        ("perturbation=slips+lower", [("slips", "case,lower")]),
        ("perturbation=lower+slips", [("lower", "keyboard_typo,case")]),
        ("perturbation=pairs", [("none", ""), ("lower", "padding")]),
    ],
)
def test_perturbations_after_one_another(ours: Options, line: str, jobs: list[tuple[str, str]]) -> None:
    expected = [
        ("shots=0", f"perturbation={first}", *([f"perturbation.then=[{rest}]"] if rest else []))
        for first, rest in jobs
    ]
    assert expand(["shots=0", line], ours) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "perturbation=keybord_typo+case",
            r"'keybord_typo\+case': .* no option 'keybord_typo'.*keyboard_typo",
        ),
        ("perturbation=none,case+tile", r"'case\+tile': .* no option 'tile'.*title"),
        ("perturbation=none+case", r"'none\+case': none changes nothing; leave it out"),
        ("perturbation=case+none", r"'case\+none': none changes nothing"),
        (
            "perturbation=case+fairness",
            r"'fairness' is a suite; put one .* dialect, gender_terms, person_names$",
        ),
        ("perturbation=case+", r"'perturbation' has no option ''"),
    ],
)
def test_what_cannot_follow_one_another(ours: Options, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        expand([line], ours)


def test_what_follows_is_said_once(ours: Options) -> None:
    with pytest.raises(ConfigError, match=r"leave perturbation\.then out"):
        expand(["perturbation=case+padding", "perturbation.then=[lower]"], ours)
