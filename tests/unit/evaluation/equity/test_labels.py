"""Labels are read as people gave them, every mistake is told with its line, and nobody is put into a group."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.equity.labels import MAX_GROUPS, NOT_STATED, Labels, group_by, read_labels


def read(tmp_path: Path, text: str) -> Labels:
    """The labels of a file with this text."""
    path = tmp_path / "labels.csv"
    path.write_text(text, "utf-8")
    return read_labels(path)


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    """The mistakes of a file with this text."""
    with pytest.raises(InvalidFile) as caught:
        read(tmp_path, text)
    return caught.value.problems


def test_values_are_kept_as_given(tmp_path: Path) -> None:
    """Columns in any order, semicolons, blanks around cells: read; the values themselves are not touched."""
    labels = read(tmp_path, "sex;person;age\nF; ann ;30-39\nM;bob;40-49\n")
    assert labels.attributes == ("sex", "age")
    assert labels.values == {"ann": ("F", "30-39"), "bob": ("M", "40-49")}
    assert labels.lines == {"ann": 2, "bob": 3}


@pytest.mark.parametrize(
    "cell", ["", "  ", "prefer not to say", "Prefer Not  To Say", "not stated", "Declined"]
)
def test_who_did_not_say_is_a_group_of_their_own(tmp_path: Path, cell: str) -> None:
    """An empty cell and words for it are "not stated", and never somebody's group."""
    labels = read(tmp_path, f"person,sex\nann,F\nbob,{cell}\n")
    grouping = group_by(labels, ["sex"])
    assert grouping.group_of == {"ann": "F", "bob": NOT_STATED}
    assert grouping.groups == ("F",)


def test_attributes_are_crossed_only_together(tmp_path: Path) -> None:
    """An intersection has the combinations that occur; who left one of them out did not state it."""
    labels = read(tmp_path, "person,sex,age\nann,F,old\nbob,M,old\neve,F,\n")
    grouping = group_by(labels, ["sex", "age"])
    assert grouping.attribute == "sex × age"
    assert grouping.groups == ("F × old", "M × old")
    assert grouping.group_of["eve"] == NOT_STATED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("person,sex\n", "no row below the header"),
        ("name,sex\nann,F\n", "line 1: the required column 'person' is missing"),
        ("person\nann\n", "line 1: no attribute"),
        ("person,sex,sex\nann,F,F\n", "line 1: column 'sex' is there more than once"),
        ("person,\nann,F\n", "line 1: column 2 has no name"),
        ("person,sex\nann,F\nann,M\n", "line 3: the same person as in line 2"),
        ("person,sex\n,F\n", "line 2: names no person"),
        ("person,sex\nann\n", "line 2: 1 cells where the header has 2"),
        ("person,sex\nann,F\nbob,f\n", "line 3: 'sex' is 'f' and in line 2 'F': write one"),
        ("person,sex\nann,F\u200b\n", "line 2: column 'sex': the value holds a character that nobody sees"),
        (f"person,sex\nann,{'x' * 61}\n", "line 2: column 'sex': the value is longer than 60 characters"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    """Each mistake names its line and what would be right."""
    assert any(said in problem for problem in problems(tmp_path, text)), problems(tmp_path, text)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Somebody who mends a file wants to mend it once."""
    assert len(problems(tmp_path, "person,sex\nann,F\nann,M\n,F\nbob\n")) == 3


def test_a_description_of_persons_is_no_grouping(tmp_path: Path) -> None:
    """A column with as many values as people is refused, so that it never becomes a heading of a page."""
    rows = "".join(f"p{number},{number}\n" for number in range(MAX_GROUPS + 1))
    labels = read(tmp_path, "person,born\n" + rows)
    with pytest.raises(ValueError, match="'born' has 21 different values"):
        group_by(labels, ["born"])


def test_an_unknown_attribute_is_named(tmp_path: Path) -> None:
    """A misspelt attribute is told with those that there are."""
    with pytest.raises(ValueError, match="no column 'gender'; they have sex"):
        group_by(read(tmp_path, "person,sex\nann,F\n"), ["gender"])
