"""Reading who passes when: what is taken, and every mistake with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.film.truth import FilmPass, FilmTruth, check_truth, read_truth

ROW: dict[str, Any] = {"pass_id": "p1", "subject_id": "S1", "enter_s": 1.5, "leave_s": 4}


def written(folder: Path, content: object) -> Path:
    """A truth of JSON."""
    path = folder / "truth.json"
    path.write_text(json.dumps(content))
    return path


def problems_of(path: Path) -> str:
    """What is said of a wrong file."""
    with pytest.raises(InvalidFile) as caught:
        read_truth(path)
    return "\n".join(caught.value.problems)


def test_a_composed_truth_is_read_whole(tmp_path: Path) -> None:
    """Every field that measuring uses is there; what composed scenes say besides raises no note."""
    row = ROW | {"identity": "A B", "largest_face_px": 90.5, "speed_m_s": 1.2, "target": True}
    row |= {"photograph": "a.jpg", "seen_s": 2.0, "largest_face_s": 3.9, "photograph_is_enrolled": True}
    truth = read_truth(written(tmp_path, [row]))
    assert truth.notes == ()
    (one,) = truth.passes
    assert (one.pass_id, one.subject_id, one.span_s) == ("p1", "S1", (1.5, 4.0))
    assert (one.face_px, one.speed_m_s, one.photograph_is_enrolled) == (90.5, 1.2, True)
    assert (one.identity, one.person) == ("A B", "subject S1")
    assert "S1" not in repr(one)
    assert "A B" not in repr(one)


def test_four_fields_are_enough(tmp_path: Path) -> None:
    """A real film's truth says who and when; nobody is on the list where it says null, and unknown stays None."""
    truth = read_truth(written(tmp_path, [ROW | {"subject_id": None, "enter_s": None, "leave_s": None}]))
    (one,) = truth.passes
    assert (one.subject_id, one.span_s, one.face_px, one.speed_m_s) == (None, None, None, None)
    assert one.person == "pass p1"
    assert read_truth(written(tmp_path, [])).passes == ()


def test_a_table_says_the_same_as_json(tmp_path: Path) -> None:
    """CSV with semicolons, a byte order mark and blanks for null is read as the same passes."""
    rows = [ROW | {"speed_m_s": 1.25, "target": True}, ROW | {"pass_id": "p2", "subject_id": None}]
    table = tmp_path / "truth.csv"
    lines = [
        "pass_id;subject_id;enter_s;leave_s;speed_m_s;target",
        "p1;S1;1.5;4;1.25;yes",
        "",
        "p2;;1.5;4;;no",
    ]
    table.write_bytes(("\ufeff" + "\r\n".join(lines)).encode())
    assert read_truth(table) == read_truth(written(tmp_path, rows))


def test_unknown_columns_are_said(tmp_path: Path) -> None:
    """A column that is not used is named, so that a misspelt one is noticed."""
    (note,) = read_truth(written(tmp_path, [ROW | {"speed": 3, "hat": "red"}])).notes
    assert "speed, hat" in note


def test_nobody_is_off_the_list_by_oversight(tmp_path: Path) -> None:
    """A pass without the field subject_id is a mistake, not a passer-by."""
    row = {name: value for name, value in ROW.items() if name != "subject_id"}
    assert "row 1: subject_id is missing; write null" in problems_of(written(tmp_path, [row]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"enter_s": "soon"}, 'row 2: enter_s is "soon"; write a number'),
        ({"enter_s": -1}, "row 2: enter_s is -1"),
        ({"leave_s": float("nan")}, "row 2: leave_s is NaN"),
        ({"enter_s": True}, "row 2: enter_s is true"),
        ({"enter_s": 9}, "row 2: enters at 9 s and leaves before that, at 4 s"),
        ({"leave_s": None}, "row 2: has only one of enter_s and leave_s"),
        ({"subject_id": 17}, "row 2: subject_id is 17; write a text"),
        ({"pass_id": ""}, 'row 2: pass_id is ""'),
        ({"target": False}, "row 2: target is false and it has a subject_id"),
        ({"target": "maybe"}, 'row 2: target is "maybe"; write true or false'),
        ({"pass_id": "p0"}, "row 2: pass_id 'p0' is that of row 1 too"),
        ({"subject_id": "S0"}, "row 2: pass 'p1' begins before pass 'p0' of the same subject has ended"),
    ],
)
def test_every_mistake_has_its_row(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """What is wrong and what would be right, with the row."""
    first = ROW | {"pass_id": "p0", "subject_id": "S0"}
    assert said in problems_of(written(tmp_path, [first, ROW | change]))


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    """Three wrong rows of a table give three problems with their lines."""
    table = tmp_path / "truth.csv"
    table.write_text("pass_id,subject_id,enter_s,leave_s\na,S1,x,2\nb,S1,3,y\nc,S1,5,4\n")
    problems = problems_of(table)
    assert all(f"line {line}: " in problems for line in (2, 3, 4))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"pass_id": "p1",\n ]', "line 2:"),
        ('{"passes": []}', "is not a list"),
        ("[1]", "row 1 is no object"),
        ("", "line 1:"),
        ("[" * 100_000, "is no JSON text"),
    ],
)
def test_what_is_no_truth_is_refused(tmp_path: Path, content: str, said: str) -> None:
    """Broken JSON and JSON of another shape are told with what would be right."""
    path = tmp_path / "truth.json"
    path.write_text(content)
    assert said in problems_of(path)


def test_files_that_are_not_there_or_no_table(tmp_path: Path) -> None:
    """A missing file, a folder, binary content and a table without the columns are told apart."""
    assert "no such file" in problems_of(tmp_path / "none.json")
    assert "folder" in problems_of(tmp_path)
    binary = tmp_path / "truth.json"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "is no JSON text" in problems_of(binary)
    table = tmp_path / "truth.csv"
    table.write_text("pass_id,who,enter_s,leave_s,who\n")
    problems = problems_of(table)
    assert "'subject_id' is missing" in problems
    assert "'who' is there twice" in problems
    table.write_text("pass_id,subject_id,enter_s,leave_s\np1,S1,1\n")
    assert "line 2: 3 cells where the header has 4" in problems_of(table)
    table.write_text("")
    assert "is empty" in problems_of(table)


def test_a_truth_has_to_fit_list_and_film() -> None:
    """A subject who is not on the list, and a pass after the end of the film, are mistakes; no id is repeated."""
    one = FilmPass(pass_id="p1", subject_id="S1", enter_s=50, leave_s=60)
    truth = FilmTruth(passes=(one, FilmPass(pass_id="p2", enter_s=1, leave_s=2)))
    path = Path("truth.json")
    check_truth(truth, path, subjects=("S1",), film_s=70, list_name="watchlist.csv")
    check_truth(truth, path, subjects=("S1",), film_s=None, list_name="watchlist.csv")
    with pytest.raises(InvalidFile) as caught:
        check_truth(truth, path, subjects=("S2",), film_s=40, list_name="watchlist.csv")
    listed, late = caught.value.problems
    assert "pass p1: subject_id is not on the list watchlist.csv" in listed
    assert "S1" not in listed
    assert "the film is 40.0 s long" in late
