"""The alert desk as a plain class, on a real store."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lfr_actors.actors.alert_desk import AlertDesk
from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraLost, CameraOpened
from lfr_actors.events.chain import verify
from lfr_actors.store import listed
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import SealedWatchlist, seal_version
from tests.unit.events.samples import started
from tests.unit.store.samples import SUBJECT, alert
from tests.unit.watchlist.versions import a_version


@pytest.fixture
def store(home: Path) -> Store:
    """A store in which the deployment has begun."""
    store = Store.open(home)
    store.begin_deployment("drill-1", started("drill-1"))
    return store


async def test_an_alert_is_raised_once(home: Path, store: Store) -> None:
    """The second call says that it was there, also through another desk as after a restart."""
    desk = AlertDesk(lambda: Store.open(home), "drill-1")
    assert await desk.raise_alert(alert())
    assert not await desk.raise_alert(alert())
    await desk.close()
    again = AlertDesk(lambda: Store.open(home), "drill-1")
    assert not await again.raise_alert(alert())
    await again.close()
    await again.close()
    assert [row.alert_id for row in store.alerts("drill-1")] == [alert().alert_id]
    names = [event.name for event in store.events(deployment_id="drill-1")]
    assert names.count("alert.raised") == 1
    store.close()


async def test_the_log_says_which_part_of_the_list_an_alert_was_without(home: Path, store: Store) -> None:
    """The mark of an incomplete search is in the alert's event, in words; without one there is none."""
    desk = AlertDesk(lambda: store, "drill-1")
    await desk.raise_alert(alert("aa01", missing=("shard 2 of 4: loading",)))
    await desk.raise_alert(alert("ab02"))
    events = store.events(name="alert.raised")
    assert [event.public["missing"] for event in events] == [["shard 2 of 4: loading"], []]
    await desk.close()


async def test_events_keep_their_order(home: Path, store: Store) -> None:
    """What is recorded in one call stands in that order in a chain that verifies."""
    desk = AlertDesk(lambda: store, "drill-1")
    await desk.record(
        CameraOpened(camera="east", width=640, height=360, source_kind="file"),
        CameraLost(camera="east", reason="unplugged", retry_in_s=1.0),
    )
    await desk.record(CameraOpened(camera="east", width=640, height=360, source_kind="file"))
    events = store.events(deployment_id="drill-1")
    assert [event.name for event in events[2:]] == ["camera.opened", "camera.lost", "camera.opened"]
    verify(store.iter_events(), store.head())
    await desk.close()


async def test_a_call_that_is_repeated_writes_no_event_twice(home: Path, store: Store) -> None:
    """With the key of a call that a restart interrupted, another desk writes nothing; with another key it does."""
    bodies = [CameraLost(camera="east", reason=str(number), retry_in_s=1.0) for number in range(2)]
    key = uuid.uuid4()
    first, second = (AlertDesk(lambda: Store.open(home), "drill-1") for _ in range(2))
    await first.record(*bodies, key=key)
    await second.record(*bodies, key=key)
    await second.record(bodies[0], key=uuid.uuid4())
    written = [event.body for event in store.events(deployment_id="drill-1")][2:]
    assert written == [*bodies, bodies[0]]
    verify(store.iter_events(), store.head())
    for desk in (first, second):
        await desk.close()
    store.close()


async def test_an_alert_of_no_deployment_is_refused(home: Path, store: Store) -> None:
    """A deployment that never began has no alerts; the fault says so."""
    desk = AlertDesk(lambda: store, "drill-1")
    with pytest.raises(StoreError, match="never began"):
        await desk.raise_alert(alert(deployment="drill-9"))
    assert store.alerts() == []
    await desk.close()


def on_list(store: Store, subject_id: str = SUBJECT) -> SealedWatchlist:
    """A list of the deployment in the vault, with the subject of the sample alert on it."""
    version = a_version(subject_id, pictures_each=2)
    return seal_version(store, version, deployment_id="drill-1", who="officer", reason="deployment")


async def test_an_alert_is_kept_with_what_the_list_says(home: Path, store: Store) -> None:
    """Facts of the subject and portraits are sealed with the alert, and readable when the list is gone."""
    sealed = on_list(store)
    desk = AlertDesk(lambda: store, "drill-1")
    assert await desk.raise_alert(alert(gallery_version=sealed.version))
    assert not await desk.raise_alert(alert(gallery_version=sealed.version))
    sealed.path.unlink()
    row = store.alert(alert().alert_id)
    wanted = store.wanted(row.alert_id)
    assert wanted is not None
    assert (row.category, row.priority, wanted.notes) == ("warrant", "amber", "note-marker-4711")
    assert store.picture_kinds(row.alert_id) == ("probe", "context", "list-0", "list-1")
    assert b"portrait-marker" in store.picture(row.alert_id, "list-0")
    assert store.picture(row.alert_id, "context") == alert().context_jpeg
    public = b"".join(event.public_json.encode() for event in store.events())
    assert b"note-marker" not in public
    assert SUBJECT.encode() not in public
    await desk.close()


@pytest.mark.parametrize("fault", ["none sealed", "another subject", "altered", "gone", "malformed"])
async def test_a_list_that_cannot_be_read_loses_no_alert(
    home: Path, store: Store, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it, the alert is raised without, and the log says why, and not about whom."""
    if fault != "none sealed":
        sealed = on_list(store, "somebody-else" if fault == "another subject" else SUBJECT)
        if fault == "altered":
            sealed.path.write_bytes(sealed.path.read_bytes()[:-9] + bytes(9))
        if fault == "gone":
            sealed.path.unlink()
    if fault == "malformed":
        monkeypatch.setattr(listed, "read_subject", lambda *_: {}[SUBJECT])
    desk = AlertDesk(lambda: store, "drill-1")
    with capture_logs() as logs:
        assert await desk.raise_alert(alert())
    (line,) = [each for each in logs if each["event"] == "alert_raised_without_list"]
    assert line["alert"] == alert().alert_id
    assert line["reason"]
    assert SUBJECT not in str(line)
    assert store.wanted(alert().alert_id) is None
    assert store.picture_kinds(alert().alert_id) == ("probe", "context")
    await desk.close()
