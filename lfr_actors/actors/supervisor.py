"""The deployment supervisor: starts the actors in order, watches them, stops them in reverse.

    window, list ─► store: deployment.started ─► matcher ─► embedders ─► desk ─► cameras
    cameras stop ─► alerts in hand are committed ─► deployment.closed or .stopped ─► actors end

One asyncio task group owns everything. `request_stop` is idempotent and safe in a signal handler.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from lfr_actors import __version__
from lfr_actors.actors.commits import GIVE_UP_S
from lfr_actors.actors.plans import GalleryOnPack, camera_plan, pack_use
from lfr_actors.actors.ports import (
    CameraHandle,
    CameraPlan,
    CameraStatus,
    Cluster,
    Desk,
    EmbedderPool,
    Matcher,
)
from lfr_actors.errors import ActorLost, Refused
from lfr_actors.events.types import (
    CameraFailed,
    CameraLost,
    DeploymentClosed,
    DeploymentStarted,
    DeploymentStopped,
    Totals,
    WatchlistBuilt,
)
from lfr_actors.messages import DeploymentId
from lfr_actors.spec.deployment import Deployment, window_state
from lfr_actors.store.store import Store
from lfr_actors.tally import Latency

log = structlog.get_logger()
WATCH_EVERY_S = 0.5
DRAIN_S = GIVE_UP_S + 10.0
RESTART_AFTER_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. `closed`: the deployment is over; otherwise it was stopped and may be resumed."""

    deployment_id: DeploymentId
    closed: bool
    reason: str
    totals: Totals
    cameras: tuple[CameraStatus, ...]

    @property
    def failed_cameras(self) -> tuple[CameraStatus, ...]:
        """The cameras that were given up."""
        return tuple(camera for camera in self.cameras if camera.failed)


def check_window(deployment: Deployment, now: dt.datetime | None = None) -> None:
    """Raise `Refused` unless the authority's window is open now."""
    authority = deployment.authority
    state = window_state(authority, now or dt.datetime.now(dt.UTC))
    if state != "open":
        raise Refused(
            f"deployment {deployment.deployment}",
            f"the authorised window {'has not begun' if state == 'before' else 'is over'}: "
            f"{authority.reference} holds from {authority.not_before.isoformat()} "
            f"to {authority.not_after.isoformat()}",
        )


@dataclass(slots=True)
class _Shared:
    """The actors that every camera uses."""

    matcher: Matcher
    embedders: EmbedderPool
    desk: Desk


class Supervisor:
    """Runs one deployment. `on_status` is told what the cameras do, about twice a second."""

    def __init__(
        self,
        deployment: Deployment,
        on_pack: GalleryOnPack,
        *,
        home: Path,
        store: Store,
        cluster: Cluster,
        annotate: Path | None = None,
        on_status: Callable[[tuple[CameraStatus, ...]], None] = lambda _: None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._deployment, self._on_pack = deployment, on_pack
        self._home, self._store, self._cluster = home, store, cluster
        self._annotate = annotate
        self._on_status, self._now = on_status, now
        self._stop = asyncio.Event()
        self._stop_reason: str | None = None
        self._handles: dict[str, CameraHandle] = {}
        self._statuses: dict[str, CameraStatus] = {}
        self._incarnation = 1

    def request_stop(self, reason: str) -> None:
        """Ask for an orderly stop: cameras first, then what they have in hand, then everything else."""
        if self._stop_reason is None:
            self._stop_reason = reason
            log.info("stop_requested", reason=reason)
        self._stop.set()

    async def run(self) -> Outcome:
        """Run until the sources end, the window closes or a stop is requested.

        Raises `Refused` outside the authorised window or for an id that was closed before.
        """
        started_s = time.monotonic()
        check_window(self._deployment, self._now())
        self._incarnation = await asyncio.to_thread(self._begin)
        try:
            shared = await self._start_shared()
            async with asyncio.TaskGroup() as group:
                cameras = [
                    group.create_task(self._keep_camera(plan, shared), name=f"camera-{plan.address.shown}")
                    for plan in self._plans()
                ]
                watchers = [
                    group.create_task(self._watch(), name="watch"),
                    group.create_task(self._close_window(), name="window"),
                    group.create_task(self._carry_out_stop(), name="stop"),
                ]
                await asyncio.wait(cameras)
                for watcher in watchers:
                    watcher.cancel()
        except BaseException as error:
            fault = _first_of(error)
            outcome = self._outcome(started_s, f"fault: {type(fault).__name__}", closed=False)
            await asyncio.shield(asyncio.to_thread(self._end, outcome))
            if fault is error:
                raise
            raise fault from error
        finally:
            await asyncio.shield(self._cluster.close())
        outcome = self._outcome(started_s, *self._how_it_ended())
        await asyncio.shield(asyncio.to_thread(self._end, outcome))
        return outcome

    def _begin(self) -> int:
        deployment, pack = self._deployment, self._on_pack
        recognition = deployment.recognition
        started = DeploymentStarted(
            deployment=deployment.deployment,
            file_digest=deployment.digest,
            location=deployment.location,
            operation=deployment.operation,
            force=deployment.force,
            purposes=tuple(deployment.purposes),
            authority_reference=deployment.authority.reference,
            not_before=deployment.authority.not_before,
            not_after=deployment.authority.not_after,
            pack=recognition.pack,
            pack_sha256=dict(pack.info.sha256),
            provider=pack.provider,
            threshold=recognition.threshold,
            confirm_hits=recognition.confirm.hits,
            confirm_within_s=recognition.confirm.within.total_seconds(),
            cooldown_s=recognition.cooldown.total_seconds(),
            min_face_px=recognition.min_face_px,
            cameras=tuple(camera.id for camera in deployment.cameras),
            software_version=__version__,
            notices=deployment.notices(),
        )
        incarnation = self._store.begin_deployment(deployment.deployment, started)
        gallery = pack.enrolment.gallery
        self._store.append(
            deployment.deployment,
            WatchlistBuilt(
                gallery_version=gallery.version,
                subjects=len(gallery.subject_ids),
                templates=len(gallery.templates),
                rows=len(pack.enrolment.verdicts),
                verdicts=pack.enrolment.totals(),
            ),
        )
        return incarnation

    async def _start_shared(self) -> _Shared:
        matcher = await self._cluster.start_matcher(self._on_pack.enrolment.gallery)
        use = pack_use(self._deployment, self._home)
        embedders = await self._cluster.start_embedders(use, self._deployment.resources.embedders)
        desk = await self._cluster.start_desk(self._home, self._deployment.deployment)
        return _Shared(matcher=matcher, embedders=embedders, desk=desk)

    def _plans(self) -> list[CameraPlan]:
        return [
            camera_plan(
                self._deployment, camera, self._on_pack, self._home, self._incarnation, self._annotate
            )
            for camera in self._deployment.cameras
        ]

    async def _keep_camera(self, plan: CameraPlan, shared: _Shared) -> None:
        """One camera until its end; a live camera whose actor dies is started again, a film is not.

        Nor is one that dies while it is being stopped: what it had in hand is lost, and it has failed.
        """
        camera_id, first = plan.settings.camera_id, plan.incarnation
        for again in itertools.count(1):
            if self._stop.is_set():
                return
            try:
                self._statuses[camera_id] = await self._run_camera(plan, shared)
                return
            except ActorLost as error:
                log.error("camera_actor_lost", camera=camera_id, reason=str(error))
                if plan.address.kind == "file" or self._stop.is_set():
                    await shared.desk.record(
                        CameraFailed(camera=camera_id, error="ActorLost", reason=error.reason)
                    )
                    self._mark_failed(camera_id, error.reason)
                    return
                await shared.desk.record(
                    CameraLost(camera=camera_id, reason=error.reason, retry_in_s=RESTART_AFTER_S)
                )
                await self._pause(RESTART_AFTER_S)
            plan = replace(plan, incarnation=f"{first}.{again}")

    async def _run_camera(self, plan: CameraPlan, shared: _Shared) -> CameraStatus:
        """Start a camera actor, let it work to its end, and end it."""
        camera_id = plan.settings.camera_id
        handle = await self._cluster.start_camera(plan, shared.embedders, shared.matcher, shared.desk)
        try:
            self._handles[camera_id] = handle
            if self._stop.is_set():  # asked for while it was starting
                await handle.stop()
            return await handle.run()
        finally:
            del self._handles[camera_id]
            await handle.kill()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    async def _watch(self) -> None:
        """Tell what the cameras do, and mend what the shared actors lost."""
        while True:
            for camera_id, handle in list(self._handles.items()):
                try:
                    status = await asyncio.wait_for(handle.status(), 5.0)
                except (ActorLost, TimeoutError):
                    continue  # whoever runs the camera hears of it from `run`
                if self._handles.get(camera_id) is handle:  # its last status came from `run`
                    self._statuses[camera_id] = status
            for mended in await self._cluster.check():
                log.warning("actor_restored", what=mended)
            self._on_status(tuple(self._statuses.values()))
            await asyncio.sleep(WATCH_EVERY_S)

    async def _close_window(self) -> None:
        """Stop live cameras at the end of the authorised window; films are checked at the start only."""
        if not self._deployment.is_live:
            return
        while (left_s := (self._deployment.authority.not_after - self._now()).total_seconds()) > 0:
            await asyncio.sleep(min(left_s, 1.0))
        self.request_stop("window closed")

    async def _carry_out_stop(self) -> None:
        await self._stop.wait()
        results = await asyncio.gather(*(h.stop() for h in self._handles.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, ActorLost):
                raise result
        await asyncio.sleep(DRAIN_S)
        for camera_id, handle in list(self._handles.items()):
            log.error("camera_did_not_drain", camera=camera_id, waited_s=DRAIN_S)
            await handle.kill()

    def _mark_failed(self, camera_id: str, reason: str) -> None:
        known = self._statuses.get(camera_id)
        self._statuses[camera_id] = CameraStatus.failed_with(camera_id, reason, known)

    def _how_it_ended(self) -> tuple[str, bool]:
        """The reason, and whether the deployment is over. One that saw nothing may be run again."""
        statuses = self._statuses.values()
        if self._stop_reason == "window closed":
            return self._stop_reason, True
        if self._stop_reason is not None:
            return self._stop_reason, False
        if any(status.failed for status in statuses):
            return "a camera failed", False
        return "sources ended", True

    def _outcome(self, started_s: float, reason: str, closed: bool) -> Outcome:
        statuses = tuple(self._statuses.values())
        latency = Latency.merged(status.latency for status in statuses)
        totals = Totals(
            frames=sum(status.frames for status in statuses),
            dropped=sum(status.dropped for status in statuses),
            faces_seen=sum(status.faces for status in statuses),
            searches=sum(status.searches for status in statuses),
            alerts=sum(status.alerts for status in statuses),
            elapsed_s=round(time.monotonic() - started_s, 3),
            latency_p50_ms=latency.quantile_ms(0.5),
            latency_p99_ms=latency.quantile_ms(0.99),
        )
        return Outcome(
            deployment_id=DeploymentId(self._deployment.deployment),
            closed=closed,
            reason=reason,
            totals=totals,
            cameras=statuses,
        )

    def _end(self, outcome: Outcome) -> None:
        kind = DeploymentClosed if outcome.closed else DeploymentStopped
        self._store.end_deployment(outcome.deployment_id, kind(reason=outcome.reason, totals=outcome.totals))


def _first_of(error: BaseException) -> BaseException:
    """The fault that ended a task group, rather than the group around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
