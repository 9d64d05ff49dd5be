"""Finding what an address names: exactly that, or "there is nothing here"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from lfr_actors.errors import StoreError
from lfr_actors.store import Store
from lfr_actors.store.rows import AlertRow, DeploymentRow

T = TypeVar("T")


def deployment_of(store: Store, deployment_id: str) -> DeploymentRow:
    """The deployment of this id. Raises `web.HTTPNotFound`, `StoreError` when the database does not answer."""
    return _found(store, lambda: store.deployment(deployment_id))


def alert_of(store: Store, alert_id: str) -> AlertRow:
    """The alert of exactly this id, without who it is; a beginning of an id finds nothing here.

    Raises `web.HTTPNotFound`, `StoreError` when the database does not answer.
    """
    return _found(store, lambda: store.decisions.standing(alert_id).row)


def _found(store: Store, find: Callable[[], T]) -> T:
    try:
        return find()
    except StoreError as error:
        store.head()  # raises too where the fault is the database's
        raise web.HTTPNotFound from error
