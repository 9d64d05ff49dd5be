"""`lfr bench matcher`: what was measured is shown, drawn and taken up again; wrong use is said before measuring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.actors import bench_matcher as measuring
from lfr_actors.actors.bench_context import BenchContext
from lfr_actors.cli import bench
from lfr_actors.errors import InvalidFile

TIMING = {"calls": 60, "batch": 8, "p50_ms": 1.0, "p99_ms": 2.0, "mean_ms": 1.1, "per_search_ms": 0.125}
PARITY = {"parity": 1.0, "interval": [0.99, 1.0], "searches": 1000, "differing": 0}
SHARDS = {
    "templates": 20_000,
    "loaded_s": 1.0,
    "settled_s": 2.0,
    "index": ["exact", "exact"],
    "calibration": ["exact: short", ""],
    "memory_per_template_bytes": 512.0,
}
STEP = {
    "templates": 1000,
    "is_measured": True,
    "search": "exact",
    "per_search_ms": {"lfr, exact": 0.1},
    "build_s": 0.1,
    "bytes_per_template": 512.0,
    "parity": 1.0,
}
MEASURED: dict[str, dict[str, Any]] = {
    "actor": {
        "shards": SHARDS,
        "timings": {"actor": TIMING, "bare_exact": TIMING},
        "p99_above_ms": {"bare_exact": 0.9},
        "candidates_and_scores_as_bare_exact": {"same": 1000, "searches": 1000},
        "parity": PARITY,
    },
    "large": {
        "reference": {"searches": 1000, "mated": 500, "threshold": 0.5, "fpir": 0.01, "tpir": 0.93},
        "shards": SHARDS,
        "parity": PARITY,
        "timings": {"ours": TIMING, "exact_product": TIMING},
        "times_as_fast_as": {"exact_product": 21.5},
        "repeated_in_background": {"searches": 10, "disagreed": 0},
        "libraries": [
            {
                "library": "hnswlib",
                "version": "0.8.0",
                "build_s": 3.0,
                "memory_per_template_bytes": 660.0,
                "searched": [{"searching": "default", "timing": TIMING, **PARITY}],
            }
        ],
    },
    "growth": {"steps": [STEP, {**STEP, "templates": 10_000_000, "is_measured": False, "basis": "computed"}]},
    "kill": {"shards": SHARDS, "searches": {"lost": 0, "wrong": 0, "full_service_after_s": 2.5}},
    "removal": {"removed_s": 1.5, "copies_found_after": 0, "found_in": []},
}


def lfr(*words: str | Path) -> Result:
    """Run the command."""
    app = typer.Typer()
    app.callback()(lambda: None)
    bench.register(app)
    return CliRunner().invoke(app, ["bench", "matcher", *map(str, words)])


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Nothing is measured: each part gives what is in `MEASURED`. Which parts of which dimension were."""
    made: list[tuple[int, str]] = []

    def measure_part(context: BenchContext, part: str) -> None:
        made.append((context.dim, part))
        for name, value in MEASURED[part].items():
            context.put(part, name, value)
        context.record.complete(context.dim, part)

    monkeypatch.setattr(measuring, "measure_part", measure_part)
    return made


def test_everything_is_measured_and_shown(parts: list[tuple[int, str]]) -> None:
    """All parts of both dimensions, and for each a table with its figures, the machine and its load."""
    result = lfr("--quick")
    assert result.exit_code == 0, result.exception
    assert len(parts) == 10
    shown = " ".join(result.stdout.split())
    for figure in ("21.5 times as fast", "+0.90 ms", "2.5", "load average", "computed", "660", "nothing"):
        assert figure in shown, figure


def test_one_document_is_printed(parts: list[tuple[int, str]]) -> None:
    """With --json, stdout has the document of the parts asked for, and progress is on stderr."""
    result = lfr("--quick", "--only", "kill", "--only", "removal", "--dim", "512", "--json")
    document = json.loads(result.stdout)
    assert parts == [(512, "kill"), (512, "removal")]
    assert set(document["dims"]["512"]) == {"kill", "removal"}
    assert document["settings"]["large_templates"] == 20_000
    assert document["machine"]["usable_cores"] > 0
    assert "about" in result.stderr


def test_what_is_in_the_file_is_not_measured_again(parts: list[tuple[int, str]], tmp_path: Path) -> None:
    """A second run measures only the other parts, and shows all; with other sizes the file is refused."""
    keep = tmp_path / "bench.json"
    assert lfr("--quick", "--only", "kill", "--dim", "128", "--keep", keep).exit_code == 0
    again = lfr("--quick", "--dim", "128", "--keep", keep, "--json")
    assert sorted(parts) == sorted([(128, part) for part in MEASURED])
    assert set(json.loads(again.stdout)["dims"]["128"]) == set(MEASURED)
    other = lfr("--templates", "5000", "--keep", keep)
    assert isinstance(other.exception, InvalidFile)


def test_an_interrupted_measurement_shows_what_there_is(
    parts: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Interrupted in the second part, the first is shown and kept, and the exit status says that it failed."""
    del parts
    whole = measuring.measure_part

    def interrupted(context: BenchContext, part: str) -> None:
        if part == "large":
            raise KeyboardInterrupt
        whole(context, part)

    monkeypatch.setattr(measuring, "measure_part", interrupted)
    keep = tmp_path / "bench.json"
    result = lfr("--quick", "--dim", "128", "--keep", keep, "--json")
    assert result.exit_code == 1
    assert set(json.loads(result.stdout)["dims"]["128"]) == {"actor"}
    assert json.loads(keep.read_text())["dims"]["128"]["actor"]["done"]


def test_the_growth_is_drawn(parts: list[tuple[int, str]], tmp_path: Path) -> None:
    """Into the file that was named."""
    del parts
    plot = tmp_path / "growth.svg"
    assert lfr("--quick", "--only", "growth", "--plot", plot).exit_code == 0
    assert plot.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plot", "growth.pdf"), "name a .png or .svg file"),
        (("--only", "everything"), "removal"),
        (("--templates", "3"), "1000"),
        (("--dim", "256"), "512"),
        (("--quick", "--templates", "5000"), "its own sizes"),
    ],
)
def test_wrong_use_is_said_before_anything_is_measured(
    parts: list[tuple[int, str]], words: tuple[str, ...], said: str
) -> None:
    """Exit status 2, and what would be right."""
    result = lfr(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert parts == []
