"""The deployment supervisor: starts the actors in order, watches them, stops them in reverse.

    window, lease ─► what is due is erased ─► deployment.started ─► list sealed ─► matcher ─► embedders ─► desk
        ─► courier ─► console ─► cameras
    cameras stop ─► alerts in hand are committed ─► deployment.closed or .stopped ─► list erased
        ─► courier drained ─► console closed ─► actors end

Nothing is looked at while an erasure is overdue: no camera is opened, and those that are open are stopped.

One asyncio task group owns everything. `request_stop` is idempotent and safe in a signal handler.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from lfr_actors.actors.band_watch import BandWatch
from lfr_actors.actors.camera_keeper import CameraKeeper, Shared
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
from lfr_actors.actors.ports import CameraPlan, CameraStatus, MatcherState, Retention, RetentionStatus
from lfr_actors.actors.services import Services
from lfr_actors.actors.stopping import StopListener
from lfr_actors.actors.supervised import Cluster
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.evaluation.reference_scores import read_reference_scores
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStopped
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


class Supervisor:
    """Runs one deployment, started by the account `who`.

    `on_status` is told what cameras and matcher do, and in words which figures are outside their bands, about
    twice a second. The templates of `on_pack` are
    overwritten once they are sealed. `lists` is what the site allows of a list that grows while it runs,
    `endpoints` are those of the deployment's webhooks.
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
        endpoints: Sequence[Endpoint] = (),
        on_status: Callable[
            [tuple[CameraStatus, ...], MatcherState | None, tuple[str, ...]], None
        ] = lambda *_: None,
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
        self._cameras = CameraKeeper(cluster, store, name, catch_up=self._erase_due)
        self._services = Services(deployment, endpoints, home, cluster)
        self._bands = BandWatch(deployment, store, now=now)
        self._stop_reason: str | None = None
        self._asked = StopListener(store, name, after=0, request_stop=self.request_stop)
        self._incarnation = 1

    def request_stop(self, reason: str) -> None:
        """Ask for an orderly stop: cameras first, then what they have in hand, then everything else."""
        if self._stop_reason is None:
            self._stop_reason = reason
            log.info("stop_requested", reason=reason)
        self._cameras.request_stop()

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
            await asyncio.shield(self._services.end())
            if fault is error:
                raise
            raise fault from error
        outcome = self._outcome(started_s, *self._how_it_ended())
        retained = await asyncio.shield(self._finish(outcome))
        await asyncio.shield(self._services.end())
        return replace(
            outcome,
            erased=retained.erased,
            overdue=retained.overdue,
            next_due_at=retained.next_due_at,
        )

    async def _run_cameras(self, plans: Sequence[CameraPlan], shared: Shared) -> None:
        """Every camera until its end, watched."""
        lawful = Lawfulness(
            self._deployment,
            self._incarnation,
            self._store,
            self._require_retention(),
            request_stop=self.request_stop,
            now=self._now,
        )
        watching = {
            "watch": self._watch(),
            "list": self._lists.keep_list(),
            "retention": lawful.watch(),
            "window": lawful.close_window(),
            "asked to stop": self._asked.listen(),
            "stop": self._cameras.carry_out_stop(),
            "console": self._services.show(self._cameras.handles),
            "bands": self._bands.watch(),
        }
        async with asyncio.TaskGroup() as group:
            cameras = [
                group.create_task(self._cameras.keep(plan, shared), name=f"camera-{plan.address.shown}")
                for plan in plans
            ]
            watchers = [group.create_task(work, name=name) for name, work in watching.items()]
            await asyncio.wait(cameras)
            for watcher in watchers:
                watcher.cancel()
        await self._lists.end()
        await self._bands.look()

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
        started = deployment_started(
            deployment, pack, read_reference_scores(self._store.home, pack.info.name)
        )
        _ = self._store.keys  # opened first: nothing is begun that could not be sealed
        self._bands.read_baselines(self._home)
        before = self._store.head().seq  # whoever asked for a stop until then meant an earlier run
        incarnation = self._store.begin_deployment(name, started, self._policy)
        self._asked = StopListener(self._store, name, after=before, request_stop=self.request_stop)
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
        self._bands.declare()
        plans = self._plans(pack)
        pack.version.overwrite()
        self._on_pack = None  # with the portraits, which cannot be overwritten
        return plans

    async def _start_shared(self) -> Shared:
        deployment = self._deployment
        matcher = await self._cluster.start_matcher(
            self._list.order,
            deployment.resources.matcher_shards,
            incomplete=deployment.recognition.when_incomplete,
        )
        use = pack_use(self._deployment, self._home, self._policy)
        embedders = await self._cluster.start_embedders(use, self._deployment.resources.embedders)
        desk = await self._cluster.start_desk(self._home, self._deployment.deployment)
        await self._services.start()
        await self._asked.look()  # a stop that was requested meanwhile lets no camera open
        return Shared(matcher=matcher, embedders=embedders, desk=desk)

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

    async def _watch(self) -> None:
        """Tell what the cameras do, and mend what the shared actors lost."""
        while True:
            statuses = await self._cameras.look()
            state = await self._lists.look()
            self._on_status(statuses, state, self._bands.out)
            self._services.tell(statuses, state)
            await asyncio.sleep(WATCH_EVERY_S)

    def _how_it_ended(self) -> tuple[str, bool]:
        """The reason, and whether the deployment is over. One that saw nothing may be run again."""
        statuses = self._cameras.statuses.values()
        if self._stop_reason == "window closed":
            return self._stop_reason, True
        if self._stop_reason is not None:
            return self._stop_reason, False
        if any(status.failed for status in statuses):
            return "a camera failed", False
        return "sources ended", True

    def _outcome(self, started_s: float, reason: str, closed: bool) -> Outcome:
        statuses = tuple(self._cameras.statuses.values())
        return Outcome(
            deployment_id=DeploymentId(self._deployment.deployment),
            closed=closed,
            reason=reason,
            totals=totals_of(statuses, time.monotonic() - started_s),
            cameras=statuses,
            out_of_band=self._bands.out,
        )

    def _end(self, outcome: Outcome) -> None:
        kind = DeploymentClosed if outcome.closed else DeploymentStopped
        self._store.end_deployment(outcome.deployment_id, kind(reason=outcome.reason, totals=outcome.totals))


def _first_of(error: BaseException) -> BaseException:
    """The fault that ended a task group, rather than the group around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
