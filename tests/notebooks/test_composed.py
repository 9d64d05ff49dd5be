"""Every notebook, executed as it came: it says the right figures, draws its plots, and is kept clean."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.executing import NOTEBOOKS, execute, plots, printed

FACTS = {
    "capacity": (
        "faces in view of a camera 0.30 at a time",
        "searches of a camera 1.03 a second",
        "alerts of a camera 0.144 an hour, one in 7.0 hours",
        "the model says 27.5 s of a core: 19.8 decoding and detecting, 7.6 the rest",
        "the model is off by +9%",
        "at 10 cameras breaks first nothing",
    ),
    "threshold_selection": (
        "mated searches 1,771 of 832 people",
        "non-mated searches 1,600 of 1,600 people",
        "threshold for the target 0.4905",
        "TPIR there 89.33 %, 87.22 % to 91.19 %",
        "FPIR on the choosing half 1.00 %",
        "FPIR on the other half 1.18 %",
        "FPIR, 2,000 on the list 2.39 %, assumed",
        "in truth, 10,000 on the list 7.69 %, 6.43 % to 9.10 %",
        "it is assumed, not measured, that every further subject",
        "recognition:\n threshold: 0.5128",
    ),
    "deployment_record": (
        "1 alert of 16 has not been decided",
        "Faces seen 46,200 [tracks, not people]",
        "never compared 16,098 of 46,200 tracks (34.8%)",
        "predicted 1.1, between 0 and 8 in 95 of 100 such days",
        "observed 2 false alerts of 22,781 tracks compared",
        "made-up-sunday nobody measured beforehand",
        "TPIR, made-up-saturday 80 % (8 of 10;",
        "longest life 0.94 s of at most 1 s",
        "objects erased with a receipt 18, 0 of them late",
        "made once more the same bytes",
        "one event earlier other bytes",
        "events edited 1",
        "edited: its text is not what was written",
    ),
}
"""What a notebook prints; of what is measured on the machine, only what does not depend on it."""

PLOTS = {
    "capacity": ["cost-plot", "machine-plot", "ceilings-plot", "sensitivity-plot"],
    "threshold_selection": ["score-plot", "det-plot", "halves-plot", "list-plot"],
    "deployment_record": ["funnel-plot", "rates-plot", "lifetime-plot"],
}


@pytest.mark.parametrize("name", FACTS)
def test_as_it_came(name: str, packs_home: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Top to bottom without a network or a data folder of one's own; every figure and every plot is there."""
    monkeypatch.setenv("LFR_HOME", str(packs_home))
    (path,) = (path for path in NOTEBOOKS if path.stem == name)
    notebook = execute(path, sockets)
    text = printed(notebook)
    for fact in FACTS[name]:
        assert fact in text, fact
    assert plots(notebook) == PLOTS[name]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_without_outputs(path: Path) -> None:
    """What is committed holds no result of anybody's run, and no trace of where it was executed."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
        assert set(cell.metadata) <= {"tags"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
