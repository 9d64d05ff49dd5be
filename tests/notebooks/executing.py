"""Executing notebooks as strictly as tests are run, and reading what they said and drew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.conftest import REPOSITORY

NOTEBOOKS = tuple(sorted((REPOSITORY / "notebooks").glob("*.ipynb")))


class ThisInterpreter(AsyncKernelManager):
    """A kernel of the interpreter that runs the tests; a fresh environment has none registered."""

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="tests", language="python")


def execute(path: Path, sockets: Path, parameters: dict[str, object] | None = None) -> NotebookNode:
    """The executed notebook, with some of its parameters set; any warning in it is an error, as is an error."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    for name, value in (parameters or {}).items():
        cell.source, replaced = re.subn(rf"(?m)^{name} = [^#\n]*", f"{name} = {value!r}  ", cell.source)
        assert replaced == 1, name
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
