"""What is installed: the four packages with every YAML, template and data set, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("perturb", "experiments", "stats", "conf")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: list[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {*PACKAGES, "prompt_fathom-0.1.0.dist-info"}


def test_every_file_of_the_packages_is_in_the_wheel(wheel: list[str]) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= set(wheel)
    suffixes = {Path(name).suffix for name in wanted}
    assert {".py", ".yaml", ".j2", ".jsonl", ".typed"} <= suffixes


def test_the_wheel_holds_no_tests_and_no_caches(wheel: list[str]) -> None:
    assert not [name for name in wheel if "test" in Path(name).stem and name.endswith(".py")]
    assert not [name for name in wheel if "__pycache__" in name or name.endswith(".pyc")]


def test_the_top_level_is_as_laid_out() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in listed.stdout.splitlines()}
    visible = {name for name in top if not name.startswith(".")}
    files = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", "requirements.lock"}
    assert visible <= {*PACKAGES, "tests", "docs", *files}
