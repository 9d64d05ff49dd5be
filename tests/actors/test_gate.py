"""The gate before a camera's detector, with an injected clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest

from lfr_actors.actors.gate import ASK_EVERY_S, LONGEST_REST_S, Gate
from lfr_actors.actors.ports import Incomplete, MatcherState
from lfr_actors.errors import ActorLost
from lfr_actors.events.marks import CameraPaused, CameraResumed
from lfr_actors.testing import FakeMatcher, gallery_of
from tests.actors.colours import RED

REASON = "incomplete: shard 2 of 2: loading"


class Matcher(FakeMatcher):
    """A matcher whose second shard loads `loading` times; `lost` of its answers are faults in place of states."""

    def __init__(self, loading: int, lost: int = 0) -> None:
        super().__init__(gallery_of({"red-1": RED}), loading=loading)
        self.lost, self.asked = lost, 0

    async def state(self) -> MatcherState:
        self.asked += 1
        if self.asked <= self.lost:
            raise ActorLost("matcher", "it was killed")
        return await super().state()


class Scene:
    """A gate and its clock; sleeping makes the time pass."""

    def __init__(self, loading: int = 0, incomplete: Incomplete = "pause", lost: int = 0) -> None:
        self.now_s = 100.0
        self.bodies: list[CameraPaused | CameraResumed] = []
        self.matcher = Matcher(loading, lost)
        self.stop_after_s: float | None = None
        self.gate = Gate(
            "east",
            self.matcher,
            incomplete=incomplete,
            record=self.bodies.append,
            monotonic=lambda: self.now_s,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self.stop_after_s is not None and self.now_s >= self.stop_after_s:
            self.gate.stop()

    def told(self) -> Sequence[Literal["paused", "resumed"]]:
        return ["paused" if isinstance(body, CameraPaused) else "resumed" for body in self.bodies]


async def test_an_open_gate_holds_nobody_up() -> None:
    """While searches are answered, nothing is asked and nothing is told."""
    scene = Scene()
    await scene.gate.passed()
    assert (scene.matcher.asked, scene.bodies, scene.gate.reason) == (0, [], None)


async def test_a_gate_opens_when_the_list_is_whole() -> None:
    """It is asked for every fifth of a second; both events tell the camera, the reason and the time it took."""
    scene = Scene(loading=3)
    scene.gate.shut(REASON)
    scene.gate.shut(REASON)
    assert (scene.gate.is_open, scene.gate.reason) == (False, REASON)
    await scene.gate.passed()
    assert scene.gate.is_open
    assert scene.bodies == [
        CameraPaused(camera="east", reason=REASON),
        CameraResumed(camera="east", after_s=pytest.approx(3 * ASK_EVERY_S)),
    ]


async def test_one_part_is_enough_where_the_deployment_continues() -> None:
    """A matcher of which nobody answered is asked again; with one of two shards there, the camera goes on."""
    scene = Scene(loading=1_000, incomplete="continue")
    scene.gate.shut("incomplete: shard 1 of 2: restarting; shard 2 of 2: restarting")
    await scene.gate.passed()
    assert scene.matcher.asked == 1
    assert scene.gate.is_open


async def test_a_matcher_that_is_away_keeps_it_shut() -> None:
    """What the matcher's loss says is the reason meanwhile."""
    scene = Scene(lost=2)
    scene.stop_after_s = scene.now_s + 0.1
    scene.gate.shut(REASON)
    await scene.gate.passed()
    assert (scene.gate.is_open, scene.gate.reason) == (False, "it was killed")


async def test_stopping_holds_nobody_up() -> None:
    """A camera that is stopped while it waits goes on to its end at once, and has not resumed."""
    scene = Scene(loading=1_000_000)
    scene.stop_after_s = scene.now_s + 1
    scene.gate.shut(REASON)
    await scene.gate.passed()
    await scene.gate.passed()
    assert scene.told() == ["paused"]


async def test_a_matcher_that_says_yes_and_refuses_is_asked_less_and_less() -> None:
    """The log does not fill with openings and shuttings: each time it stays shut for longer, up to a limit."""
    scene = Scene()
    rests = []
    for _ in range(9):
        scene.gate.shut("incomplete: shard 1 of 2: no answer within 0.5 s")
        await scene.gate.passed()
        rests.append(scene.bodies[-1].after_s if isinstance(scene.bodies[-1], CameraResumed) else -1)
    assert rests[:4] == pytest.approx([0, 0.2, 0.4, 0.8])
    assert rests[-1] == pytest.approx(LONGEST_REST_S, abs=ASK_EVERY_S)
    scene.now_s += 60
    scene.gate.shut(REASON)
    await scene.gate.passed()
    assert scene.bodies[-1] == CameraResumed(camera="east", after_s=0.0)
