"""`lfr run` tells what a list cannot do before it begins."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from lfr_actors.cli import run
from lfr_actors.errors import Refused
from lfr_actors.spec.deployment import load_deployment

FILE = """
deployment: drill-1
location: A street
purposes: [safeguarding]
authority: {{officer: nobody, reference: X/1, not_before: {before}, not_after: {after}}}
watchlist: {{csv: list.csv}}
recognition: {{pack: open, threshold: 0.955}}
cameras: [{{id: east, source: "file:east.mp4", pace: max}}]
"""


@pytest.mark.parametrize(("missing", "told"), [(0, ""), (2, "2 of 3 subjects cannot be found")])
def test_subjects_who_cannot_be_found_are_counted(
    missing: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Subjects without a template are told as a number, without their ids; a whole list needs no words."""
    version = SimpleNamespace(subjects=("S1",))
    listed = SimpleNamespace(warnings=(), missing_subjects=missing, version=version)
    run._warn_of_list(listed)  # type: ignore[arg-type]
    heard = capsys.readouterr()
    assert told in heard.err
    assert bool(heard.err) is bool(told)
    assert "S1" not in heard.out + heard.err


def test_what_the_rules_only_warn_of_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A list that may be used and is odd is used, and the officer reads why."""
    version = SimpleNamespace(subjects=("S1",))
    listed = SimpleNamespace(warnings=("under-18: 1 under 18",), missing_subjects=0, version=version)
    run._warn_of_list(listed)  # type: ignore[arg-type]
    assert "under-18: 1 under 18" in capsys.readouterr().err


def test_the_annotated_film_of_another_run_is_not_written_over(home: Path, tmp_path: Path) -> None:
    """It is erased at that run's time: refused before anything is done, and the film is as it was."""
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    file = tmp_path / "drill.yaml"
    file.write_text(FILE.format(before=(now - hour).isoformat(), after=(now + hour).isoformat()))
    film = tmp_path / "films" / "east.mp4"
    film.parent.mkdir()
    film.write_bytes(b"of another run")
    with pytest.raises(Refused, match=r"east\.mp4 is there already"):
        run.run_deployment(load_deployment(file, {}), home, annotate=film.parent, live=False, title="drill")
    assert film.read_bytes() == b"of another run"
    assert list(home.iterdir()) == []
