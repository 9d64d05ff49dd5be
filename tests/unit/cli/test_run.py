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


@pytest.mark.parametrize(("missing", "told"), [((), ""), (("S2", "S3"), "2 of 3 subjects cannot be found")])
def test_subjects_who_cannot_be_found_are_counted(
    missing: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Subjects without a template are told as a number, without their ids; a whole list needs no words."""
    enrolment = SimpleNamespace(
        missing_subjects=lambda: missing, gallery=SimpleNamespace(subject_ids=("S1",))
    )
    run._warn_of_missing(SimpleNamespace(enrolment=enrolment))  # type: ignore[arg-type]
    heard = capsys.readouterr()
    assert told in heard.err
    assert bool(heard.err) is bool(told)
    assert "S2" not in heard.out + heard.err


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
