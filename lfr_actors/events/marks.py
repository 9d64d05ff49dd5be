"""The part of the vocabulary that speaks of thresholds, of the blue list, and of cameras that pause.

A subject is spoken of by its commitment (`watchlist.commitment`) under the deployment's secret: the deployment can
tell whom it means, and once the secret is destroyed nobody can.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdChanged:
    """The score that recognises was set: for the `scope` deployment, category or subject.

    `category` is that of a category, `commitment` that of a subject. `previous` is None where the scope had no
    threshold of its own. `set_by` is an account or a reference. `why` is None for a subject: there it is in the
    sealed part, `{"why"}`, under the key of the list.
    """

    NAME: ClassVar[str] = "threshold.changed"
    VERSION: ClassVar[int] = 1

    scope: str
    category: str | None
    commitment: str | None
    threshold: float
    previous: float | None
    set_by: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueListSeeded:
    """Who of this version of the list is on the blue list: volunteers whose passes are measured."""

    NAME: ClassVar[str] = "bluelist.seeded"
    VERSION: ClassVar[int] = 1

    gallery_version: str
    commitments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueListPassed:
    """Somebody of the blue list crossed the view of a camera `at` this time, as `who` declares."""

    NAME: ClassVar[str] = "bluelist.passed"
    VERSION: ClassVar[int] = 1

    commitment: str
    camera: str
    at: dt.datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueListRecognised:
    """Somebody of the blue list was recognised, where a subject would have raised an alert. Nobody is told.

    `missing` says which parts of the list did not answer, as in `alert.raised`.
    """

    NAME: ClassVar[str] = "bluelist.recognised"
    VERSION: ClassVar[int] = 1

    commitment: str
    camera: str
    track: str
    captured_at: dt.datetime
    score: float
    threshold: float
    gallery_version: str
    gallery_subjects: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPaused:
    """A camera takes no frame for now, because its faces could not be compared with the whole list."""

    NAME: ClassVar[str] = "camera.paused"
    VERSION: ClassVar[int] = 1

    camera: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraResumed:
    """A camera takes frames again, `after_s` seconds without."""

    NAME: ClassVar[str] = "camera.resumed"
    VERSION: ClassVar[int] = 1

    camera: str
    after_s: float
