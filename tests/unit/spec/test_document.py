"""YAML that cannot be read at all, and YAML that means something else than was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.spec.document import read_document

from .conftest import RIGHT, Load, Mistakes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("~", "is empty"),
        ("- one\n- two", "line 1: the file is not a group of keys"),
        ("just text", "line 1: the file is not a group of keys"),
        ("deployment: a\n\tlocation: b", "line 2: is indented with a tab"),
        ("authority:\n  officer: a\n reference: b", "line 3: is indented unlike the lines above"),
        ("deployment: a\n  location: b", "line 2: has a second colon, or is indented too far"),
        ("location: Town: Centre", "line 1: has a second colon"),
        ("deployment: a\nlocation b", "line 2: has no colon"),
        ("purposes: [warrant,\n  safeguarding\nlocation: b", "opened on line 1 is not closed"),
        ('location: "Town\n', "line 1: a quotation mark is opened and not closed"),
        ("watchlist: {csv: ${LIST}}", 'write "${NAME}" in quotes'),
        ("deployment: a\n---\ndeployment: b", "line 2: a second document starts here"),
        ("deployment: a\x07", "line 1: holds a control character"),
        ("? [a, b]\n: c", "line 1: a key is not plain text"),
        ("location: @home", "line 1: is not YAML"),
        (b"location: a\nforce: caf\xe9", "line 2: is not UTF-8"),
        ("zone: " + "[" * 1_000, "nested deeper than 16 levels"),
        ("#" * 200_001, "is larger than 200 KB"),
    ],
)
def test_what_is_not_readable_is_explained(mistakes: Mistakes, text: str | bytes, words: str) -> None:
    """One sentence names the line, what is wrong there, and what would be right."""
    (problem,) = mistakes(text)
    assert words in problem
    assert "; " in problem


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("operation: &x spring", "line 2: operation: uses an anchor or alias"),
        ("operation: *x", "line 2: operation: uses an anchor or alias"),
        ("operation: !!binary aGk=", "line 2: operation: has a tag"),
        ("webhooks: !list []", "line 2: webhooks: has a tag"),
        ("deployment: again", "line 2: deployment: appears a second time, first on line 1"),
    ],
)
def test_yaml_with_a_will_of_its_own_is_refused(mistakes: Mistakes, line: str, words: str) -> None:
    """Anchors, aliases, tags and keys that appear twice are mistakes of their line, and only one each."""
    first, rest = RIGHT.split("\n", 1)
    (problem,) = mistakes(f"{first}\n{line}\n{rest}")
    assert words in problem


def test_aliases_do_not_multiply(mistakes: Mistakes) -> None:
    """A file of a few lines whose aliases mean billions of values costs nothing."""
    levels = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert any("anchor or alias" in problem for problem in mistakes("x0: &x0 [lol]\n" + "\n".join(levels)))


def test_a_byte_order_mark_is_no_mistake(load: Load) -> None:
    """A file saved on Windows, with a mark and CR LF, reads the same."""
    text = "\ufeff" + RIGHT.replace("\n", "\r\n")
    assert load(text).location == "Wrexham city centre"


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are mistakes of the command, not faults of the product."""
    with pytest.raises(InvalidFile) as caught:
        read_document(tmp_path / name, {})
    assert caught.value.path == str(tmp_path / name)
    assert "cannot be read" in str(caught.value)


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    """Values in groups, lists and on one line have the line on which they stand."""
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\nb:\n  c: 2\n  d:\n    - e\n    - {f: g}\n")
    document = read_document(file, {})
    lines = {
        path: document.line(path) for path in (("a",), ("b",), ("b", "c"), ("b", "d", 1, "f"), ("b", "z"))
    }
    assert lines == {("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "d", 1, "f"): 6, ("b", "z"): 2}
    assert document.data == {"a": "1", "b": {"c": "2", "d": ["e", {"f": "g"}]}}
