"""A made-up day written through the store, each thing at its own time, and what is due after it erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from lfr_actors.evaluation.composed_run.bodies import (
    alert_of,
    built_list,
    list_of,
    started,
    threshold_set,
    volunteers,
)
from lfr_actors.evaluation.composed_run.cameras import forgotten_of, reports_of, totals_of
from lfr_actors.evaluation.composed_run.day import AFTER_S, COURSES, OPERATOR, ComposedDay
from lfr_actors.events.cameras import CameraEnded, CameraOpened
from lfr_actors.events.deployments import DeploymentClosed
from lfr_actors.messages import Alert, GalleryVersion
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import act
from lfr_actors.store.elsewhere import by_itself
from lfr_actors.store.listed import read_wanted
from lfr_actors.store.watchlists import seal_version

_DAY: Final = dt.timedelta(hours=24)


class _Hand:
    """A clock that is set by hand."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


def compose_run(home: Path, day: ComposedDay, *, erase_after: dt.timedelta = _DAY) -> None:
    """Write this day into the store of a data folder, which is made if it is not there, and let it be over.

    Database and keys lie in the folder, whatever the environment names: a made-up run is nobody's record.
    What is due `erase_after` its end is erased by then, with receipts. Raises `Refused` for a deployment that is
    there already, `KeyError` for a course that is not in `COURSES`.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = _Hand(day.begins)
    with by_itself(), Store.open(home, clock=clock) as store:
        store.begin_deployment(day.deployment, started(day))
        version = list_of(day)
        seal_version(
            store,
            version,
            deployment_id=day.deployment,
            who="officer1",
            reason="new-intelligence",
            added=day.people_on_list,
        )
        store.append(day.deployment, built_list(day, version), threshold_set())
        for at, _, do in sorted(_schedule(store, day, version.version), key=lambda each: each[:2]):
            clock.now = day.begins + at
            do()
        version.overwrite()
        for wait in (dt.timedelta(seconds=2), erase_after):
            clock.now += wait
            Eraser(store, clock=clock).catch_up()


Action = tuple[dt.timedelta, int, Callable[[], object]]
"""When, which of those at one time, and what to do."""


def _schedule(store: Store, day: ComposedDay, version: GalleryVersion) -> list[Action]:
    """Everything that happens between the start and the close."""
    actions: list[Action] = []
    reports = reports_of(day)

    def later(at: dt.timedelta, do: Callable[[], object]) -> None:
        actions.append((at, len(actions), do))

    for camera, seen in reports.items():
        opened = CameraOpened(camera=camera, width=1280, height=720, source_kind="rtsp")
        later(dt.timedelta(seconds=2), partial(store.append, day.deployment, opened))
        for report in seen:
            at = dt.timedelta(seconds=report.to_media_s + 3)
            later(at, partial(store.append, day.deployment, report, forgotten_of(report)))
        mine = sum(day.cameras[each.camera] == camera for each in day.alerts)
        ended = CameraEnded(camera=camera, totals=totals_of(seen, mine))
        later(day.lasts + dt.timedelta(seconds=5), partial(store.append, day.deployment, ended))
    for at, body in volunteers(day, version):
        later(at, partial(store.append, day.deployment, body))
    for number, made in enumerate(day.alerts, start=1):
        alert = alert_of(day, version, made, number)
        later(made.after, partial(_raise, store, alert))
        for step, after_s in zip(COURSES[made.course], AFTER_S, strict=False):
            taken = partial(act, store, alert.alert_id, step, OPERATOR)
            later(made.after + dt.timedelta(seconds=after_s), taken)
    everything = [report for seen in reports.values() for report in seen]
    closed = DeploymentClosed(reason="window closed", totals=totals_of(everything, len(day.alerts)))
    later(day.lasts + dt.timedelta(seconds=10), partial(store.end_deployment, day.deployment, closed))
    return actions


def _raise(store: Store, alert: Alert) -> None:
    """Commit an alert with what the list says of the subject, as the desk does."""
    wanted = read_wanted(store, alert.deployment_id, alert.gallery_version, alert.subject_id)
    store.raise_alert(alert, *wanted)
