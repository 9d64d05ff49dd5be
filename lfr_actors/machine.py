"""What this machine is: the facts that `doctor` judges, read from the system and never guessed.

`None` means that the system does not say.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import math
import os
import platform
import shutil
import sys
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from lfr_actors.errors import PackError
from lfr_actors.hardening import harden_process
from lfr_actors.memory_folder import NEED_BYTES, choose, this_machine

_STATUS_OFFSET, _UNSYNCHRONISED = 40, 0x40
"""Where `status` lies in Linux's 64-bit `struct timex`, and its bit STA_UNSYNC (adjtimex(2))."""
_LIBRARIES = ("ray", "onnxruntime", "onnxruntime-gpu", "opencv-python", "opencv-python-headless", "av")
_DECODERS = ("h264", "hevc", "mjpeg")
_FORMATS = ("rtsp", "video4linux2,v4l2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """A place to which memory may be swapped; `encrypted` None when the system does not say."""

    name: str
    encrypted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The facts. `libraries` are installed versions by distribution; `home_mode` the folder's permissions.

    `core_limit_bytes`, `core_filter` and `wipes_freed_memory` are of a process of the product, hardened.
    `hibernates`: whether the system may write all memory to its swap. `memory_folder`: where Ray's folders go.
    """

    python: tuple[int, int, int]
    system: str
    cores: int
    usable_cores: float
    memory_bytes: int | None
    shm_bytes: int | None
    home: Path
    home_problem: str | None
    home_mode: int
    home_free_bytes: int | None
    home_encrypted: bool | None
    swaps: tuple[Swap, ...] | None
    core_limit_bytes: int | None
    core_pattern: str | None
    core_filter: int | None
    wipes_freed_memory: bool
    hibernates: bool | None
    memory_folder: Path | None
    clock_synchronised: bool | None
    time_zones: bool
    libraries: dict[str, str]
    providers: tuple[str, ...]
    nvidia: bool
    decoders: tuple[str, ...]
    formats: tuple[str, ...]
    open_pack_problem: str | None


def survey(home: Path) -> Machine:
    """The facts of the machine this runs on, with `home` as the data folder. Hardens this process."""
    wipes_freed_memory = harden_process().freed_memory_wiped
    place = choose(this_machine(), NEED_BYTES)
    free = shutil.disk_usage(home).free if home.is_dir() else None
    decoders, formats = _codecs()
    return Machine(
        python=sys.version_info[:3],
        system=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        usable_cores=usable_cores(),
        memory_bytes=_memory_bytes(),
        shm_bytes=_size_of(Path("/dev/shm")),
        home=home,
        home_problem=_write_problem(home),
        home_mode=home.stat().st_mode & 0o777 if home.is_dir() else 0,
        home_free_bytes=free,
        home_encrypted=_folder_encrypted(home),
        swaps=_swaps(),
        core_limit_bytes=_core_limit(),
        core_pattern=_text(Path("/proc/sys/kernel/core_pattern")),
        core_filter=_core_filter(),
        wipes_freed_memory=wipes_freed_memory,
        hibernates=_hibernates(),
        memory_folder=None if place is None else place.path,
        clock_synchronised=_clock_synchronised(),
        time_zones=_has_time_zones(),
        libraries=_versions(),
        providers=_providers(),
        nvidia=Path("/dev/nvidia0").exists() or Path("/dev/dxg").exists(),
        decoders=decoders,
        formats=formats,
        open_pack_problem=_open_pack_problem(home),
    )


def usable_cores(root: Path = Path("/")) -> float:
    """Cores this process may use: its affinity, and the quota of its control group (version 1 or 2)."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [_number(part) for part in (_text(root / "sys/fs/cgroup/cpu.max") or "").split()]
    if not quotas:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        quotas = [_number(_text(root / "sys/fs/cgroup/cpu" / name)) for name in names]
    if len(quotas) == 2 and quotas[0] and quotas[1] and quotas[0] > 0:
        return min(float(allowed), quotas[0] / quotas[1])
    return float(allowed)


def _memory_bytes() -> int | None:
    """Memory this process may use: the machine's, or less by its control group."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None
    limits = (
        _number(_text(Path("/sys/fs/cgroup/memory.max"))),
        _number(_text(Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))),
    )
    return min([total, *(int(limit) for limit in limits if limit)])


def _write_problem(home: Path) -> str | None:
    """Why the data folder cannot be written; None when it can. Tried for real: modes do not tell all."""
    probe = home / f".write-test-{os.getpid()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _folder_encrypted(folder: Path) -> bool | None:
    """Whether a folder lies on an encrypted disk, as far as Linux says; a hint, not a proof."""
    mount = _mount_of(folder.resolve(), _text(Path("/proc/self/mountinfo")) or "")
    if mount is None:
        return None
    number, kind = mount
    if kind in ("ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"):
        return True
    return _device_encrypted(Path("/sys/dev/block") / number)


def _mount_of(folder: Path, mountinfo: str) -> tuple[str, str] | None:
    """Device number (`major:minor`) and kind of the file system that holds a folder (proc(5), mountinfo)."""
    best: tuple[int, str, str] | None = None
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if not separator or len(fields) < 5:
            continue
        point = Path(fields[4].encode().decode("unicode_escape"))
        if folder.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = (len(point.parts), fields[2], after.split()[0])
    return best[1:] if best else None


def _device_encrypted(device: Path) -> bool | None:
    """Whether a block device of /sys, or every device below it, is a dm-crypt one."""
    uuid = _text(device / "dm" / "uuid")
    if uuid is not None and uuid.startswith("CRYPT-"):
        return True
    if not device.exists():
        return None
    below = [_device_encrypted(slave) for slave in _children(device / "slaves")]
    if not below:
        return False
    return None if None in below else all(below)


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _swaps() -> tuple[Swap, ...] | None:
    """Swap in use; None where the system does not say.

    Compressed memory (zram) is no disk, unless it writes what is idle to a backing device.
    """
    listed = _text(Path("/proc/swaps"))
    if listed is None:
        return None
    found = []
    for line in listed.splitlines()[1:]:
        name, kind = line.split()[:2]
        if Path(name).name.startswith("zram"):
            backing = _text(Path("/sys/block") / Path(name).name / "backing_dev") or "none"
            if backing != "none":
                device = Path("/sys/class/block") / Path(backing).resolve().name
                shown = f"{name} on {backing}"
                found.append(Swap(name=shown, encrypted=_device_encrypted(device)))
            continue
        path = Path(name.encode().decode("unicode_escape"))
        device = Path("/sys/class/block") / path.resolve().name
        encrypted = _device_encrypted(device) if kind == "partition" else _folder_encrypted(path.parent)
        found.append(Swap(name=name, encrypted=encrypted))
    return tuple(found)


def _core_filter() -> int | None:
    """Which mappings a core dump holds, as bits; None where the system does not say."""
    text = _text(Path("/proc/self/coredump_filter"))
    return None if text is None else int(text, 16)


def _hibernates(root: Path = Path("/")) -> bool | None:
    """Whether the system can write its memory to swap and switch off; None where it does not say."""
    states = _text(root / "sys/power/state")
    if states is None:
        return None
    return "disk" in states.split() and "[disabled]" not in (_text(root / "sys/power/disk") or "")


def _core_limit() -> int | None:
    """The soft limit of a core dump, -1 for none; None where there are no such limits."""
    try:
        import resource
    except ImportError:  # not a Unix
        return None
    return resource.getrlimit(resource.RLIMIT_CORE)[0]


def _clock_synchronised() -> bool | None:
    """Whether the kernel says its clock follows a reference; None outside Linux on 64 bits."""
    if platform.system() != "Linux" or sys.maxsize < 2**32:
        return None
    timex = ctypes.create_string_buffer(512)
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if answer < 0:
        return None
    status = int.from_bytes(timex.raw[_STATUS_OFFSET : _STATUS_OFFSET + 4], sys.byteorder)
    return not status & _UNSYNCHRONISED


def _has_time_zones() -> bool:
    try:
        zoneinfo.ZoneInfo("Europe/London")
    except zoneinfo.ZoneInfoNotFoundError:
        return False
    return True


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _providers() -> tuple[str, ...]:
    try:
        import onnxruntime
    except (ImportError, OSError):  # OSError: a shared library of the GPU build is missing
        return ()
    # two installed builds overwrite each other's files and can leave a package without functions
    listed = getattr(onnxruntime, "get_available_providers", None)
    return tuple(listed()) if listed else ()


def _codecs() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Decoders and formats that films and cameras need and FFmpeg has."""
    try:
        import av
    except (ImportError, OSError):
        return (), ()
    decoders = tuple(name for name in _DECODERS if name in av.codecs_available)
    return decoders, tuple(name for name in _FORMATS if name in av.formats_available)


def _open_pack_problem(home: Path) -> str | None:
    """Why the open pack is not ready; None when its compiled files are there."""
    try:
        from lfr_actors.vision.packs import describe_pack

        files = [name for name in describe_pack("open", home=home).sha256 if not name.endswith("(source)")]
    except PackError as error:
        return error.reason
    except (ImportError, OSError) as error:  # a library is missing or cannot be loaded: said on its own line
        return f"a library is missing ({error})"
    if not files:
        return "it is not compiled yet"
    absent = [name for name in files if not (home / "packs" / "open" / name).is_file()]
    return f"{absent[0]} is missing" if absent else None


def _size_of(folder: Path) -> int | None:
    return shutil.disk_usage(folder).total if folder.is_dir() else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _number(text: str | None) -> float | None:
    """A number, None for text that is none (`max`) and for what is not finite."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
