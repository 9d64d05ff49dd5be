"""A list from a folder of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.folder import Facts, read_folder
from lfr_actors.watchlist.version import Priority


def pictures(root: Path, *names: str) -> Path:
    """A folder of files with these names."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def problems(folder: Path) -> tuple[str, ...]:
    """The mistakes told of a folder."""
    with pytest.raises(InvalidFile) as caught:
        read_folder(folder, Facts())
    return caught.value.problems


def test_folders_and_numbered_names_are_subjects(tmp_path: Path) -> None:
    """A folder's name, or a picture's without its number, is the subject; facts hold for everybody."""
    folder = pictures(tmp_path, "ann/left.jpg", "ann/right.PNG", "bob.jpg", "bob_2.jpeg", "cy_0001.jpg")
    source = read_folder(folder, Facts(category="warrant", priority=Priority.RED, legal_basis="PACE s.24"))
    assert [(row.where, row.subject_id, row.image) for row in source.rows] == [
        ("picture 1", "ann", "ann/left.jpg"),
        ("picture 2", "ann", "ann/right.PNG"),
        ("picture 3", "bob", "bob.jpg"),
        ("picture 4", "bob", "bob_2.jpeg"),
        ("picture 5", "cy", "cy_0001.jpg"),
    ]
    assert {(row.category, row.priority, row.legal_basis) for row in source.rows} == {
        ("warrant", Priority.RED, "PACE s.24")
    }
    assert source.notes == ()


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    """Hidden files and files of other kinds are named and not silently dropped."""
    source = read_folder(pictures(tmp_path, "ann.jpg", ".git/a.jpg", "Thumbs.db", "bob/notes.txt"), Facts())
    assert [row.subject_id for row in source.rows] == ["ann"]
    assert sorted(note.partition(" ")[0] for note in source.notes) == [
        "'.git'",
        "'Thumbs.db'",
        "'bob/notes.txt'",
    ]


def test_what_leads_out_is_refused(tmp_path: Path) -> None:
    """Links out of the folder, of pictures and of folders, and folders within a subject's are mistakes."""
    (tmp_path / "elsewhere").mkdir()
    folder = pictures(tmp_path / "list", "ann/deep/a.jpg", "bob.jpg")
    (folder / "ann" / "link.jpg").symlink_to("/etc/passwd")
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    told = problems(folder)
    assert sorted(problem.partition(":")[0] for problem in told) == ["'ann/deep'", "'ann/link.jpg'", "'out'"]


def test_ids_are_held_to_the_same_rules(tmp_path: Path) -> None:
    """Names that hide characters or look alike are refused."""
    (problem,) = problems(pictures(tmp_path / "hidden", "an\u202en.jpg"))
    assert "RIGHT-TO-LEFT OVERRIDE" in problem
    assert "\u202e" not in problem
    (problem,) = problems(pictures(tmp_path / "alike", "ann.jpg", "\uff41nn.jpg"))
    assert "looks the same" in problem


def test_nothing_there_says_what_would_be_right(tmp_path: Path) -> None:
    """No folder, and one without pictures."""
    assert "no such folder" in problems(tmp_path / "none")[0]
    assert "holds no picture" in problems(tmp_path)[0]
