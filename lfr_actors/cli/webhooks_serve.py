"""Delivering what is left of ended deployments, with progress on stderr until nothing is, or Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from lfr_actors.cli.app import stderr
from lfr_actors.console.picture_links import links_of
from lfr_actors.console.serving import address_of
from lfr_actors.delivery.courier import Courier
from lfr_actors.delivery.endpoint import Endpoint
from lfr_actors.delivery.told_of_alerts import ToldOfAlerts
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store import Store

ROUND_S: Final = 1.0


def serve_deployments(
    store: Store, deployments: Sequence[Deployment], endpoints: Sequence[Sequence[Endpoint]]
) -> int:
    """Deliver until nothing is left, or until interrupted; how many deliveries are left then.

    Raises `Refused` while one of the deployments runs, `StoreError` for one that never began.
    """
    with contextlib.ExitStack() as leases:
        for deployment in deployments:
            store.deployment(deployment.deployment)
            leases.enter_context(store.lease(deployment.deployment))
        couriers = [
            _courier(store, deployment, some) for deployment, some in zip(deployments, endpoints, strict=True)
        ]
        return asyncio.run(_deliver(couriers))


def _courier(store: Store, deployment: Deployment, endpoints: Sequence[Endpoint]) -> Courier:
    console = deployment.console
    links = None if console is None else links_of(store, deployment.deployment, address_of(console))
    return Courier(store.webhooks, ToldOfAlerts(store, links), deployment.deployment, endpoints)


async def _deliver(couriers: Sequence[Courier]) -> int:
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    columns = (TextColumn("delivering"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    left = 0
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_interactive) as bar:
        task = bar.add_task("", total=None)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(courier.run()) for courier in couriers]
            total = None
            while not interrupted.is_set():
                left = sum([await courier.drain(ROUND_S) for courier in couriers])
                total = left if total is None else max(total, left)
                bar.update(task, total=total, completed=total - left, description=_waiting_for(couriers))
                if not left:
                    break
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ROUND_S):
                        await interrupted.wait()
            for courier in couriers:
                await courier.close()
            await asyncio.gather(*running)
    return left


def _waiting_for(couriers: Sequence[Courier]) -> str:
    """Who keeps the rest from being delivered."""
    late = [
        one.name for courier in couriers for one in courier.status() if one.suspended_at or one.failing_since
    ]
    return f"waiting for {', '.join(late)}" if late else ""
