"""One way to fail: the message, the exit status and, with --json, the document."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lfr_actors.cli.app import main


def fail(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """The exit status of an `lfr` command that fails."""
    monkeypatch.setattr(sys, "argv", ["lfr", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_a_failure_is_a_document_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json a script reads what went wrong on stdout, every mistake apart; people read it on stderr."""
    (tmp_path / "town.yaml").write_text("deployment: town-1\nplace: Town\n")
    assert fail(monkeypatch, "run", tmp_path / "town.yaml", "--home", tmp_path, "--json") == 2
    told = capsys.readouterr()
    error = json.loads(told.out)["error"]
    assert error["kind"] == "InvalidFile"
    assert any("line 2: place: is not a known key" in problem for problem in error["problems"])
    assert "line 2: place" in told.err


def test_wrong_usage_is_a_document_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json a script also reads what is wrong with an option; people read it on stderr as ever."""
    assert fail(monkeypatch, "record", "some", "--format", "docx", "--json") == 2
    told = capsys.readouterr()
    error = json.loads(told.out)["error"]
    assert error["kind"] == "BadParameter"
    assert "docx" in error["message"]
    assert "docx" in told.err
    assert fail(monkeypatch, "record", "some", "--format", "docx") == 2
    assert capsys.readouterr().out == ""


def test_without_json_nothing_is_on_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure for people is on stderr alone."""
    assert fail(monkeypatch, "alerts", "show", "none", "--home", tmp_path) == 1
    assert capsys.readouterr().out == ""


def test_an_error_of_the_disk_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where a folder must be made is named, and the exit status says that the thing failed."""
    (tmp_path / "packs").write_text("")
    assert fail(monkeypatch, "models", "prepare", "open", "--home", tmp_path) == 1
    told = capsys.readouterr()
    assert str(tmp_path / "packs") in told.err
    assert "Traceback" not in told.err
