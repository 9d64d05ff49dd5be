"""What the tests of the actors share: people by colour, and what a camera of theirs is told."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lfr_actors.actors.ports import CameraPlan, PackUse
from lfr_actors.alerting.rule import RuleSettings
from lfr_actors.messages import CameraId, DeploymentId
from lfr_actors.recognition import RecognitionSettings
from lfr_actors.testing import CHIP_POINTS, CHIP_SIZE, Person, paint
from lfr_actors.testing.captures import FILM
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.quality import QualityLimits
from tests.unit.vision.sources.films import FakeClock

RED, BLUE, GREEN = (60, 60, 200), (200, 60, 60), (60, 200, 60)
"""Three people; any two of them are unlike each other."""


def settings(**changes: Any) -> RecognitionSettings:
    """Recognition of one camera: two hits within a second."""
    fields: dict[str, Any] = {
        "deployment_id": DeploymentId("drill-1"),
        "secret": bytes(32),
        "camera_id": CameraId("east"),
        "rule": RuleSettings(hits=2, within_s=1.0, cooldown_s=60.0),
        "limits": QualityLimits(),
        "chip_points": CHIP_POINTS,
        "chip_size": CHIP_SIZE,
        "switch_below": 0.5,
    }
    return RecognitionSettings(**(fields | changes))


def plan(**changes: Any) -> CameraPlan:
    """What a camera actor is told."""
    use = PackUse(pack="colours", home=Path("/nowhere"), device="cpu", threads=1, long_side_px=640)
    fields: dict[str, Any] = {
        "address": FILM,
        "pace": "max",
        "settings": settings(),
        "pack": use,
        "incarnation": "1",
        "workers": 2,
    }
    return CameraPlan(**(fields | changes))


def wall_and_monotonic() -> tuple[dt.datetime, float]:
    """The real clocks."""
    return dt.datetime.now(dt.UTC), time.monotonic()


def film(script: Sequence[Sequence[Person]], **options: Any) -> Iterator[Frame]:
    """The frames of a script, each captured when it is asked for."""
    for index, people in enumerate(script):
        yield paint(index, people, now=options.get("now", wall_and_monotonic))


def standing(clock: FakeClock) -> Callable[[], tuple[dt.datetime, float]]:
    """A clock that stands, for `paint`."""
    return lambda: (clock.now(), clock.monotonic())
