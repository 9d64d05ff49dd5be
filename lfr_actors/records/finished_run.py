"""One run as it stands in the store: its deployment, its events by start, its alerts. Reading changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from lfr_actors.errors import StoreError
from lfr_actors.events.cameras import CameraObserved
from lfr_actors.events.deployments import DeploymentStarted
from lfr_actors.events.types import EventBody
from lfr_actors.home import named_home
from lfr_actors.store.read_only import read_only
from lfr_actors.store.rows import RUNNING, AlertRow, DeploymentRow
from lfr_actors.store.store import Store

Body = TypeVar("Body", bound=EventBody)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event of a run and the start it belongs to: 1, and one more each time the run was resumed."""

    incarnation: int
    body: EventBody


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunRecord:
    """A run as it was read: events in the order of the log, alerts in the order in which they were raised."""

    deployment: DeploymentRow
    log: tuple[Happened, ...] = field(repr=False)
    alerts: tuple[AlertRow, ...] = field(repr=False)

    @property
    def ended(self) -> bool:
        """Whether the run came to an end; one that did not is running still, or its process died."""
        return self.deployment.state != RUNNING

    def of(self, kind: type[Body]) -> list[tuple[int, Body]]:
        """The events of one kind in order, each with its start."""
        return [(item.incarnation, item.body) for item in self.log if isinstance(item.body, kind)]

    def begun_s(self) -> dict[int, float]:
        """By start, how much of films and streams the starts before it had covered.

        Media time begins anew when a run is resumed; added to this it goes on, with the pause left out.
        """
        reached = {incarnation: 0.0 for incarnation, _ in self.of(DeploymentStarted)}
        for incarnation, seen in self.of(CameraObserved):
            reached[incarnation] = max(reached[incarnation], seen.to_media_s)
        begun, covered_s = {}, 0.0
        for incarnation, length_s in reached.items():
            begun[incarnation] = covered_s
            covered_s += length_s
        return begun


def read_run(home: Path | str | None = None, deployment: str | None = None) -> RunRecord:
    """The run of this deployment, ended or not; without a name, the latest run that ended.

    `home` is the data folder, by default that of `LFR_HOME` or the account's. Raises `StoreError` when there
    is no such run, or no database that can be read.
    """
    folder = named_home(Path(home) if home else None)
    return read_only(folder, partial(_read, deployment=deployment))


def _read(store: Store, deployment: str | None) -> RunRecord:
    row = _chosen(store.name, store.deployments(), deployment)
    log: list[Happened] = []
    incarnation = 1
    for event in store.iter_events(deployment_id=row.deployment_id):
        body = event.body
        if isinstance(body, DeploymentStarted):
            incarnation = body.incarnation
        log.append(Happened(incarnation=incarnation, body=body))
    return RunRecord(deployment=row, log=tuple(log), alerts=tuple(store.alerts(row.deployment_id)))


def _chosen(store: str, rows: Sequence[DeploymentRow], deployment: str | None) -> DeploymentRow:
    """The row of this name, or the last to have ended."""
    names = ", ".join(row.deployment_id for row in rows)
    if not rows:
        raise StoreError(store, "holds no run yet: make one with lfr demo or lfr run")
    if deployment is not None:
        for row in rows:
            if row.deployment_id == deployment:
                return row
        raise StoreError(store, f"has no run {deployment!r}; it has {names}")
    ended = [row for row in rows if row.ended_at is not None]
    if not ended:
        raise StoreError(store, f"has no run that ended; name one to see how far it came: {names}")
    return max(ended, key=lambda row: (row.ended_at, row.deployment_id))
