"""A whole study of a small folder: counts, rates, and everything that is said instead of counted silently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.identification.looking import Look
from lfr_actors.evaluation.identification.people import read_people
from lfr_actors.evaluation.identification.protocol import Use
from lfr_actors.evaluation.identification.study import Settings, identify, looked_at
from lfr_actors.evaluation.identification.wording import count_lines, insufficient_lines, unused_lines
from tests.unit.evaluation.identification.folders import (
    ANN,
    BOB,
    NOBODY,
    TWO_FACES,
    pack,
    people,
    picture,
    study_of,
)


def test_counts_and_rates_of_a_small_folder(tmp_path: Path) -> None:
    """Two people on the list, four mated and two non-mated searches; everybody is found, nobody taken for them."""
    study = study_of(people(tmp_path), fpirs=(), thresholds=(0.99,))
    counts = study.main.counts
    assert (counts.listed_people, counts.uses[Use.MATED], counts.uses[Use.NON_MATED]) == (2, 4, 2)
    (point,) = study.points
    assert point.tpir is not None
    assert point.fpir is not None
    assert (point.tpir.exact.hits, point.tpir.exact.trials, point.tpir.by_person.people) == (4, 4, 2)
    assert (point.fpir.exact.hits, point.fpir.exact.trials) == (0, 2)
    assert study.searches.subjects == 2


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Broken file, same file twice, under two people, no face, several faces, an empty folder, one picture."""
    folder = people(tmp_path)
    (folder / "ann" / "broken.png").write_bytes(b"no picture")
    (folder / "ann" / "4.png").write_bytes((folder / "ann" / "1.png").read_bytes())
    (folder / "bob" / "4.png").write_bytes((folder / "cid" / "1.png").read_bytes())
    picture(folder, "bob/5.png", NOBODY, BOB)
    picture(folder, "bob/6.png", TWO_FACES, BOB)
    (folder / "empty").mkdir()
    study = study_of(folder)
    counts = study.main.counts
    assert counts.uses[Use.UNREADABLE] == counts.uses[Use.REPEATED] == 1
    assert counts.uses[Use.CONTRADICTED] == 2
    assert counts.not_acquired_mated == counts.nearest_middle == counts.empty_folders == 1
    assert counts.uses[Use.NON_MATED] == 1  # dot; cid's only picture is contradicted
    said = "\n".join((*count_lines(counts, study.settings.enrol), *unused_lines(study)))
    for words in ("ann/broken.png", "ann/4.png", "bob/4.png", "cid/1.png", "bob/5.png", "empty: the folder"):
        assert words in said


def test_a_search_without_a_face_is_a_miss(tmp_path: Path) -> None:
    """It stays in the denominator of TPIR."""
    picture(people(tmp_path), "ann/4.png", NOBODY, ANN)
    (point,) = study_of(tmp_path, fpirs=(), thresholds=(0.99,)).points
    assert point.tpir is not None
    assert (point.tpir.exact.hits, point.tpir.exact.trials) == (4, 5)


@pytest.mark.parametrize(
    ("keep", "tpir", "fpir"),
    [
        ("cid", "nobody is on the list", "the list is empty"),
        ("ann", "no non-mated searches", "no non-mated searches"),
    ],
)
def test_a_rate_without_data_is_insufficient_and_not_zero(
    tmp_path: Path, keep: str, tpir: str, fpir: str
) -> None:
    """Nobody with two pictures, or nobody with one: None, with the reason."""
    folder = people(tmp_path)
    for person in folder.iterdir():
        if person.name != keep:
            for path in person.iterdir():
                path.unlink()
            person.rmdir()
    study = study_of(folder, thresholds=(0.5,))
    chosen, given = study.points
    assert chosen.threshold is None
    assert chosen.tpir is None
    assert chosen.fpir is None
    assert fpir in str(chosen.why_no_fpir)
    assert given.fpir is None
    said = " ".join(insufficient_lines(study.points))
    assert tpir in said or keep == "ann"


def test_a_target_that_the_data_cannot_show_is_refused(tmp_path: Path) -> None:
    """With two searches no FPIR of 1 % can be measured; the page says how many it takes."""
    (point,) = study_of(people(tmp_path), fpirs=(0.01,)).points
    assert point.threshold is None
    assert "at least 100 are needed" in str(point.why_no_fpir)


def test_templates_are_overwritten(tmp_path: Path) -> None:
    """Those that were computed, and those that were kept and of which no picture is in the folder."""
    kept_look = Look(found="clear", sha256="x", template=np.ones(3, np.float32))  # type: ignore[arg-type]

    class Kept:
        notes: list[str] = []  # noqa: RUF012

        def load(self) -> dict[str, Look]:
            return {"x": kept_look}

        def keep(self, looks: object) -> None:
            """Nothing is kept."""

    with looked_at(read_people(people(tmp_path)), pack(), Kept()) as (looks, computed):
        assert computed == len(looks) == 8
        assert all(look.template is not None and look.template.any() for look in looks)
    assert kept_look.template is not None
    assert not kept_look.template.any()
    assert not any(look.template is not None and look.template.any() for look in looks)


def test_pictures_are_left_out_by_name(tmp_path: Path) -> None:
    """A file of names; one that is not there is a mistake with its line, and nothing is guessed."""
    folder = people(tmp_path / "people")
    file = tmp_path / "out.txt"
    file.write_text("# looked at\n\nbob/3.png\n")
    study = identify(folder, pack(), Settings(repeats=0, fpirs=(), thresholds=(0.5,)), leave_out=file)
    assert study.main.counts.uses[Use.LEFT_OUT] == 1
    assert study.main.counts.uses[Use.MATED] == 3
    file.write_text("bob/3.png\nbob/33.png\n")
    with pytest.raises(InvalidFile, match=r"line 2: 'bob/33.png' is no picture of the folder"):
        identify(folder, pack(), leave_out=file)


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    """Rather than a study of nobody."""
    with pytest.raises(InvalidFile, match="holds no picture"):
        identify(tmp_path, pack())


def test_the_same_folder_gives_the_same_figures(tmp_path: Path) -> None:
    """Whatever is drawn comes from the seed."""
    folder = people(tmp_path)
    first, second = study_of(folder, repeats=2), study_of(folder, repeats=2)
    assert first.points == second.points
    assert first.repeats == second.repeats
