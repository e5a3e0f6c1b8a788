"""docs/notebook.ipynb runs from its first cell to its figure, in a kernel of its own."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def test_the_notebook_lies_there_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) >= 6
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []


def test_the_notebook_runs_and_ends_with_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the kernel leaves behind (history, its connection file) is not the user's either.
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(
        notebook, timeout=250, startup_timeout=250, kernel_name="python3", resources=resources
    )
    client.execute()
    run, *analyses, figure = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "runs/notebook/report.html" in run.outputs[0].text
    assert (tmp_path / "runs" / "notebook" / "outcomes.parquet").is_file()
    said = [str(cell.outputs[0].get("data", cell.outputs[0].get("text"))) for cell in analyses]
    for text, wanted in zip(
        said, ("qa/q_a_upper", "sigma_template", "item_id × template", "5 shots"), strict=True
    ):
        assert wanted in text
    picture = figure.outputs[0].data["image/svg+xml"]
    assert picture.startswith("<svg")
    assert "qa/q_a_upper" in picture
