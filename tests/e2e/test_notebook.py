"""The first notebook, executed: it runs on any finished run, says the right figures, and is kept clean."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from lfr_actors.events.cameras import CameraFailed, CameraOpened
from tests.conftest import REPOSITORY
from tests.unit.events.samples import started
from tests.unit.records.runs import CAMERA, observed, totals, whole_run, write_run

NOTEBOOK = REPOSITORY / "notebooks" / "first_look.ipynb"

pytestmark = pytest.mark.e2e


class ThisInterpreter(AsyncKernelManager):
    """A kernel of the interpreter that runs the tests; a fresh environment has none registered."""

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="tests", language="python")


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the kernel's sockets, of a short name: the path of a socket is limited."""
    folder = Path(tempfile.mkdtemp(prefix="lfr-nb-"))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)
    yield folder
    shutil.rmtree(folder)


def execute(sockets: Path, deployment: str | None = None) -> NotebookNode:
    """The executed notebook; any warning in it is an error, as is an error."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if deployment is not None:
        (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
        parameters.source = re.sub(
            r"(?m)^deployment = None", f"deployment = {deployment!r}", parameters.source
        )
    strict = nbformat.v4.new_code_cell("import warnings; warnings.simplefilter('error')")
    # the kernel's own last words are not the notebook's
    loose = nbformat.v4.new_code_cell("warnings.simplefilter('ignore')")
    notebook.cells = [strict, *notebook.cells, loose]
    manager = ThisInterpreter(transport="ipc", connection_file=str(sockets / "kernel.json"))
    NotebookClient(notebook, km=manager, timeout=120).execute(cleanup_kc=True, cwd=str(sockets))
    return notebook


def printed(notebook: NotebookNode) -> str:
    """All that it printed, with runs of blanks as one."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    return re.sub(r" +", " ", "".join(output.text for output in outputs if output.output_type == "stream"))


def plots(notebook: NotebookNode) -> list[str]:
    """The cells that gave a picture."""
    return [
        cell.id
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]


def test_a_run_with_alerts(home: Path, sockets: Path) -> None:
    """Every figure printed is that of the run, every plot is drawn, and nobody's database is changed."""
    write_run(home, "drill-1")
    before = (home / "lfr.db").read_bytes(), sorted(home.iterdir())
    notebook = execute(sockets)
    text = printed(notebook)
    for fact in (
        "drill-1: closed",
        "place Wrexham city centre",
        "threshold 0.955\n",
        "people on the list 500, with 510 templates",
        "pictures not enrolled 2 no-face",
        "frames looked at 252; the total agrees",
        "faces seen (tracks) 6; the total agrees",
        "searches 7; the total agrees",
        "alerts 2; the total agrees",
        "searches below 5 of 7 (71.4%)",
        "highest search below under 0.955",
        "weakest alert 0.956, which is 0.001 above the threshold",
        "within 0.05 below 1 of 5 (20.0%)",
        "tracks never searched 3 of 6 (50.0%)",
        f"{CAMERA} too blurred: 2 (33.3% of its tracks)",
        "frames dropped 14 of 266 (5.3%)",
        "probes dropped 3 of 10 (30.0%)",
        "latency p50 84 ms",
        "latency p99 190 ms",
        "alerts decided by a person 0 of 2 (0.0%)",
        "2 of 2 true alerts: in truth at least 16%",
        "0 false in 6 faces: in truth at most 1 in 2",
    ):
        assert fact in text, fact
    assert plots(notebook) == ["score-plot", "time-plot", "quality-plot"]
    (table,) = (cell for cell in notebook.cells if cell.id == "alerts")
    shown = table.outputs[0].data["text/plain"]
    assert "aa01" in shown
    assert not any(subject in shown + text for subject in ("S-0007", "S-0011")), "who it was stays sealed"
    assert ((home / "lfr.db").read_bytes(), sorted(home.iterdir())) == before


def test_a_run_without_alerts_says_insufficient_data(home: Path, sockets: Path) -> None:
    """No alert, several cameras of which one failed, no latency: said as such, and the plots are there."""
    reports = tuple(
        observed(start, start + 5, camera=camera, tracks=3, searched=3, scores=[0.88, 0.9], qualities=[0.5])
        for camera in (CAMERA, "station")
        for start in (0.0, 5.04)
    )
    failed = CameraFailed(camera="harbour", error="SourceDenied", reason="wrong password")
    bodies = (*whole_run(reports, 0, latency_p50_ms=None, latency_p99_ms=None), failed)
    start = replace(started(), cameras=(CAMERA, "station", "harbour"))
    write_run(home, "drill-1", bodies, (), start=start, close=totals(reports))
    write_run(home, "drill-2")
    notebook = execute(sockets, deployment="drill-1")
    text = printed(notebook)
    for fact in (
        "No alert was raised: insufficient data",
        "weakest alert insufficient data",
        "latency p99 insufficient data",
        "alerts decided by a person insufficient data",
        "if every alert is right insufficient data",
        "harbour\n given up wrong password\n frames looked at insufficient data",
        "tracks never searched 0 of 12 (0.0%)",
    ):
        assert fact in text, fact
    assert plots(notebook) == ["score-plot", "time-plot", "quality-plot"]


def test_a_run_that_saw_nothing(home: Path, sockets: Path) -> None:
    """Without a face there is no plot and no rate, only words; a total that differs is pointed out."""
    said = whole_run((observed(0.0, 5.0),), 0, latency_p50_ms=None, latency_p99_ms=None)
    bodies = tuple(body for body in said if not isinstance(body, CameraOpened))
    write_run(home, "drill-1", bodies, (), close=totals([], frames=120))
    notebook = execute(sockets)
    text = printed(notebook)
    assert plots(notebook) == []
    assert "frames looked at 126; THE TOTAL SAYS 120" in text
    for what in ("No search was made", "No face was seen", "No face was measured"):
        assert f"{what}: insufficient data" in text
    assert "tracks never searched insufficient data" in text
    assert "if no alert is false insufficient data: no face was seen" in text


def test_the_notebook_is_kept_without_outputs() -> None:
    """What is committed holds no result of anybody's run, and no trace of where it was executed."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert set(cell.metadata) <= {"tags"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
