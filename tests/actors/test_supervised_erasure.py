"""The supervisor and what must be forgotten: before the first camera, during the deployment, and at its end."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partialmethod
from pathlib import Path

import cv2
import numpy as np
import pytest

from lfr_actors.actors import camera_keeper, lawfulness, list_keeper, list_watch, retention
from lfr_actors.actors.ports import GalleryOrder, Incomplete, RetentionStatus
from lfr_actors.actors.retention import RetentionActor
from lfr_actors.errors import ActorLost, Erased, ErasureOverdue, NotReady, Refused, StoreError
from lfr_actors.events.amending import WatchlistAmended, WatchlistAmendmentRequested
from lfr_actors.events.cameras import CameraOpened
from lfr_actors.events.deployments import (
    DeploymentClosed,
    DeploymentLost,
    DeploymentStarted,
    DeploymentStopped,
)
from lfr_actors.events.keeping import DataErased, OverdueErasure
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.messages import SearchResult
from lfr_actors.retention import erasure
from lfr_actors.retention.policy import DEFAULT_POLICY, ClockStart, DataClass
from lfr_actors.store import lease, retained
from lfr_actors.store.objects import NewObject
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import KIND
from lfr_actors.testing import template_of
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.gallery import Gallery
from tests.actors.colours import BLUE, GREEN, RED
from tests.actors.drills import NOON, Drill, a_camera, until
from tests.unit.events.samples import started
from tests.unit.store.samples import alert

LIVE = [("east", "rtsp://10.0.0.7/a")]
THREE = {"red-1": RED, "blue-1": BLUE, "green-1": GREEN}


def a_past_alert(home: Path) -> str:
    """A deployment of two days ago that nobody came back to, with an alert that is overdue by now."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    with Store.open(home, clock=lambda: past) as store:
        store.begin_deployment("drill-0", started("drill-0"))
        store.raise_alert(alert(deployment="drill-0"))
    return f"alert:{alert().alert_id}"


def an_overdue_page(store: Store, page: Path, late: dt.timedelta = dt.timedelta(hours=1)) -> str:
    """A page in clear that is due."""
    page.write_text("a page")
    store.retained.add(
        NewObject(
            object_id="file:page",
            data_class=DataClass.ALERT,
            kind="page",
            deployment_id=None,
            clock=ClockStart.MADE,
            clock_started_at=dt.datetime.now(dt.UTC) - late,
            lifetime=dt.timedelta(0),
            policy_version=1,
            path=page,
        )
    )
    return "file:page"


def cannot_write(_: Path) -> None:
    """What shredding says in a folder that cannot be written."""
    raise OSError(30, "Read-only file system")


def request_removal(store: Store, *subjects: str) -> None:
    """Somebody asks for subjects of the running deployment to be taken off its list."""
    secret = store.deployment_secret("drill-1")
    body = WatchlistAmendmentRequested(
        amendment_id="a1",
        added=0,
        removed=len(subjects),
        object_id=None,
        commitments=tuple(commitment(secret, subject) for subject in subjects),
        reason="no-longer-wanted",
        who="officer",
    )
    store.append("drill-1", body)


async def answer_for(drill: Drill) -> SearchResult:
    """What the shard of a drill answers for the red face."""
    (result,) = (await drill.cluster.shards[0].search(template_of(RED)[None])).results()
    return result


async def test_what_is_due_goes_before_a_camera_opens(store: Store, home: Path) -> None:
    """An alert of an earlier deployment that died is erased, with its receipt, before anybody is looked at."""
    overdue = a_past_alert(home)
    drill = Drill(store, home)
    outcome = await drill.run()
    assert outcome.closed
    names = [type(body) for body in drill.bodies()]
    assert names.index(DeploymentLost) < names.index(DataErased) < names.index(CameraOpened)
    assert names.index(DataErased) < len(names) - 1 - names[::-1].index(DeploymentStarted)
    assert overdue in [body.object_id for body in drill.bodies(DataErased)]
    with pytest.raises(Erased):
        store.picture(alert().alert_id)
    assert outcome.erased == len(drill.bodies(DataErased))


async def test_nothing_starts_while_an_erasure_is_overdue(
    store: Store, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be erased is named with its reason; no camera, no matcher, and no deployment began."""
    overdue = an_overdue_page(store, tmp_path / "page.html")
    monkeypatch.setattr(erasure, "shred", cannot_write)
    drill = Drill(store, home)
    with pytest.raises(ErasureOverdue, match=f"{overdue} should have been erased .*Read-only file system"):
        await drill.run()
    assert drill.cluster.started == drill.cluster.ended == ["retention"]
    assert drill.bodies(DeploymentStarted) == []
    assert store.deployments() == []
    monkeypatch.undo()
    again = Drill(store, home)
    assert (await again.run()).closed
    assert not (tmp_path / "page.html").exists()


async def test_an_erasure_that_fails_on_the_way_stops_the_deployment(
    store: Store, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something falls due while cameras are on and cannot be erased: they go off, and the reason says why."""
    monkeypatch.setattr(lawfulness, "LAWFUL_EVERY_S", 0.01)
    monkeypatch.setattr(retention, "LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr(retention, "NAP_S", 0.05)
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    monkeypatch.setattr(erasure, "shred", cannot_write)
    overdue = an_overdue_page(store, tmp_path / "page.html")
    outcome = await running
    assert not outcome.closed
    assert outcome.reason == f"an erasure is overdue: {overdue}"
    assert [item.object_id for item in outcome.overdue] == [overdue]
    assert not outcome.failed_cameras
    assert [body.object_id for body in drill.bodies(OverdueErasure)] == [overdue]
    assert len(store.alerts("drill-1")) == 1


async def test_an_eraser_that_does_not_get_to_it_stops_the_deployment(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fell due half a minute ago and is still there, without a fault told, ends the deployment too."""
    monkeypatch.setattr(lawfulness, "LAWFUL_EVERY_S", 0.01)
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))

    async def stuck(_: RetentionActor, late: dt.timedelta) -> RetentionStatus:
        return RetentionStatus(erased=0, overdue=(), next_due_at=NOON - late)

    monkeypatch.setattr(RetentionActor, "status", partialmethod(stuck, lawfulness.ERASER_GRACE))
    await asyncio.sleep(0.05)
    assert not running.done(), "so late it may be"
    late = lawfulness.ERASER_GRACE + dt.timedelta(seconds=1)
    monkeypatch.setattr(RetentionActor, "status", partialmethod(stuck, late))
    assert (await running).reason == "an erasure is overdue: the retention actor does not get to it"


async def test_a_deployment_that_was_taken_for_dead_stops(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease was lost with a connection, and somebody wrote that it is over: no camera goes on looking."""
    monkeypatch.setattr(lawfulness, "LAWFUL_EVERY_S", 0.01)
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))

    @contextmanager
    def vacant(*_: object) -> Iterator[bool]:
        yield True

    with monkeypatch.context() as patch:
        patch.setattr(retained, "vacant_lease", vacant)
        assert store.retained.mark_lost() == ["drill-1"]
    outcome = await running
    assert (outcome.closed, outcome.reason) == (False, "another process took this deployment for dead")
    assert len(drill.bodies(DeploymentLost)) == 1
    assert [row.state for row in store.deployments()] == ["stopped"]


async def test_a_camera_that_comes_back_waits_for_no_overdue_erasure(
    store: Store, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live camera whose actor died is not opened again while something overdue cannot be erased."""
    monkeypatch.setattr(camera_keeper, "RESTART_AFTER_S", 0.01)
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    an_overdue_page(store, tmp_path / "page.html")
    monkeypatch.setattr(erasure, "shred", cannot_write)
    await drill.cluster.cameras["east"].kill()
    with pytest.raises(ErasureOverdue):
        await running
    assert drill.cluster.started.count("camera east") == 1
    (stopped,) = drill.bodies(DeploymentStopped)
    assert stopped.reason == "fault: ErasureOverdue"


async def test_a_deployment_runs_once_at_a_time(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second supervisor of the same id is refused, starts nothing, and the first goes on."""
    monkeypatch.setattr(lease, "_TRIES", 1)
    first = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(first.run())
    await until(lambda: store.alerts("drill-1"))
    with Store.open(home) as other:
        second = Drill(other, home, LIVE, {"east": a_camera})
        with pytest.raises(Refused, match="is running in another process"):
            await second.run()
    assert second.cluster.started == []
    assert len(first.bodies(DeploymentStarted)) == 1
    first.supervisor.request_stop("SIGTERM")
    assert (await running).reason == "SIGTERM"


async def test_the_list_is_gone_when_the_deployment_is_over(store: Store, home: Path) -> None:
    """Out of the vault with a receipt, out of the driver's memory and the matcher's; the alert stays its time."""
    drill = Drill(store, home, listed=THREE)
    held = []
    start = drill.cluster.start_matcher

    async def keep_and_start(order: GalleryOrder, shards: int, *, incomplete: Incomplete) -> object:
        def load(part: int, parts: int) -> Gallery:
            held.append(order.load(part, parts))
            return held[-1]

        return await start(replace(order, load=load), shards, incomplete=incomplete)

    drill.cluster.start_matcher = keep_and_start  # type: ignore[method-assign, assignment]
    outcome = await drill.run()
    assert outcome.closed
    (receipt,) = drill.bodies(DataErased)
    assert (receipt.kind, receipt.items) == (KIND, {"subjects": 3, "templates": 3})
    assert len(list((home / "vault").iterdir())) == 1, "what proves who was on it, and says nobody"
    assert not drill.on_pack.version.templates.any()
    assert not held[0].templates.any()
    assert (await drill.cluster.matcher_state()).missing == ("shard 1 of 1: has no list yet",)
    assert (outcome.erased, outcome.overdue) == (1, ())
    rows = store.alerts("drill-1")
    assert {row.subject_id for row in rows} == {"red-1", "blue-1"}
    assert all(store.picture(row.alert_id) for row in rows)
    ended = store.deployments()[0].ended_at
    assert ended is not None
    assert outcome.next_due_at == ended + DEFAULT_POLICY.rule_of(DataClass.ALERT).lifetime


async def test_the_drivers_list_is_overwritten_while_it_runs(store: Store, home: Path) -> None:
    """Once the matcher has it nobody else does: the templates in the driver are zeros before a face is seen."""
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: "camera east" in drill.cluster.started)
    assert not drill.on_pack.version.templates.any()
    drill.supervisor.request_stop("SIGTERM")
    await running


async def test_the_list_is_gone_after_a_fault(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends with an error keeps no list either: not on disk, not in the driver, not in the matcher."""
    drill = Drill(store, home, LIVE, {"east": a_camera}, listed=THREE)

    async def broken(*_: object) -> None:
        raise StoreError("lfr.db", "disk full")

    monkeypatch.setattr(drill.cluster, "start_desk", broken)
    with pytest.raises(StoreError, match="disk full"):
        await drill.run()
    assert [body.kind for body in drill.bodies(DataErased)] == [KIND]
    assert not drill.on_pack.version.templates.any()
    assert (await drill.cluster.matcher_state()).missing == ("shard 1 of 1: has no list yet",)


async def test_a_list_that_cannot_be_sealed_is_not_used(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deployment that began is recorded as stopped, nothing looks, and the list is overwritten."""
    drill = Drill(store, home, listed=THREE)

    def broken(*_: object, **__: object) -> None:
        raise StoreError("vault", "disk full")

    monkeypatch.setattr(list_keeper, "seal_version", broken)
    with pytest.raises(StoreError, match="disk full"):
        await drill.run()
    assert drill.cluster.started == ["retention"]
    assert not drill.on_pack.version.templates.any()
    (stopped,) = drill.bodies(DeploymentStopped)
    assert stopped.reason == "fault: StoreError"


async def test_a_list_may_be_kept_a_while(store: Store, home: Path) -> None:
    """Where the policy gives the list some hours it stays sealed until then, and is next to be erased."""
    hour = dt.timedelta(hours=1)
    rules = tuple(
        replace(rule, lifetime=hour) if rule.data_class is DataClass.WATCHLIST else rule
        for rule in DEFAULT_POLICY.rules
    )
    drill = Drill(store, home, policy=replace(DEFAULT_POLICY, rules=rules))
    outcome = await drill.run()
    ended = store.deployments()[0].ended_at
    assert ended is not None
    assert (outcome.erased, outcome.next_due_at) == (0, ended + hour)
    assert len(list((home / "vault").iterdir())) == 2, "the list, and what proves who is on it"


async def test_a_removal_in_a_running_deployment(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subject is out of the matcher, the list as it was is erased at once, and the cameras go on."""
    monkeypatch.setattr(list_watch, "LOOK_EVERY_S", 0.01)
    drill = Drill(store, home, LIVE, {"east": a_camera}, listed=THREE)
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    request_removal(store, "red-1")
    await until(lambda: drill.bodies(DataErased))
    answer = await answer_for(drill)
    assert answer.gallery_subjects == 2
    assert "red-1" not in [candidate.subject_id for candidate in answer.candidates]
    (amended,) = drill.bodies(WatchlistAmended)
    assert answer.gallery_version == amended.version
    assert "camera east" not in drill.cluster.ended
    drill.supervisor.request_stop("SIGTERM")
    assert (await running).reason == "SIGTERM"
    assert [body.items["subjects"] for body in drill.bodies(DataErased)] == [3, 2]


async def test_a_removal_waits_for_a_matcher(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A matcher that is being restarted costs neither the request nor the deployment."""
    monkeypatch.setattr(list_watch, "LOOK_EVERY_S", 0.01)
    drill = Drill(store, home, LIVE, {"east": a_camera}, listed=THREE)
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    refusals: list[int] = []
    replace_gallery = drill.cluster.replace_gallery

    async def away(order: GalleryOrder) -> None:
        if len(refusals) < 2:
            refusals.append(1)
            raise NotReady("matcher", "it is being restarted")
        await replace_gallery(order)

    monkeypatch.setattr(drill.cluster, "replace_gallery", away)
    request_removal(store, "red-1")
    await until(lambda: drill.bodies(WatchlistAmended))
    assert len(refusals) == 2
    drill.supervisor.request_stop("SIGTERM")
    assert (await running).reason == "SIGTERM"


async def test_everybody_removed_ends_it(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anybody to look for the cameras go off; and it does not start again with the same list."""
    monkeypatch.setattr(list_watch, "LOOK_EVERY_S", 0.01)
    drill = Drill(store, home, LIVE, {"east": a_camera})
    running = asyncio.create_task(drill.run())
    await until(lambda: store.alerts("drill-1"))
    request_removal(store, "red-1")
    outcome = await running
    assert (outcome.closed, outcome.reason) == (False, "everybody was removed from the list")
    again = Drill(store, home, LIVE, {"east": a_camera})
    with pytest.raises(Refused, match="everybody was removed"):
        await again.run()
    assert again.cluster.started == ["retention"]
    assert [body.reason for body in drill.bodies(DeploymentStopped)] == [
        "everybody was removed from the list",
        "fault: Refused",
    ]


async def test_a_resumed_deployment_stays_without_the_removed(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for as it stopped, the removal holds when the same file runs again: no alert for them."""
    first = Drill(store, home, LIVE, {"east": a_camera}, listed=THREE)
    running = asyncio.create_task(first.run())
    await until(lambda: store.alerts("drill-1"))
    monkeypatch.setattr(list_watch, "LOOK_EVERY_S", 60.0)
    await asyncio.sleep(0)
    first.supervisor.request_stop("SIGTERM")
    await running
    before = store.alerts("drill-1")
    request_removal(store, "red-1", "blue-1")
    second = Drill(store, home, listed=THREE)
    assert (await second.run()).closed
    assert store.alerts("drill-1") == before
    starts = [body.subjects for body in first.bodies(WatchlistBuilt)]
    assert starts == [3, 1]


async def test_a_list_of_files_goes_when_the_deployment_is_closed(
    store: Store, home: Path, tmp_path: Path
) -> None:
    """With `erase_source` the CSV and the pictures that it names are gone at its close, not before."""
    folder = tmp_path / "list"
    folder.mkdir()
    picture = folder / "red.png"
    cv2.imwrite(str(picture), np.full((40, 40, 3), 90, np.uint8))
    csv = folder / "list.csv"
    csv.write_text("subject_id,image\nred-1,red.png\n")
    watchlist = {"csv": str(csv), "erase_source": True}
    stopped = Drill(store, home, LIVE, {"east": a_camera}, watchlist=watchlist)
    running = asyncio.create_task(stopped.run())
    await until(lambda: store.alerts("drill-1"))
    stopped.supervisor.request_stop("SIGTERM")
    await running
    assert csv.exists()
    assert picture.exists()
    closed = Drill(store, home, watchlist=watchlist)
    assert (await closed.run()).closed
    assert not csv.exists()
    assert not picture.exists()
    assert sorted(body.kind for body in closed.bodies(DataErased)) == ["list", "list", KIND, KIND]


async def test_the_retention_actor_may_be_lost_at_the_end(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends with the deployment is erased all the same."""
    drill = Drill(store, home)
    catch_up = RetentionActor.catch_up

    async def lost(actor: RetentionActor) -> object:
        if drill.bodies(DeploymentClosed):
            raise ActorLost("retention actor", "it died")
        return await catch_up(actor)

    monkeypatch.setattr(RetentionActor, "catch_up", lost)
    monkeypatch.setattr(RetentionActor, "run", lambda self: asyncio.sleep(0))
    outcome = await drill.run()
    assert outcome.closed
    assert [body.kind for body in drill.bodies(DataErased)] == [KIND]
