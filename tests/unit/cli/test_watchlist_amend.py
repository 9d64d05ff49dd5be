"""`lfr watchlist amend` as officers and scripts see it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from lfr_actors.actors.list_keeper import ListKeeper
from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.cli import amending, watchlist_amend
from lfr_actors.errors import Refused, StoreError, WatchlistError
from lfr_actors.events.amending import WatchlistAmendmentRequested
from lfr_actors.events.lists import WatchlistSealed
from lfr_actors.events.types import AccessViewed
from lfr_actors.messages import DeploymentId
from lfr_actors.store.store import Store, utc_now
from lfr_actors.store.watchlists import find_version, open_version, seal_version
from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.policy import ListPolicy
from lfr_actors.watchlist.thresholds import Thresholds
from tests.actors.colours import BLUE, GREEN, RED
from tests.actors.drills import version_of
from tests.unit.events.samples import started

DRILL = DeploymentId("drill-1")
PEOPLE: dict[str, Colour] = {"ada": RED, "bob": BLUE}


def amend(*arguments: str) -> Result:
    """Run the command; errors of the product are the result's exception."""
    structlog.reset_defaults()  # a process of its own would not know the stderr of the one before
    app = typer.Typer()
    app.callback()(lambda: None)
    app.command("amend")(watchlist_amend.amend)
    return CliRunner().invoke(app, ["amend", *arguments])


@pytest.fixture
def joining(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV of somebody to add, whose enrolment is given: a person of another colour."""
    csv = tmp_path / "more.csv"
    csv.write_text("subject_id,image\nnew,new.png\n")
    enrolment = SimpleNamespace(missing_subjects=lambda: (), verdicts=())
    built = SimpleNamespace(version=version_of({"new": GREEN}, built_at=utc_now()), enrolment=enrolment)
    monkeypatch.setattr(amending, "enrolled", lambda *_: (built, None))
    return csv


@pytest.fixture
def running(home: Path) -> Iterator[Store]:
    """A deployment that runs, whose keeper carries out what it is asked for."""
    over = threading.Event()

    async def hold(_: GalleryOrder) -> None:
        return

    with Store.open(home) as store, store.lease(DRILL):
        store.begin_deployment(DRILL, started(DRILL))
        keeper = ListKeeper(store, DRILL, thresholds=Thresholds(default=0.9), policy=ListPolicy())
        keeper.seal(version_of(PEOPLE), source=None, who="officer")

        async def keep() -> None:
            while not over.is_set():
                await keeper.carry_out(hold)
                await asyncio.sleep(0.01)

        thread = threading.Thread(target=lambda: asyncio.run(keep()))
        thread.start()
        yield store
        over.set()
        thread.join()


def bodies(store: Store, kind: type[Any]) -> list[Any]:
    """The events of one kind."""
    return [event.body for event in store.iter_events() if isinstance(event.body, kind)]


def test_a_running_deployment_is_amended(running: Store, joining: Path) -> None:
    """One document says what it came to; the log has who asked and why, that the list was opened, and no name."""
    arguments = ("--add", str(joining), "--remove", "ada", "--reason", "identity-error", "--note", "not her")
    result = amend(DRILL, *arguments, "--json")
    assert result.exit_code == 0, result.exception
    document = json.loads(result.stdout)
    done = document["amended"]
    assert (done["added"], done["removed"], done["subjects"]) == (1, 1, 2)
    (request,) = bodies(running, WatchlistAmendmentRequested)
    assert (request.amendment_id, request.reason) == (document["amendment_id"], "identity-error")
    assert [body.why for body in bodies(running, AccessViewed)] == ["amendment: identity-error"]
    now = open_version(running, find_version(running, done["version"]))
    assert [subject.subject_id for subject in now.subjects] == ["bob", "new"]
    told = "".join(event.public_json for event in running.iter_events())
    assert re.search(r"\bada\b", told) is None
    assert "not her" not in told


@pytest.mark.parametrize("target", ["deployment", "version"])
def test_somebody_who_is_not_on_the_list_is_refused_at_once(running: Store, target: str) -> None:
    """Nobody waits for it: the officer reads the id that is not on the list, and nothing was asked for."""
    name = DRILL if target == "deployment" else bodies(running, WatchlistSealed)[0].version
    begun_s = time.monotonic()
    result = amend(name, "--remove", "bob", "--remove", "zoe", "--reason", "correction")
    assert isinstance(result.exception, WatchlistError)
    assert "nobody with the id zoe is on it" in str(result.exception)
    assert bodies(running, WatchlistAmendmentRequested) == []
    assert time.monotonic() - begun_s < 30


def test_what_the_deployment_refuses_ends_with_3(running: Store, home: Path, joining: Path) -> None:
    """The site's ceiling is asked before anything is sealed or asked for."""
    (home / "site.yaml").write_text("watchlist: {max_subjects: 2}\n")
    result = amend(DRILL, "--add", str(joining), "--reason", "new-intelligence")
    assert isinstance(result.exception, Refused)
    assert "would have 3 subjects, and this site allows 2" in str(result.exception)
    assert bodies(running, WatchlistAmendmentRequested) == []


def test_one_person_under_two_ids_does_not_join(
    running: Store, joining: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks like somebody on the list is named with the score, unless that one is taken off with it."""
    enrolment = SimpleNamespace(missing_subjects=lambda: (), verdicts=())

    def built(*_: object) -> object:
        return SimpleNamespace(version=version_of({"new": RED}), enrolment=enrolment), None

    monkeypatch.setattr(amending, "enrolled", built)
    result = amend(DRILL, "--add", str(joining), "--reason", "new-intelligence")
    assert "one person under two ids? new scores 1.000 with ada" in str(result.exception)
    result = amend(DRILL, "--add", str(joining), "--remove", "ada", "--reason", "identity-error")
    assert result.exit_code == 0, result.exception
    assert "1 added, 1 removed: 2 subjects" in result.stdout
    assert len(bodies(running, WatchlistAmendmentRequested)) == 1


def test_somebody_who_cannot_be_enrolled_keeps_the_others_out(
    running: Store, joining: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing: a person without a good picture is named, and nobody joins."""
    verdict = SimpleNamespace(row=SimpleNamespace(subject_id="zoe"), reason="no face was found")
    enrolment = SimpleNamespace(missing_subjects=lambda: ("zoe",), verdicts=(verdict,))
    built = SimpleNamespace(version=version_of({"new": GREEN}), enrolment=enrolment)
    monkeypatch.setattr(amending, "enrolled", lambda *_: (built, None))
    result = amend(DRILL, "--add", str(joining), "--reason", "new-intelligence")
    assert "no picture could be enrolled of zoe: no face was found" in str(result.exception)
    assert bodies(running, WatchlistAmendmentRequested) == []


def test_a_sealed_version_is_amended(home: Path, joining: Path) -> None:
    """The new version is sealed, says what it was made from and why, and the old one stays as it was."""
    with Store.open(home) as store:
        first = seal_version(store, version_of(PEOPLE, built_at=utc_now()), who="o", reason="drill")
    arguments = ("--add", str(joining), "--remove", "bob", "--reason", "court-order")
    result = amend(str(first.version)[:8], *arguments, "--json")
    assert result.exit_code == 0, result.exception
    done = json.loads(result.stdout)["amended"]
    assert (done["added"], done["removed"], done["previous"]) == (1, 1, first.version)
    with Store.open(home) as store:
        sealed = bodies(store, WatchlistSealed)[-1]
        assert (sealed.version, sealed.previous, sealed.reason) == (
            done["version"],
            first.version,
            "court-order",
        )
        assert len(open_version(store, first).subjects) == 2


def test_what_is_not_there_is_said(running: Store, home: Path) -> None:
    """Neither a running deployment nor a version; a deployment that is over; a request that changes nothing."""
    assert isinstance(amend("abcdef", "--remove", "ada", "--reason", "quality").exception, StoreError)
    assert isinstance(amend("nothing", "--remove", "ada", "--reason", "quality").exception, Refused)
    running.begin_deployment("drill-2", started("drill-2"))
    over = amend("drill-2", "--remove", "ada", "--reason", "quality", "--home", str(home))
    assert "does not run here; running: drill-1" in str(over.exception)
    assert "changes nothing" in amend(DRILL, "--reason", "quality").stderr


def test_a_deployment_that_does_not_answer_is_waited_for_and_no_longer(home: Path) -> None:
    """The request stands when the time is up, and the exit status says that it was not done."""
    with Store.open(home) as store, store.lease(DRILL):
        store.begin_deployment(DRILL, started(DRILL))
        keeper = ListKeeper(store, DRILL, thresholds=Thresholds(default=0.9), policy=ListPolicy())
        keeper.seal(version_of(PEOPLE), source=None, who="officer")
        result = amend(DRILL, "--remove", "ada", "--reason", "expired", "--wait", "0")
        assert result.exit_code == 1
        assert "not done within 0 s; the request stands" in result.stderr
        assert len(bodies(store, WatchlistAmendmentRequested)) == 1
