"""Which run is read, and that reading leaves everything as it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.records.finished_run import read_run
from lfr_actors.store import Store
from tests.unit.events.samples import started
from tests.unit.records.runs import ticking, write_run


@pytest.fixture(autouse=True)
def _no_url_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never read a database that the environment names."""
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)


def test_the_latest_run_that_ended_is_read(home: Path) -> None:
    """Without a name it is the last to have ended, and not one that runs."""
    clock = ticking()
    write_run(home, "drill-2", alerts=(), clock=clock)
    write_run(home, "drill-1", clock=clock)
    with Store.open(home, clock=clock) as store:
        store.begin_deployment("drill-3", started("drill-3"))
    assert read_run(home).deployment.deployment_id == "drill-1"
    assert read_run(str(home), "drill-2").deployment.deployment_id == "drill-2"
    assert not read_run(home, "drill-3").ended


def test_a_run_has_only_its_own(home: Path) -> None:
    """Events and alerts of another deployment in the database are not in it."""
    write_run(home, "drill-1")
    write_run(home, "drill-2", alerts=(), bodies=())
    record = read_run(home, "drill-2")
    names = [item.body.NAME for item in record.log]
    assert names == ["deployment.started", "retention.declared", "deployment.closed"]
    assert record.alerts == ()


def test_the_data_folder_is_the_accounts_unless_named(home: Path) -> None:
    """Nothing, or an empty text, is the folder of `LFR_HOME`."""
    write_run(home, "drill-1")
    assert read_run().deployment.deployment_id == read_run("").deployment.deployment_id == "drill-1"


def test_a_run_that_is_not_there_is_named(home: Path) -> None:
    """The error says which runs there are."""
    write_run(home, "drill-1")
    with pytest.raises(StoreError, match="no run 'drill-9'; it has drill-1"):
        read_run(home, "drill-9")


def test_without_a_run_the_error_says_how_to_make_one(home: Path) -> None:
    """An empty database has no run; one that only has a running one says so."""
    with Store.open(home) as store:
        with pytest.raises(StoreError, match="no run yet: make one with lfr demo"):
            read_run(home)
        store.begin_deployment("drill-1", started())
    with pytest.raises(StoreError, match="no run that ended; name one .*: drill-1"):
        read_run(home)


def test_reading_makes_no_data_folder(tmp_path: Path) -> None:
    """A folder that is not there stays so, and the error names the database it would have."""
    with pytest.raises(StoreError, match=r"nowhere/lfr\.db: is not there"):
        read_run(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_reading_leaves_the_folder_as_it_was(home: Path) -> None:
    """No file is made, changed or touched."""
    write_run(home)

    def state() -> dict[str, tuple[str, int, int]]:
        return {
            str(path): (
                hashlib.sha256(path.read_bytes()).hexdigest(),
                path.stat().st_mtime_ns,
                path.stat().st_mode,
            )
            for path in home.rglob("*")
            if path.is_file()
        }

    (home / "lfr.db").chmod(0o440)
    before = state()
    assert len(read_run(home).alerts) == 2
    assert state() == before
