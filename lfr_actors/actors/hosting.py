"""A plain class as a Ray actor, in a process that is hardened before anything else happens in it.

Each process imports its own actor's module and little more: what this module imports, every one of them does.
"""

from __future__ import annotations

import os
from typing import Any

import ray
import structlog

from lfr_actors.hardening import harden_process, wiping_environment
from lfr_actors.observability import configure_logging

log = structlog.get_logger()


def harden() -> None:
    """Harden this process, and say what this system cannot do."""
    short = harden_process().short
    if short:
        log.warning("process_not_hardened", short=short)


def as_actor(cls: type, *, restarts: int, retries: int = 0) -> Any:
    """The class as a Ray actor: no reserved core, since the supervisor shares the machine out itself.

    On a cluster, whose daemons are its operator's, its process is told to overwrite the memory that it frees.
    """
    options: dict[str, Any] = {"num_cpus": 0, "max_restarts": restarts, "max_task_retries": retries}
    if "RAY_ADDRESS" in os.environ:
        options["runtime_env"] = {"env_vars": wiping_environment(os.environ)}
    return ray.remote(**options)(_prepared(cls))


def _prepared(cls: type) -> type:
    """The class with its process hardened and its logs set up before it starts."""

    class Prepared(cls):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            configure_logging()
            harden()
            super().__init__(*args, **kwargs)

    Prepared.__name__ = Prepared.__qualname__ = cls.__name__
    return Prepared
