"""What every handler of the console needs, in one value that the application carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web

from lfr_actors.console.alert_lists import AlertLists
from lfr_actors.console.deployment_log import DeploymentLogs
from lfr_actors.console.live import LiveState
from lfr_actors.console.viewing import ViewLedger
from lfr_actors.spec.console import Console
from lfr_actors.store import Store
from lfr_actors.store.store import utc_now

if TYPE_CHECKING:
    from lfr_actors.console.security import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleContext:
    """The store, what the cameras do, who may come in, and the time.

    `deployment_id` is the one that runs beside this console; None for a console without cameras. `views` keeps
    who looked at what from being written more than once a minute; `logs` and `alerts` what was read so far.
    """

    store: Store
    live: LiveState
    security: Security
    settings: Console
    deployment_id: str | None = None
    now: Callable[[], dt.datetime] = utc_now
    views: ViewLedger = field(default_factory=ViewLedger)
    logs: DeploymentLogs = field(default_factory=DeploymentLogs)
    alerts: AlertLists = field(default_factory=AlertLists)


CONTEXT: Final = web.AppKey("context", ConsoleContext)


def context_of(request: web.Request) -> ConsoleContext:
    """The context of the application that answers."""
    return request.app[CONTEXT]
