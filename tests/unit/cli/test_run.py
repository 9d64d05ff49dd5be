"""`lfr run` tells what a list cannot do before it begins."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lfr_actors.cli import run


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
