"""`lfr models`: what it prints, and with which status it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import models
from lfr_actors.errors import PackError
from lfr_actors.vision.packs import describe_pack, prepare_pack, registry


@pytest.fixture(autouse=True)
def no_other_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the open pack is on this machine."""
    monkeypatch.setattr(registry, "library_root", lambda: tmp_path / "library")
    monkeypatch.delenv("LFR_YUNET", raising=False)


def run(*arguments: str) -> Result:
    """Run `lfr` with only this group of commands."""
    app = typer.Typer()
    app.callback()(lambda: None)
    models.register(app)
    return CliRunner().invoke(app, ["models", *arguments])


def test_list_as_json(packs_home: Path) -> None:
    """One document with licence, provenance, checksums, rates and the provider that would really run."""
    result = run("list", "--home", str(packs_home), "--json")
    assert result.exit_code == 0
    (pack,) = json.loads(result.stdout)["packs"]
    assert pack["name"] == "open"
    assert pack["provider"].endswith("ExecutionProvider")
    assert {"licence", "provenance", "sha256", "rates", "fit_for_live", "notes"} <= pack.keys()


def test_list_for_people(packs_home: Path) -> None:
    """The table says that the open pack is not fit for a live deployment."""
    result = run("list", "--home", str(packs_home))
    assert result.exit_code == 0
    assert "not fit for a live deployment" in result.stdout


def test_list_names_what_is_wrong_and_shows_the_rest(packs_home: Path) -> None:
    """A pack that cannot be described does not hide the others; the status is 1."""
    result = run("list", "nope", "--home", str(packs_home), "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert [pack["name"] for pack in document["packs"]] == ["open"]
    assert "model pack nope: there is no such pack" in document["problems"][0]


def test_prepare_then_verify(packs_home: Path) -> None:
    """Preparing says that the pack is ready; verifying says what passed."""
    assert "open is ready" in run("prepare", "--home", str(packs_home)).stdout
    result = run("verify", "open", "--device", "cpu", "--home", str(packs_home), "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["provider"] == "CPUExecutionProvider"
    assert all(check["passed"] for check in document["checks"])


def test_verify_fails_by_name(packs_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that does not hold is shown as failed and ends in an error that repeats it."""
    monkeypatch.setattr("lfr_actors.vision.packs.open_pack.REFERENCE", (1.0,) * 8)
    result = run("verify", "--device", "cpu", "--home", str(packs_home))
    assert isinstance(result.exception, PackError)
    assert "verification failed: the template of a synthetic chip" in str(result.exception)
    assert "failed the template of a synthetic chip" in result.stdout


def test_a_device_that_does_not_exist(packs_home: Path) -> None:
    """A device other than the three is wrong usage."""
    result = run("verify", "--device", "gpu", "--home", str(packs_home))
    assert result.exit_code == 2
    assert "auto, cpu or cuda" in result.stderr


def test_preparing_twice_changes_nothing(packs_home: Path) -> None:
    """The second time the compiled files are left as they are."""
    prepare_pack("open", home=packs_home)
    files = sorted((packs_home / "packs" / "open").iterdir())
    before = [path.stat().st_mtime_ns for path in files]
    assert prepare_pack("open", home=packs_home) == describe_pack("open", home=packs_home)
    assert [path.stat().st_mtime_ns for path in files] == before
