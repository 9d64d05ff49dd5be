"""`lfr notice` as people and scripts see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import notice
from lfr_actors.errors import InvalidFile, Refused
from tests.unit.records.notice.signs import SIGN
from tests.unit.spec.conftest import RIGHT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A deployment file with everything that a sign needs."""
    path = tmp_path / "deployment.yaml"
    path.write_text(RIGHT + SIGN)
    return path


def lfr(file: Path, home: Path, *options: str) -> Result:
    """Run the command; it writes beside the file."""
    app = typer.Typer()
    app.callback()(lambda: None)
    notice.register(app)
    arguments = ["notice", str(file), "--home", str(home), "--out", str(file.parent / "signs"), *options]
    return CliRunner().invoke(app, arguments)


def test_both_forms_in_both_languages(file: Path, home: Path) -> None:
    """Welsh names in the file mean both languages; the files are named on stdout, the remarks on stderr."""
    result = lfr(file, home)
    assert result.exit_code == 0
    names = [Path(line).name for line in result.stdout.splitlines()]
    assert names == [f"wrexham-2024-09-07-notice-cy-en-a4.{kind}" for kind in ("html", "pdf")]
    assert (file.parent / "signs" / names[1]).read_bytes().startswith(b"%PDF-")
    assert "speaks Welsh should read" in result.stderr


def test_one_form_in_one_language_for_scripts(file: Path, home: Path) -> None:
    """`--json` says what was written, in which type, and all that stands on the sign; the home stays unmade."""
    elsewhere = home / "not-made"
    result = lfr(file, elsewhere, "--lang", "en", "--format", "pdf", "--size", "a3", "--json")
    document = json.loads(result.stdout)
    assert document["languages"] == ["en"]
    assert [Path(name).name for name in document["files"]] == ["wrexham-2024-09-07-notice-en-a3.pdf"]
    assert document["type_pt"] > 12
    (content,) = document["content"]
    assert content["facts"][0] == ["Who", "North Wales Police"]
    assert not elsewhere.exists()


def test_a_file_without_what_a_sign_needs(file: Path, home: Path) -> None:
    """Both keys are named at once, and nothing is written."""
    file.write_text(RIGHT)
    result = lfr(file, home)
    assert isinstance(result.exception, InvalidFile)
    assert [problem.split(":")[1].strip() for problem in result.exception.problems] == ["force", "notice"]
    assert not (file.parent / "signs").exists()


def test_a_site_that_allows_less(file: Path, home: Path) -> None:
    """No sign promises what the site does not allow."""
    (home / "site.yaml").write_text("retention: {alerts: 12h}\n")
    file.write_text(RIGHT + SIGN + "retention: {alerts: 20h}\n")
    assert isinstance(lfr(file, home).exception, Refused)
