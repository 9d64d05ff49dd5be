"""What is handed to the desk arrives: in order, once, or not in silence."""

from __future__ import annotations

import asyncio

import pytest

from lfr_actors.actors.commits import GIVE_UP_S, Commits
from lfr_actors.errors import ActorLost, KeyRefused, StoreError
from lfr_actors.events.cameras import CameraLost
from lfr_actors.testing import FakeDesk
from tests.unit.store.samples import alert

LOCKED = StoreError("lfr.db", "database is locked")


class Naps:
    """Pauses that pass at once."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def lost(number: int) -> CameraLost:
    """An event with a number."""
    return CameraLost(camera="east", reason=str(number), retry_in_s=1.0)


async def test_order_is_kept_through_faults() -> None:
    """An event that must be asked again does not let a later one overtake it."""
    desk, naps = FakeDesk([LOCKED, LOCKED]), Naps()
    commits = Commits(desk, on_fault=lambda: None, sleep=naps)
    for number in range(4):
        commits.record(lost(number))
    await commits.settled()
    assert desk.bodies == [lost(number) for number in range(4)]
    assert naps.seconds == [0.2, 0.4]


async def test_an_alert_survives_a_lost_desk() -> None:
    """A desk that died is asked again for an alert, which its id makes harmless; it counts once."""
    desk = FakeDesk([ActorLost("alert desk", "killed")])
    commits = Commits(desk, on_fault=lambda: None, sleep=Naps())
    commits.raise_alert(alert())
    commits.raise_alert(alert())
    await commits.settled()
    assert (len(desk.alerts), commits.alerts) == (1, 1)


async def test_an_alert_waits_for_the_keys() -> None:
    """A key store whose key is away for the moment, as while it is replaced, costs no alert."""
    desk = FakeDesk([KeyRefused("LFR_KEK", "is another key")] * 2)
    commits = Commits(desk, on_fault=lambda: None, sleep=Naps())
    commits.raise_alert(alert())
    commits.record(lost(1))
    await commits.settled()
    assert (len(desk.alerts), desk.bodies) == (1, [lost(1)])


async def test_an_event_of_a_lost_desk_is_not_written_twice() -> None:
    """Nobody knows whether a desk that died had written the event, so it is not sent again but told."""
    desk = FakeDesk([ActorLost("alert desk", "killed")])
    commits = Commits(desk, on_fault=lambda: None, sleep=Naps())
    commits.record(lost(1))
    with pytest.raises(ActorLost):
        await commits.settled()


async def test_giving_up_is_told_at_once_and_at_the_end() -> None:
    """After a minute of pauses the camera is told to stop, the rest is tried, and the fault is raised."""
    told: list[str] = []
    desk, naps = FakeDesk([LOCKED] * 100), Naps()
    commits = Commits(desk, on_fault=lambda: told.append("stop"), sleep=naps)
    commits.raise_alert(alert())
    with pytest.raises(StoreError, match="locked"):
        await commits.settled()
    assert told == ["stop"]
    assert sum(naps.seconds) >= GIVE_UP_S
    assert max(naps.seconds) == 5.0
