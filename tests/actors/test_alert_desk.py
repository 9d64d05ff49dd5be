"""The alert desk as a plain class, on a real store."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from lfr_actors.actors.alert_desk import AlertDesk
from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraLost, CameraOpened
from lfr_actors.events.chain import verify
from lfr_actors.store.store import Store
from tests.unit.events.samples import started
from tests.unit.store.samples import alert


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
