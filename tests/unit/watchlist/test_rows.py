"""The watchlist CSV: what is accepted, and every mistake with its line."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.rows import Priority, read_list, read_rows


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


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("../a.jpg", "leads out of the CSV's folder"),
        ("faces/../../a.jpg", "leads out of the CSV's folder"),
        ("/etc/passwd", "leads out of the CSV's folder"),
        ("link.jpg", "leads out of the CSV's folder"),
        ("linked/a.jpg", "leads out of the CSV's folder"),
        ("round.jpg", "no path that can be followed"),
        (f"{'x' * 2001}", "longer than 2,000 characters"),
        ("https://example.org/a.jpg", "is an address"),
        ("file:///etc/passwd", "is an address"),
        ("a\u202egpj.exe", "RIGHT-TO-LEFT OVERRIDE"),
    ],
)
def test_no_row_reaches_for_a_file_elsewhere(tmp_path: Path, image: str, words: str) -> None:
    """Paths and links that lead out of the CSV's folder, and addresses, are mistakes with their line."""
    folder = tmp_path / "list"
    folder.mkdir()
    (folder / "link.jpg").symlink_to("/dev/zero")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "round.jpg").symlink_to("round.jpg")
    (problem,) = problems(write(folder, f"subject_id,image\nS1,{image}\n"))
    assert problem.startswith("line 2: image ")
    assert words in problem


def test_ways_that_stay_in_the_folder_are_good(tmp_path: Path) -> None:
    """Links, dots and absolute paths are no mistake as long as they end in the folder or below."""
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "a.jpg").touch()
    (tmp_path / "link.jpg").symlink_to("faces/a.jpg")
    images = ["faces/../b.jpg", "link.jpg", str(tmp_path / "c.jpg")]
    text = "".join(f"S{at},{image}\n" for at, image in enumerate(images))
    rows = read_rows(write(tmp_path, f"subject_id,image\n{text}"))
    assert [row.path.relative_to(tmp_path).as_posix() for row in rows] == ["b.jpg", "faces/a.jpg", "c.jpg"]


def test_formulas_are_text_and_said(tmp_path: Path) -> None:
    """A cell that a spreadsheet would compute stays what was written, and each is named with its line."""
    text = 'subject_id,image,notes\n=1+1,a.jpg,"=HYPERLINK(""http://x"")"\nS2,b.jpg,@SUM(A1)\nS3,c.jpg,fine - so\n'
    source = read_list(write(tmp_path, text))
    assert [row.notes for row in source.rows] == ['=HYPERLINK("http://x")', "@SUM(A1)", "fine - so"]
    assert source.rows[0].subject_id == "=1+1"
    told = [note.partition(" begins")[0] for note in source.notes]
    assert told == ["line 2: subject_id", "line 2: notes", "line 3: notes"]


def test_ids_that_look_alike_are_refused_and_capitals_said(tmp_path: Path) -> None:
    """Two spellings that nobody can tell apart are a mistake; a difference in capitals only is a note."""
    (problem,) = problems(write(tmp_path, "subject_id,image\nann,a.jpg\n\uff41nn,b.jpg\n"))
    assert problem.startswith("line 3: subject_id")
    assert "looks the same as that of line 2" in problem
    source = read_list(write(tmp_path, "subject_id,image\nann,a.jpg\nAnn,b.jpg\n"))
    (note,) = source.notes
    assert "line 3: subject_id 'Ann' differs from 'ann' (line 2) only in capital letters" in note


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """A list is a file; a pipe that nobody writes to must not hold the command up."""
    os.mkfifo(tmp_path / "list.csv")
    assert "a pipe or a device" in problems(tmp_path / "list.csv")[0]


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path) -> None:
    """A gigabyte is no list, and is told apart before it is read."""
    with (tmp_path / "list.csv").open("wb") as file:
        file.truncate(10**9)
    assert "1,000 MB is more than the 64 MB allowed" in problems(tmp_path / "list.csv")[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
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
        (
            "subject_id,image,category\nS1,a.jpg,Blue list\n",
            "line 2: category 'Blue list' is not the blue list: write blue-list",
        ),
        (
            "subject_id,image,category\nS1,a.jpg,bluelist\n",
            "line 2: category 'bluelist' is not the blue list",
        ),
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
        ("subject_id,image\nZo\xeb,a.jpg\n".encode("utf-16")[:-1], "line 2: byte 0x0a is not UTF-16"),
        ("subject_id,image\nS1,a.jpg\n".encode("utf-32"), "UTF-32"),
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


def test_utf_16_is_read_and_said(tmp_path: Path) -> None:
    """Excel's "Unicode text", either way round, is read as what it is, and a note says so."""
    text = "subject_id\timage\r\nZoë\ta.jpg\r\n"
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        (tmp_path / "list.csv").write_bytes(mark + text.encode(encoding))
        source = read_list(tmp_path / "list.csv")
        assert [row.subject_id for row in source.rows] == ["Zoë"]
        assert "it is UTF-16" in source.notes[0]
