"""`lfr record` and `lfr events export`, as a newcomer and an auditor use them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.alerting.case import Adjudicate, Verdict
from lfr_actors.cli import events, record
from lfr_actors.errors import ChainBroken, InvalidFile, Refused, StoreError
from lfr_actors.people import Person, Role
from lfr_actors.records.deployment_record.document import record_schema
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import carry_out
from tests.unit.records.runs import ALERTS, REPORTS, ticking, totals, write_run


@pytest.fixture(autouse=True)
def _no_url_and_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No database from outside, and files land where nobody minds."""
    for name in ("LFR_DATABASE_URL", "LFR_KEK", "LFR_KEK_NEXT", "LFR_KEYS", "LFR_KEYS_URL", "LFR_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def run(home: Path) -> Path:
    """A data folder with a run of two alerts, one of which was judged false and is erased."""
    clock = ticking()
    write_run(home, clock=clock)
    with Store.open(home, clock=clock) as store:
        person = Person(name="operator1", role=Role.OPERATOR)
        carry_out(store, ALERTS[0].alert_id, Adjudicate(verdict=Verdict.FALSE), person)
    return home


def lfr(*arguments: object) -> Result:
    """Run a command."""
    app = typer.Typer()
    record.register(app)
    events.register(app)
    return CliRunner().invoke(app, [str(each) for each in arguments])


def made(*arguments: object) -> Any:
    """The record as a script reads it."""
    result = lfr("record", *arguments, "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    return json.loads(result.stdout)


def test_the_record_of_a_run(run: Path) -> None:
    """Counts from the log: two alerts, of which one is false and has its receipt."""
    value = made("drill-1", "--home", run)
    assert (value["counts"]["alerts"], value["counts"]["false_alerts"], value["counts"]["undecided"]) == (
        2,
        1,
        1,
    )
    assert value["deployments"][0]["retention"][0]["erased"] == 1
    assert value["reconciliation"]["holds"]


def test_for_people_it_is_a_page_and_all_forms_go_to_a_folder(run: Path, tmp_path: Path) -> None:
    """Without more said the page lands in the working directory; twice the same bytes."""
    result = lfr("record", "drill-1", "--home", run)
    assert "written to record-drill-1.html" in result.stderr
    page = Path("record-drill-1.html").read_bytes()
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        assert lfr("record", "drill-1", "--home", run, "--format", "all", "--out", folder).exit_code == 0
    for form in ("json", "csv", "html", "pdf"):
        first, second = ((folder / f"record-drill-1.{form}").read_bytes() for folder in folders)
        assert first == second
    assert page == (folders[0] / "record-drill-1.html").read_bytes()


def test_the_ending_of_the_file_says_the_form(run: Path) -> None:
    """CSV goes to a file or to stdout, and an ending that says nothing is refused."""
    assert lfr("record", "drill-1", "--home", run, "--out", "r.csv").exit_code == 0
    printed = lfr("record", "drill-1", "--home", run, "--format", "csv").stdout
    assert Path("r.csv").read_text() == printed
    assert printed.startswith("deployment,operation,")
    assert lfr("record", "drill-1", "--home", run, "--out", "r.doc").exit_code == 2
    assert lfr("record", "--home", run).exit_code == 2
    assert lfr("record", "drill-1", "--operation", "x", "--home", run).exit_code == 2


def test_an_auditor_without_the_database_gets_the_same_bytes(run: Path) -> None:
    """The exported log gives the record; altered, it gives none, and nothing is written."""
    document = lfr("events", "export", "log.jsonl", "--home", run, "--json")
    exported = json.loads(document.stdout)
    assert exported["events"] == int(exported["head"].partition(":")[0])
    again = lfr("record", "drill-1", "--events", "log.jsonl", "--format", "json")
    assert again.stdout == lfr("record", "drill-1", "--home", run, "--format", "json").stdout
    text = Path("log.jsonl").read_text()
    Path("cut.jsonl").write_text("\n".join(text.splitlines()[:-1]) + "\n")
    Path("edited.jsonl").write_text(text.replace("Wrexham", "Chester"))
    for file in ("cut", "edited"):
        refused = lfr("record", "drill-1", "--events", f"{file}.jsonl", "--out", "r.html")
        assert isinstance(refused.exception, ChainBroken)
        assert not Path("r.html").exists()
    Path("other.txt").write_text("hello")
    assert isinstance(lfr("record", "drill-1", "--events", "other.txt").exception, InvalidFile)


def test_an_edited_database_gives_no_record(run: Path, tmp_path: Path) -> None:
    """The event is named, and nothing is written."""
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    database = sqlite3.connect(copy / "lfr.db")
    database.execute("DROP TRIGGER events_refuse_update")
    database.execute("UPDATE events SET public_json = replace(public_json, '\"tracks\":4', '\"tracks\":400')")
    database.commit()
    database.close()
    refused = lfr("record", "drill-1", "--home", copy, "--out", "r.html")
    assert isinstance(refused.exception, ChainBroken)
    assert "event 5: edited" in str(refused.exception)
    assert not Path("r.html").exists()


def test_whoever_looks_at_small_counts_is_noted(run: Path) -> None:
    """The exact record says that it is not for publication; from a file, which can note nobody, it is refused."""
    value = made("drill-1", "--home", run, "--exact")
    assert not value["protected"]
    assert value["statements"][0].startswith("NOT FOR PUBLICATION")
    with Store.open(run) as store:
        (noted,) = (event.public for event in store.iter_events(name="access.viewed"))
    assert noted["what"] == "record:deployment:drill-1:exact"
    lfr("events", "export", "log.jsonl", "--home", run)
    assert isinstance(lfr("record", "drill-1", "--exact", "--events", "log.jsonl").exception, Refused)


def test_a_record_that_does_not_add_up_is_written_and_fails(home: Path) -> None:
    """The file is there and says so at its top; scripts see it by the exit status."""
    write_run(home, close=totals(REPORTS, 2, faces_seen=7))
    result = lfr("record", "drill-1", "--home", home, "--out", "r.json")
    assert result.exit_code == 1
    value = json.loads(Path("r.json").read_text())
    assert not value["reconciliation"]["holds"]
    assert any("does not add up" in words for words in value["statements"])


def test_a_checkpoint_must_be_of_this_log(run: Path, tmp_path: Path) -> None:
    """With a signed checkpoint of another log there is no record."""
    assert lfr("events", "checkpoint", "--home", run, "--out", "point.json").exit_code == 0
    assert lfr("record", "drill-1", "--home", run, "--checkpoint", "point.json", "--json").exit_code == 0
    other = tmp_path / "other"
    write_run(other, clock=ticking())
    assert isinstance(
        lfr("record", "drill-1", "--home", other, "--checkpoint", "point.json").exception, ChainBroken
    )


def test_the_schema_is_printed_without_a_database(tmp_path: Path) -> None:
    """Whoever reads records can have it anywhere; a name that is not there is answered with those that are."""
    assert json.loads(lfr("record", "--schema", "--home", tmp_path / "no").stdout) == record_schema()
    assert isinstance(lfr("record", "x", "--home", tmp_path / "no").exception, StoreError)
    assert not (tmp_path / "no").exists()
