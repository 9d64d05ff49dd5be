"""One process runs a deployment at a time, and everybody can tell whether one does.

A lock of the operating system or of PostgreSQL is held while a deployment runs, and is let go by the death of
the process, whatever killed it. No clock is asked, so that a clock set forward makes nobody look dead.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from lfr_actors.errors import Refused, StoreError
from lfr_actors.private_file import make_private_folder
from lfr_actors.store.database import named_faults

_TRIES: Final = 20
_WAIT_S: Final = 0.1
"""Whoever looks for deployments that died holds their leases for a moment; it must not look like a run."""


@contextmanager
def lease(
    engine: sa.Engine, deployment_id: str, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the right to run a deployment. Raises `Refused` while another process has it, after some tries."""
    with ExitStack() as held:
        for attempt in range(_TRIES):
            if attempt:
                sleep(_WAIT_S)
            with ExitStack() as trying:
                if trying.enter_context(vacant_lease(engine, deployment_id)):
                    held.enter_context(trying.pop_all())
                    break
        else:
            raise Refused(f"deployment {deployment_id}", "is running in another process: end that one first")
        yield


def vacant_lease(engine: sa.Engine, deployment_id: str) -> AbstractContextManager[bool]:
    """Take the lease if nobody has it: whether it was taken, and is held until the end of the context."""
    if engine.dialect.name == "sqlite":
        return _on_sqlite(engine, deployment_id)
    return _on_postgresql(engine, deployment_id)


@contextmanager
def _on_sqlite(engine: sa.Engine, deployment_id: str) -> Iterator[bool]:
    folder = Path(f"{engine.url.database}.leases")
    file = folder / deployment_id
    try:
        make_private_folder(folder)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(str(file), f"cannot be made or opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            try:
                yield True
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child that was forked has the descriptor too
    finally:
        os.close(descriptor)


@contextmanager
def _on_postgresql(engine: sa.Engine, deployment_id: str) -> Iterator[bool]:
    digest = hashlib.sha256(f"lfr lease {deployment_id}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with ExitStack() as connected:
        with named_faults(engine):
            # Held by the session, not by a transaction: the connection is taken out of the pool for good, so
            # that closing it lets go of the lock, whatever happened meanwhile.
            connection = connected.enter_context(engine.connect())
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            got = bool(connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar_one())
        try:
            yield got
        finally:
            if got:
                with suppress(sa.exc.DBAPIError):  # a session that was cut off has let go already
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))
