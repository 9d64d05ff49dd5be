"""What the log says of a deployment, folded event by event and kept, so that each event is read once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.left_bands import LeftBands
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.cameras import CameraEnded, CameraFailed, CameraLost, CameraObserved, CameraOpened
from lfr_actors.events.deployments import DeploymentStarted
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.marks import CameraPaused, CameraResumed
from lfr_actors.events.people import StopRequested
from lfr_actors.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCamera:
    """A camera as the log has it: `faces` are tracks that began, over every run of the deployment."""

    state: str = "opening"
    reason: str | None = None
    faces: int = 0
    dropped: int = 0
    alerts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLog:
    """A deployment up to event `seq`: how it started last, what its cameras did, and whether a stop was asked for.

    `stop_requested_by` is who asked since the last start; `cameras` are those of it. `faces_seen` counts
    tracks that began, of every camera in every run; cameras report them each few seconds. `left` says which
    measured figures are outside their declared bands.
    """

    seq: int = 0
    started: DeploymentStarted | None = None
    stop_requested_by: str | None = None
    faces_seen: int = 0
    cameras: Mapping[str, LoggedCamera] = field(default_factory=lambda: MappingProxyType({}))
    left: LeftBands = field(default_factory=LeftBands)

    def after(self, event: StoredEvent) -> DeploymentLog:
        """With one more event. Raises `StoreError` for an event that was altered."""
        body = event.body
        at = replace(self, seq=event.seq, left=self.left.after(body, event.at))
        match body:
            case DeploymentStarted() as started:
                again = {
                    name: replace(self.cameras.get(name, LoggedCamera()), state="opening", reason=None)
                    for name in started.cameras
                }
                return replace(at, started=started, stop_requested_by=None, cameras=MappingProxyType(again))
            case StopRequested(who=who):
                return replace(at, stop_requested_by=who)
            case CameraObserved(camera=name, tracks=tracks, dropped=dropped):
                old, at = self._camera(name), replace(at, faces_seen=self.faces_seen + tracks)
                return at._with(name, replace(old, faces=old.faces + tracks, dropped=old.dropped + dropped))
            case AlertRaised(camera=name):
                return at._with(name, replace(self._camera(name), alerts=self._camera(name).alerts + 1))
            case CameraOpened(camera=name) | CameraResumed(camera=name):
                return at._with(name, replace(self._camera(name), state="live", reason=None))
            case CameraLost(camera=name, reason=reason):
                return at._with(name, replace(self._camera(name), state="lost", reason=reason))
            case CameraPaused(camera=name, reason=reason):
                return at._with(name, replace(self._camera(name), state="paused", reason=reason))
            case CameraFailed(camera=name, reason=reason):
                return at._with(name, replace(self._camera(name), state="failed", reason=reason))
            case CameraEnded(camera=name):
                return at._with(name, replace(self._camera(name), state="ended", reason=None))
            case _:
                return at

    def _camera(self, name: str) -> LoggedCamera:
        return self.cameras.get(name, LoggedCamera())

    def _with(self, name: str, camera: LoggedCamera) -> DeploymentLog:
        return replace(self, cameras=MappingProxyType({**self.cameras, name: camera}))


class DeploymentLogs:
    """The folds of the deployments that anybody asked for. Used from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, DeploymentLog]] = {}
        """Where the whole log stood when it was read, and what was read."""
        self._lock = threading.Lock()

    def of(self, store: Store, deployment_id: str) -> DeploymentLog:
        """A deployment as the log has it now. Raises `StoreError` when the log was altered."""
        with self._lock:
            # Before it is read: what is written meanwhile may be read, and is not again.
            head = store.head().seq
            read_at, known = self._known.get(deployment_id, (-1, DeploymentLog()))
            if read_at != head:
                for event in store.iter_events(after=known.seq, deployment_id=deployment_id):
                    known = known.after(event)
                self._known[deployment_id] = head, known
            return known

    def started(self, store: Store, deployment_id: str) -> DeploymentStarted:
        """How a deployment started last. Raises `StoreError` for one that never did, or not readably."""
        started = self.of(store, deployment_id).started
        if started is None:
            raise StoreError(store.name, f"how deployment {deployment_id} began is not readable in the log")
        return started
