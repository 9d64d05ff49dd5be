"""The deployment supervisor: starts the actors in order, watches them, stops them in reverse.

    window, lease ─► what is due is erased ─► deployment.started ─► list sealed ─► matcher ─► … ─► cameras
    cameras stop ─► alerts in hand are committed ─► deployment.closed or .stopped ─► list erased ─► actors end

Nothing is looked at while an erasure is overdue: no camera is opened, and those that are open are stopped.

One asyncio task group owns everything. `request_stop` is idempotent and safe in a signal handler.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from lfr_actors.actors.commits import GIVE_UP_S
from lfr_actors.actors.lawfulness import Lawfulness
from lfr_actors.actors.list_keeper import ListKeeper
from lfr_actors.actors.list_on_pack import ListOnPack
from lfr_actors.actors.list_watch import ListWatch
from lfr_actors.actors.opening import (
    check_nothing_overdue,
    check_window,
    deployment_started,
    files_to_retain,
    watchlist_built,
)
from lfr_actors.actors.outcome import Outcome, totals_of
from lfr_actors.actors.plans import camera_plan, pack_use
from lfr_actors.actors.ports import (
    CameraHandle,
    CameraPlan,
    CameraStatus,
    Cluster,
    Desk,
    EmbedderPool,
    Matcher,
    MatcherState,
    Retention,
    RetentionStatus,
)
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.events.cameras import CameraFailed, CameraLost
from lfr_actors.events.types import DeploymentClosed, DeploymentStopped
from lfr_actors.messages import DeploymentId
from lfr_actors.retention.erasure import Eraser
from lfr_actors.retention.policy import DEFAULT_POLICY, RetentionPolicy
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store.files import retain_files
from lfr_actors.store.marks import threshold_events
from lfr_actors.store.store import Store
from lfr_actors.watchlist.policy import ListPolicy

log = structlog.get_logger()
WATCH_EVERY_S = 0.5
DRAIN_S = GIVE_UP_S + 10.0
RESTART_AFTER_S = 2.0


@dataclass(slots=True)
class _Shared:
    """The actors that every camera uses."""

    matcher: Matcher
    embedders: EmbedderPool
    desk: Desk


class Supervisor:
    """Runs one deployment, started by the account `who`.

    `on_status` is told what cameras and matcher do, about twice a second. The templates of `on_pack` are
    overwritten once they are sealed. `lists` is what the site allows of a list that grows while it runs.
    """

    def __init__(
        self,
        deployment: Deployment,
        on_pack: ListOnPack,
        *,
        who: str,
        home: Path,
        store: Store,
        cluster: Cluster,
        policy: RetentionPolicy = DEFAULT_POLICY,
        lists: ListPolicy,
        annotate: Path | None = None,
        on_status: Callable[[tuple[CameraStatus, ...], MatcherState | None], None] = lambda *_: None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._deployment, self._who = deployment, who
        self._on_pack: ListOnPack | None = on_pack
        self._home, self._store, self._cluster = home, store, cluster
        self._policy, self._annotate = policy, annotate
        name, recognition = DeploymentId(deployment.deployment), deployment.recognition
        self._list = ListKeeper(store, name, thresholds=recognition.thresholds_of(), policy=lists)
        self._lists = ListWatch(
            self._list,
            cluster,
            store,
            name,
            incomplete=recognition.when_incomplete,
            catch_up=self._erase_due,
            request_stop=self.request_stop,
        )
        self._retention: Retention | None = None
        self._secret = b""
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
        check_window(self._deployment, self._now())
        with self._store.lease(self._deployment.deployment):
            try:
                self._retention = await self._cluster.start_retention(self._home)
                check_nothing_overdue((await self._retention.catch_up()).overdue)
                return await self._run_leased()
            finally:
                await asyncio.shield(self._cluster.close())

    async def _run_leased(self) -> Outcome:
        """The deployment from its start to its end, while nobody else may run it."""
        started_s = time.monotonic()
        self._incarnation = await asyncio.to_thread(self._begin)
        try:
            plans = await asyncio.to_thread(self._take_list)
            shared = await self._start_shared()
            await self._run_cameras(plans, shared)
        except BaseException as error:
            fault = _first_of(error)
            outcome = self._outcome(started_s, f"fault: {type(fault).__name__}", closed=False)
            await asyncio.shield(self._finish(outcome))
            if fault is error:
                raise
            raise fault from error
        outcome = self._outcome(started_s, *self._how_it_ended())
        retained = await asyncio.shield(self._finish(outcome))
        return replace(
            outcome,
            erased=retained.erased,
            overdue=retained.overdue,
            next_due_at=retained.next_due_at,
        )

    async def _run_cameras(self, plans: Sequence[CameraPlan], shared: _Shared) -> None:
        """Every camera until its end, watched."""
        lawful = Lawfulness(
            self._deployment,
            self._incarnation,
            self._store,
            self._require_retention(),
            request_stop=self.request_stop,
            now=self._now,
        )
        async with asyncio.TaskGroup() as group:
            cameras = [
                group.create_task(self._keep_camera(plan, shared), name=f"camera-{plan.address.shown}")
                for plan in plans
            ]
            watchers = [
                group.create_task(self._watch(), name="watch"),
                group.create_task(self._lists.keep_list(), name="list"),
                group.create_task(lawful.watch(), name="retention"),
                group.create_task(lawful.close_window(), name="window"),
                group.create_task(self._carry_out_stop(), name="stop"),
            ]
            await asyncio.wait(cameras)
            for watcher in watchers:
                watcher.cancel()
        await self._lists.end()

    async def _finish(self, outcome: Outcome) -> RetentionStatus:
        """Write the end; then what ends with a deployment is erased, here and in the matcher's memory."""
        if self._on_pack is not None:
            self._on_pack.version.overwrite()
        await asyncio.to_thread(self._store.retained.end_open_segments, outcome.deployment_id)
        await asyncio.to_thread(self._end, outcome)
        await self._cluster.forget_gallery()
        try:
            return await self._require_retention().catch_up()
        except ActorLost as error:  # what must go, goes from here
            log.error("retention_actor_lost", reason=str(error))
            done = await asyncio.to_thread(Eraser(self._store).catch_up)
            return RetentionStatus(
                erased=len(done.erased), overdue=done.overdue, next_due_at=done.next_due_at
            )

    def _require_retention(self) -> Retention:
        if self._retention is None:
            raise NotReady("retention actor", "it was not started")
        return self._retention

    async def _erase_due(self) -> RetentionStatus:
        return await self._require_retention().catch_up()

    def _require_list(self) -> ListOnPack:
        if self._on_pack is None:
            raise NotReady("supervisor", "it ran before, and its list is overwritten")
        return self._on_pack

    def _begin(self) -> int:
        deployment, pack = self._deployment, self._require_list()
        name = deployment.deployment
        started = deployment_started(deployment, pack)
        _ = self._store.keys  # opened first: nothing is begun that could not be sealed
        incarnation = self._store.begin_deployment(name, started, self._policy)
        self._secret = self._store.deployment_secret(name)
        return incarnation

    def _take_list(self) -> list[CameraPlan]:
        """Seal the list, and retain whatever else must go with the deployment's data; what cameras are told.

        From here on the list is in the vault alone, and every shard has its part from there.
        """
        deployment, pack, store = self._deployment, self._require_list(), self._store
        name = deployment.deployment
        files = files_to_retain(deployment, self._policy, self._annotate)
        retain_files(store, files, deployment_id=name, policy_version=self._policy.version)
        admitted = self._list.admit(pack.version)
        self._on_pack = pack = replace(pack, version=admitted.version)
        store.append(name, watchlist_built(pack, admitted))
        sealed = self._list.seal(pack.version, source=pack.source, who=self._who, removed=admitted.removed)
        said = threshold_events(
            deployment.recognition,
            authority_reference=deployment.authority.reference,
            secret=self._secret,
            key=store.keys.get(sealed.key_id),
        )
        store.append(name, *said)
        plans = self._plans(pack)
        pack.version.overwrite()
        self._on_pack = None  # with the portraits, which cannot be overwritten
        return plans

    async def _start_shared(self) -> _Shared:
        deployment = self._deployment
        matcher = await self._cluster.start_matcher(
            self._list.order,
            deployment.resources.matcher_shards,
            incomplete=deployment.recognition.when_incomplete,
        )
        use = pack_use(self._deployment, self._home, self._policy)
        embedders = await self._cluster.start_embedders(use, self._deployment.resources.embedders)
        desk = await self._cluster.start_desk(self._home, self._deployment.deployment)
        return _Shared(matcher=matcher, embedders=embedders, desk=desk)

    def _plans(self, pack: ListOnPack) -> list[CameraPlan]:
        return [
            camera_plan(
                self._deployment,
                camera,
                pack,
                self._home,
                self._incarnation,
                self._annotate,
                policy=self._policy,
                secret=self._secret,
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
        check_nothing_overdue((await self._require_retention().catch_up()).overdue)
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
            name = self._deployment.deployment
            await asyncio.to_thread(self._store.retained.end_open_segments, name, camera_id)

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
            state = await self._lists.look()
            self._on_status(tuple(self._statuses.values()), state)
            await asyncio.sleep(WATCH_EVERY_S)

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
        return Outcome(
            deployment_id=DeploymentId(self._deployment.deployment),
            closed=closed,
            reason=reason,
            totals=totals_of(statuses, time.monotonic() - started_s),
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
