"""No memory of a process on any disk, and no memory left as it was when it is given back.

    harden_process()                     first thing in every process
    environment = wiping_environment()   for processes yet to be started: raylet, workers

A core dump would write faces to a disk, or hand them to the program that `core_pattern` names. What is freed
keeps its bytes until somebody needs the place: the C library can overwrite it. Copies of crops and templates
are in the buffers of Ray, gRPC, OpenCV and ONNX Runtime, whose memory this product cannot overwrite itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WIPE_BYTE: Final = 0x5A
"""What freed memory is filled with; the C library fills allocated memory with its complement."""
TUNABLES: Final = "GLIBC_TUNABLES"
_WIPING: Final = {
    "glibc.malloc.perturb": str(WIPE_BYTE),
    # Blocks of up to 1032 bytes would rest in a cache of each thread, which does not overwrite them.
    "glibc.malloc.tcache_count": "0",
}
_M_PERTURB: Final = -6
"""`mallopt(3)`, in <malloc.h> of the GNU C library."""
_COREDUMP_FILTER: Final = Path("/proc/self/coredump_filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardening:
    """What was done to a process. `short`: what could not be, in words; empty when everything was."""

    core_dumps_off: bool
    memory_left_out_of_dumps: bool
    freed_memory_wiped: bool
    short: tuple[str, ...] = ()


def harden_process() -> Hardening:
    """Switch core dumps off and let freed memory be overwritten, in this process and those it starts.

    The limit keeps the kernel from writing a dump. A `core_pattern` that names a program ignores the limit:
    `coredump_filter` 0 then leaves every mapping out of what that program gets (core(5)). Both are inherited.
    Overwriting freed memory is not inherited: see `wiping_environment`. Idempotent; never raises.
    """
    limited, filtered, wiped = _limit_core_dumps(), _filter_core_dumps(), _wipe_freed_memory()
    short = []
    if not limited:
        short.append("this system has no limit of core dumps")
    if not filtered:
        short.append("this system cannot leave memory out of core dumps")
    if not wiped:
        short.append("this C library does not overwrite freed memory (glibc does)")
    return Hardening(
        core_dumps_off=limited,
        memory_left_out_of_dumps=filtered,
        freed_memory_wiped=wiped,
        short=tuple(short),
    )


def wiping_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that make the GNU C library of a process yet to be started overwrite what it frees.

    Other settings in `GLIBC_TUNABLES` of `environment` stay. Other C libraries ignore the variable.
    """
    told = [part for part in environment.get(TUNABLES, "").split(":") if part]
    kept = [part for part in told if part.partition("=")[0] not in _WIPING]
    return {TUNABLES: ":".join([*kept, *(f"{name}={value}" for name, value in _WIPING.items())])}


def _limit_core_dumps() -> bool:
    try:
        import resource
    except ImportError:  # not a Unix
        return False
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        return False
    return True


def _filter_core_dumps() -> bool:
    try:
        _COREDUMP_FILTER.write_text("0")
    except OSError:  # not Linux, or /proc is not there
        return False
    return True


def _wipe_freed_memory() -> bool:
    """`mallopt` returns 1 when it did as told; it is there in the GNU C library only."""
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_PERTURB, WIPE_BYTE) == 1)
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no library without a name
        return False
