"""What works on this machine and what does not: judgements on the facts of `machine`, each with what to do.

A **problem** stops the product or breaks a promise it makes; a **warning** is something to know or to weigh
before a live deployment. "cannot tell" is a warning: what is not known is not called right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from lfr_actors.machine import Machine
from lfr_actors.memory_folder import NEED_BYTES

State = Literal["ok", "warning", "problem"]

GIB = 2**30
MIN_PYTHON = (3, 11)
MIN_MEMORY_BYTES, GOOD_MEMORY_BYTES = 2 * GIB, 4 * GIB
MIN_FREE_BYTES, GOOD_FREE_BYTES = GIB, 10 * GIB
RAY_STORE_BYTES = 100 * 2**20
"""What Ray is given of /dev/shm; with less there it would keep its store in a file on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: what was looked at, how it is, what was found, and what to do about it (empty when ok)."""

    name: str
    state: State
    found: str
    advice: str = ""


def diagnose(machine: Machine) -> tuple[Finding, ...]:
    """Every finding, in the order in which to mend."""
    return tuple(finding for check in _CHECKS for finding in check(machine))


def _ok(name: str, found: str) -> Finding:
    return Finding(name=name, state="ok", found=found)


def _warning(name: str, found: str, advice: str) -> Finding:
    return Finding(name=name, state="warning", found=found, advice=advice)


def _problem(name: str, found: str, advice: str) -> Finding:
    return Finding(name=name, state="problem", found=found, advice=advice)


def _gib(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count < 10 * GIB else f"{count / GIB:,.0f} GiB"


def _python(machine: Machine) -> Iterator[Finding]:
    version = ".".join(map(str, machine.python))
    if machine.python < MIN_PYTHON:
        yield _problem("python", version, "install Python 3.11 or newer")
    else:
        yield _ok("python", f"{version} on {machine.system}")


def _cores(machine: Machine) -> Iterator[Finding]:
    usable = f"{machine.usable_cores:.3g} of {machine.cores} usable"
    if machine.usable_cores < 2:
        advice = "give the container or process two cores or more; one camera at 25 frames/s wants them"
        yield _warning("cores", usable, advice)
    else:
        yield _ok("cores", usable)


def _memory(machine: Machine) -> Iterator[Finding]:
    memory = machine.memory_bytes
    if memory is None:
        yield _warning("memory", "cannot tell", f"see that there are {_gib(GOOD_MEMORY_BYTES)} or more")
    elif memory < MIN_MEMORY_BYTES:
        yield _problem("memory", _gib(memory), f"give it {_gib(GOOD_MEMORY_BYTES)} or more")
    elif memory < GOOD_MEMORY_BYTES:
        yield _warning("memory", _gib(memory), f"{_gib(GOOD_MEMORY_BYTES)} are comfortable")
    else:
        yield _ok("memory", _gib(memory))


def _shared_memory(machine: Machine) -> Iterator[Finding]:
    size = machine.shm_bytes
    if size is None:
        yield _warning(
            "/dev/shm", "not there", "Ray keeps its store in a file instead; run on Linux for live use"
        )
    elif size < RAY_STORE_BYTES:
        advice = "start the container with --shm-size=1g: Ray would keep its store in a file on disk"
        yield _problem("/dev/shm", f"{size / 2**20:.0f} MiB", advice)
    else:
        yield _ok("/dev/shm", _gib(size))


def _home(machine: Machine) -> Iterator[Finding]:
    home = machine.home
    if machine.home_problem is not None:
        found = f"{home}: {machine.home_problem}"
        yield _problem("data folder", found, "choose a folder you may write, with --home or LFR_HOME")
    elif machine.home_mode & 0o077:
        found = f"{home} is open to others (mode {machine.home_mode:04o})"
        yield _problem("data folder", found, f"chmod 700 {home}")
    else:
        yield _ok("data folder", f"{home}, mode {machine.home_mode:04o}")


def _disk(machine: Machine) -> Iterator[Finding]:
    free = machine.home_free_bytes
    if free is None:
        yield _warning("disk", "cannot tell", f"see that {_gib(GOOD_FREE_BYTES)} are free at {machine.home}")
    elif free < MIN_FREE_BYTES:
        yield _problem("disk", f"{_gib(free)} free", f"make {_gib(GOOD_FREE_BYTES)} free at {machine.home}")
    elif free < GOOD_FREE_BYTES:
        yield _warning("disk", f"{_gib(free)} free", f"{_gib(GOOD_FREE_BYTES)} are comfortable")
    else:
        yield _ok("disk", f"{_gib(free)} free")


def _encryption(machine: Machine) -> Iterator[Finding]:
    advice = (
        "put the data folder on an encrypted disk (LUKS) before live use, or record what encrypts it below"
    )
    if machine.home_encrypted:
        yield _ok("disk encryption", "the data folder lies on an encrypted disk")
    elif machine.home_encrypted is None:
        yield _warning("disk encryption", "cannot tell", advice)
    else:
        yield _warning("disk encryption", "this system does not encrypt the data folder's disk", advice)


def _swap(machine: Machine) -> Iterator[Finding]:
    if machine.swaps is None:
        yield _warning("swap", "cannot tell", "see that memory is not swapped to a disk in clear")
        return
    clear = [swap.name for swap in machine.swaps if not swap.encrypted]
    if clear:
        unsure = any(swap.encrypted is None for swap in machine.swaps)
        found = f"{', '.join(clear)}: {'cannot tell whether encrypted' if unsure else 'not encrypted'}"
        yield _warning(
            "swap", found, "swapoff -a, or encrypt it: faces in memory can be written there in clear"
        )
    else:
        yield _ok("swap", "encrypted" if machine.swaps else "off")


def _hibernation(machine: Machine) -> Iterator[Finding]:
    """The image of memory goes to swap: without swap, or on an encrypted one, there is nothing to fear."""
    clear = machine.swaps is None or any(not swap.encrypted for swap in machine.swaps)
    if not clear:
        yield _ok("hibernation", "writes no memory in clear")
    elif machine.hibernates is None:
        yield _warning(
            "hibernation", "cannot tell", "see that the system does not write its memory to a disk"
        )
    elif machine.hibernates:
        advice = "systemctl mask hibernate.target hybrid-sleep.target, or encrypt the swap"
        yield _warning("hibernation", "on: it writes all memory, with faces in it, to swap in clear", advice)
    else:
        yield _ok("hibernation", "off")


def _freed_memory(machine: Machine) -> Iterator[Finding]:
    if machine.wipes_freed_memory:
        yield _ok("freed memory", "overwritten by the C library")
    else:
        found = "this C library leaves freed memory as it was: faces may linger in buffers of libraries"
        yield _warning("freed memory", found, "run on a Linux with the GNU C library")


def _memory_folder(machine: Machine) -> Iterator[Finding]:
    if machine.memory_folder is not None:
        yield _ok("memory folder", f"{machine.memory_folder} for Ray's temporary and spill folders")
    else:
        room = f"{NEED_BYTES / 2**20:.0f} MiB"
        yield _warning(
            "memory folder",
            f"none with {room} free: Ray's temporary and spill folders lie on disk",
            f"give /dev/shm {room} or more (a container: --shm-size=1g)",
        )


def _core_dumps(machine: Machine) -> Iterator[Finding]:
    limit, pattern = machine.core_limit_bytes, machine.core_pattern or ""
    if limit is None:
        yield _warning("core dumps", "cannot tell", "see that a crash writes no memory to disk")
    elif pattern.startswith("|") and machine.core_filter == 0:
        yield _ok("core dumps", "off; the program that is told of a crash gets no memory")
    elif pattern.startswith("|"):
        program = pattern[1:].split()[0] if pattern[1:].split() else "a program"
        found = f"a crash hands memory, with faces in it, to {program}"
        yield _warning(
            "core dumps", found, "sysctl kernel.core_pattern=core and ulimit -c 0, or see that it keeps none"
        )
    elif limit != 0:
        yield _warning("core dumps", "on: a crash writes memory, with faces in it, to disk", "ulimit -c 0")
    else:
        yield _ok("core dumps", "off")


def _clock(machine: Machine) -> Iterator[Finding]:
    advice = "run a time service (timedatectl set-ntp true): windows and erasure go by the clock"
    if machine.clock_synchronised:
        yield _ok("clock", "follows a reference")
    elif machine.clock_synchronised is None:
        yield _warning("clock", "cannot tell whether it is right", advice)
    else:
        yield _warning("clock", "does not follow a reference, says the kernel", advice)
    if machine.time_zones:
        yield _ok("time zones", "known")
    else:
        yield _problem("time zones", "no data", "install the system's tzdata, or pip install tzdata")


def _inference(machine: Machine) -> Iterator[Finding]:
    builds = [name for name in ("onnxruntime", "onnxruntime-gpu") if name in machine.libraries]
    shown = ", ".join(f"{name} {machine.libraries[name]}" for name in builds)
    cuda = "CUDAExecutionProvider" in machine.providers
    if len(builds) > 1:
        advice = "pip uninstall -y onnxruntime onnxruntime-gpu, then install one: they overwrite each other"
        yield _problem("onnx runtime", shown, advice)
    elif not machine.providers:
        found = f"{shown or 'not installed'}, does not load" if shown else "not installed"
        yield _problem("onnx runtime", found, "pip install --force-reinstall onnxruntime")
    else:
        providers = ", ".join(name.removesuffix("ExecutionProvider") for name in machine.providers)
        yield _ok("onnx runtime", f"{shown or 'own build'}: {providers}")
    if machine.nvidia and not cuda:
        advice = "pip uninstall -y onnxruntime, then pip install 'lfr-actors[gpu]'"
        yield _warning("gpu", "an NVIDIA GPU that ONNX Runtime here cannot use", advice)
    elif cuda:
        yield _ok("gpu", "ONNX Runtime has CUDA; device: cuda proves at start that it really runs")
    else:
        yield _ok("gpu", "none; everything runs on the CPU")


def _codecs(machine: Machine) -> Iterator[Finding]:
    advice = "pip install --force-reinstall av"
    if "av" not in machine.libraries:
        yield _problem("films and cameras", "PyAV is not installed", advice)
        return
    shown = f"PyAV {machine.libraries['av']}: {', '.join((*machine.decoders, *machine.formats))}"
    absent = [name for name in ("h264", "hevc", "mjpeg") if name not in machine.decoders]
    absent += [] if "rtsp" in machine.formats else ["rtsp"]
    if absent:
        found = f"PyAV {machine.libraries['av']} lacks {', '.join(absent)}"
        yield _problem("films and cameras", found, advice)
    else:
        yield _ok("films and cameras", shown)


def _opencv(machine: Machine) -> Iterator[Finding]:
    builds = [name for name in machine.libraries if name.startswith("opencv-")]
    shown = ", ".join(f"{name} {machine.libraries[name]}" for name in builds)
    if not builds:
        yield _problem("opencv", "not installed", "pip install opencv-python")
    elif len(builds) > 1:
        yield _warning("opencv", shown, "keep one: they overwrite each other")
    else:
        yield _ok("opencv", shown)


def _ray(machine: Machine) -> Iterator[Finding]:
    version = machine.libraries.get("ray")
    if version is None:
        yield _problem("ray", "not installed", "pip install ray")
    else:
        yield _ok(
            "ray", f"{version}; on a cluster start the head with RAY_AUTH_MODE=token, dashboard on loopback"
        )


def _open_pack(machine: Machine) -> Iterator[Finding]:
    if machine.open_pack_problem is None:
        yield _ok("open pack", "prepared")
    else:
        yield _warning(
            "open pack", machine.open_pack_problem, "lfr models prepare open (or the first run does it)"
        )


_CHECKS: tuple[Callable[[Machine], Iterator[Finding]], ...] = (
    _python,
    _cores,
    _memory,
    _shared_memory,
    _home,
    _disk,
    _encryption,
    _swap,
    _hibernation,
    _core_dumps,
    _freed_memory,
    _memory_folder,
    _clock,
    _inference,
    _codecs,
    _opencv,
    _ray,
    _open_pack,
)
