"""The watchlist CSV: what is accepted, and every mistake with its line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.rows import Priority, read_rows, refuse_expired


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """A CSV with this text."""
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def problems(path: Path) -> tuple[str, ...]:
    """The mistakes told of a file."""
    with pytest.raises(InvalidFile) as caught:
        read_rows(path)
    return caught.value.problems


def test_the_smallest_list(tmp_path: Path) -> None:
    """Two columns are enough; a path is relative to the CSV; the rest is None."""
    (row,) = read_rows(write(tmp_path, "subject_id,image\nS1,faces/a.jpg\n"))
    assert (row.line, row.subject_id, row.image) == (2, "S1", "faces/a.jpg")
    assert row.path == (tmp_path / "faces/a.jpg").resolve()
    assert row.priority is None


def test_an_absolute_path_is_kept(tmp_path: Path) -> None:
    """Pictures may lie elsewhere."""
    (row,) = read_rows(write(tmp_path, "subject_id,image\nS1,/pictures/a.jpg\n"))
    assert row.path == Path("/pictures/a.jpg")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, delimiter: str, encoding: str, newline: str) -> None:
    """Semicolons, tabs, a byte order mark, Windows line ends, blank lines and quoted cells are all read."""
    lines = ["image;subject_id;notes", 'a.jpg;Zoë;"two\nlines, and a comma"', ";;", "", "b.jpg;S2;"]
    text = newline.join(lines).replace(";", delimiter)
    first, second = read_rows(write(tmp_path, text, encoding))
    assert (first.subject_id, first.line) == ("Zoë", 2)
    assert (second.subject_id, second.line, second.notes) == ("S2", 6, None)


def test_every_column_is_read(tmp_path: Path) -> None:
    """Priority and dates become values."""
    text = (
        "subject_id,image,category,priority,legal_basis,expires,image_source,image_taken,date_of_birth,notes\n"
        "S1,a.jpg,warrant,red,court order 7,2024-09-08,custody,2023-01-02,1980-03-04,tall\n"
    )
    (row,) = read_rows(write(tmp_path, text))
    assert (row.priority, row.expires) == (Priority.RED, dt.date(2024, 9, 8))
    assert (row.image_taken, row.date_of_birth) == (dt.date(2023, 1, 2), dt.date(1980, 3, 4))
    assert (row.category, row.legal_basis, row.image_source) == ("warrant", "court order 7", "custody")


def test_what_speaks_of_the_subject_fills_its_other_rows(tmp_path: Path) -> None:
    """A priority written once holds for each picture of the subject, and for nobody else."""
    rows = read_rows(write(tmp_path, "subject_id,image,priority\nS1,a.jpg,\nS1,b.jpg,amber\nS2,c.jpg,\n"))
    assert [row.priority for row in rows] == [Priority.AMBER, Priority.AMBER, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file is empty"),
        ("subject_id\nS1\n", "line 1: the required column 'image' is missing"),
        ("Subject ID,image\n", "line 1: unknown column 'Subject ID': did you mean 'subject_id'?"),
        ("subject_id,image,priorty\n", "line 1: unknown column 'priorty': did you mean 'priority'?"),
        ("subject_id,image,xyzzy\n", "unknown column 'xyzzy': known are subject_id, image"),
        ("subject_id,image,image\n", "line 1: column 'image' is there 2 times"),
        ("subject_id,image\n", "no row below the header"),
        ("subject_id,image\n ,a.jpg\n", "line 2: subject_id is empty"),
        ("subject_id,image\nS1,\n", "line 2: image is empty"),
        ("subject_id,image\nS1,a.jpg,more\n", "line 2: 3 cells where the header has 2"),
        ("subject_id,image\nS1,a.jpg\nS1,./a.jpg\n", "line 3: repeats line 2"),
        (
            "subject_id,image,priority\nS1,a.jpg,Red\n",
            "line 2: priority 'Red' is not one of red, amber, green",
        ),
        ("subject_id,image,expires\nS1,a.jpg,07/09/2024\n", "line 2: expires '07/09/2024' is not a date"),
        ("subject_id,image,expires\nS1,a.jpg,2024-02-30\n", "'2024-02-30' is not a date"),
        ("subject_id,image,expires\nS1,a.jpg,20240907\n", "'20240907' is not a date"),
        (
            "subject_id,image,priority\nS1,a.jpg,red\nS1,b.jpg,green\n",
            "line 3: priority 'green' of subject 'S1'",
        ),
        ('subject_id,image\nS1,"a.jpg\n', "line 2: unexpected end of data"),
        ("subject_id,image\nS\0,a.jpg\n", "line 2: holds a zero byte"),
        (f"subject_id,image\n{'x' * 121},a.jpg\n", "at most 120 printable"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    """Every kind of mistake is an `InvalidFile` that says where and what."""
    (problem,) = problems(write(tmp_path, text))
    assert expected in problem


def test_all_mistakes_are_told_at_once_in_order(tmp_path: Path) -> None:
    """One reading tells everything that is wrong, by line."""
    rows = "S1,a.jpg,blue,soon\n,b.jpg,,\nS2,c.jpg\nS3,d.jpg,red,\nS3,d.jpg,green,\n"
    text = f"subject_id,image,priority,expires\n{rows}"
    lines = [problem.partition(":")[0] for problem in problems(write(tmp_path, text))]
    assert lines == ["line 2", "line 2", "line 3", "line 4", "line 6", "line 6"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("subject_id,image\nZo\xeb,a.jpg\n".encode("latin-1"), "line 2: byte 0xeb is not UTF-8"),
        ("subject_id,image\nS1,a.jpg\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest", "spreadsheet"),
    ],
)
def test_another_encoding_is_named(tmp_path: Path, data: bytes, expected: str) -> None:
    """A file that is not UTF-8 text is refused with what to do."""
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    (problem,) = problems(path)
    assert expected in problem
    assert "CSV UTF-8" in problem


def test_a_missing_file_and_a_folder_are_invalid(tmp_path: Path) -> None:
    """A path that is no file is named, with why."""
    assert "no such file" in problems(tmp_path / "none.csv")[0]
    assert "cannot be read" in problems(tmp_path)[0]


def test_a_date_of_birth_is_in_no_message(tmp_path: Path) -> None:
    """A contradiction about a date of birth does not repeat it, nor does the text of a row."""
    text = "subject_id,image,date_of_birth\nS1,a.jpg,1980-03-04\nS1,b.jpg,1981-03-04\n"
    (problem,) = problems(write(tmp_path, text))
    assert "date_of_birth" in problem
    assert "198" not in problem
    (row,) = read_rows(write(tmp_path, "subject_id,image,date_of_birth\nS1,a.jpg,1980-03-04\n"))
    assert "1980" not in repr(row)


def test_a_subject_that_expired_is_refused_by_line_and_not_dropped(tmp_path: Path) -> None:
    """The last day still counts; the day after, every expired row is named, and rows without a date stay."""
    path = write(
        tmp_path,
        "subject_id,image,expires\nS1,a.jpg,2026-03-01\nS2,b.jpg,\nS3,c.jpg,2026-02-27\n",
    )
    rows = read_rows(path)
    refuse_expired(path, rows[:2], dt.date(2026, 3, 1))
    with pytest.raises(InvalidFile) as refused:
        refuse_expired(path, rows, dt.date(2026, 3, 2))
    lines = [problem.split(":")[0] for problem in refused.value.problems]
    assert lines == ["line 2", "line 4"]
