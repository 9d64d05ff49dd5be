"""Files in clear that speak of people, retained like everything else: pages, films, reports, an officer's list.

They cannot be made unreadable by destroying a key. They are overwritten and deleted on time, with a receipt.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lfr_actors.retention.policy import ClockStart, Rule
from lfr_actors.store.objects import NewObject
from lfr_actors.store.store import Store

PAGE: Final = "page"
FILM: Final = "film"
LIST: Final = "list"
REPORT: Final = "report"
PICTURE: Final = "picture"
"""Kinds: a page of alerts, an annotated film, a list's own file, a report on a list, an alert's picture."""


def picture_object(alert_id: str) -> str:
    """How the ids of the pictures begin that were written of an alert."""
    return f"{PICTURE}:{alert_id}:"


def report_object(version: str) -> str:
    """How the ids of the reports begin that were written on a version of a list."""
    return f"{REPORT}:{version}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file (or a folder with all that is in it) and the rule it follows; `clock` may differ from the rule's.

    `object_id` is made up unless given.
    """

    path: Path
    kind: str
    rule: Rule
    clock: ClockStart
    lifetime: dt.timedelta | None = None
    object_id: str | None = None


def retain_files(
    store: Store,
    files: Iterable[NewFile],
    *,
    deployment_id: str | None,
    policy_version: int,
    clock_started_at: dt.datetime | None = None,
) -> None:
    """Retain files from now on; one that is retained already stays as it is. They need not be there yet.

    `clock_started_at` is for a clock that starts now, rather than at the end of the deployment.
    """
    known = store.retained.paths(deployment_id)
    new = [
        NewObject(
            object_id=file.object_id or f"file:{uuid.uuid4().hex}",
            data_class=file.rule.data_class,
            kind=file.kind,
            deployment_id=deployment_id,
            clock=file.clock,
            lifetime=file.rule.lifetime if file.lifetime is None else file.lifetime,
            policy_version=policy_version,
            clock_started_at=clock_started_at,
            path=file.path.absolute(),
            items={"files": 1},
        )
        for file in files
        if file.path.absolute() not in known
    ]
    if new:
        store.retained.add(*new)
