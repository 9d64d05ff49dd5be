"""The memory of processes as Linux shows it: who belongs to a run, what is mapped, and a copy of it.

A process is not stopped: it is copied while it works, region by region, and searched afterwards. What is read:
every readable mapping that is not just a file's own content. Only pages that are there are read.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
_MAPPING = re.compile(
    r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<perms>[rwxsp-]{4}) (?P<offset>[0-9a-f]+) "
    r"(?P<device>[0-9a-f]+:[0-9a-f]+) (?P<inode>\d+)\s*(?P<name>.*)"
)
_PRESENT = np.uint64(3 << 62)
"""Bits 63 and 62 of a page's entry: in memory, or in swap (Linux, admin-guide/mm/pagemap)."""
_JOIN_PAGES = 16
"""Holes up to this size are read too: one larger read is quicker than two."""
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.process_vm_readv.restype = ctypes.c_ssize_t
_KERNEL = ("[vvar", "[vdso]", "[vsyscall]")
_SHARED = ("/dev/shm/", "/memfd:", "/SYSV", "/dev/zero")


class _Stretch(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSearched:
    """A process whose memory could not be read, and why: nothing is known of it, which is not nothing found."""

    pid: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One line of `/proc/PID/maps`; `name` is a path, a name in brackets, or empty."""

    start: int
    end: int
    perms: str
    device: str
    inode: int
    name: str

    @property
    def is_shared_memory(self) -> bool:
        """Whether other processes may see it and no disk holds it."""
        return self.perms[3] == "s" and self.name.startswith(_SHARED)

    @property
    def is_private_memory(self) -> bool:
        """Whether it is readable and holds more than a file's own content."""
        if self.perms[0] != "r" or self.perms[3] != "p" or self.name.startswith(_KERNEL):
            return False
        return self.inode == 0 or self.perms[1] == "w"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes that lie together in a process, copied at one time."""

    mapping: Mapping
    address: int
    content: bytearray = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The memory of a process, copied from `began_s` to `ended_s` (monotonic clock).

    `unread_bytes`: pages that are there and could not be read.
    """

    pid: int
    name: str
    began_s: float
    ended_s: float
    pieces: tuple[Piece, ...] = field(repr=False)
    unread_bytes: int

    @property
    def size_bytes(self) -> int:
        """How much was copied."""
        return sum(len(piece.content) for piece in self.pieces)


def parse_mappings(text: str) -> tuple[Mapping, ...]:
    """The mappings of a `maps` file; lines of another form are left out."""
    found = (_MAPPING.fullmatch(line.rstrip()) for line in text.splitlines())
    return tuple(
        Mapping(
            start=int(line["start"], 16),
            end=int(line["end"], 16),
            perms=line["perms"],
            device=line["device"],
            inode=int(line["inode"]),
            name=line["name"],
        )
        for line in found
        if line
    )


def mappings(pid: int) -> tuple[Mapping, ...]:
    """What a process has mapped. Raises `OSError`."""
    return parse_mappings(os.fsdecode((PROC / str(pid) / "maps").read_bytes()))


def process_name(pid: int) -> str:
    """The command line of a process as it shows it, empty when it has ended."""
    with contextlib.suppress(OSError):
        line = (PROC / str(pid) / "cmdline").read_bytes()
        return line.replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def processes_below(pid: int) -> list[int]:
    """The process and all below it, at this moment; zombies, which have no memory, left out."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended
                state, parent = (entry / "stat").read_bytes().rpartition(b")")[2].split()[:2]
                if state != b"Z":
                    children.setdefault(int(parent), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], ())
    return sorted(found)


def copy_memory(pid: int) -> Copy | NotSearched:
    """Copy a process's private memory while it runs, or say why it could not be."""
    name = process_name(pid)
    began_s = time.monotonic()
    pieces, unread = [], 0
    try:
        for mapping in mappings(pid):
            if not mapping.is_private_memory:
                continue
            for start, end in _present(pid, mapping):
                content = _copied(pid, start, end - start)
                unread += end - start - len(content)
                if content:
                    pieces.append(Piece(mapping=mapping, address=start, content=content))
    except OSError as error:
        return NotSearched(pid=pid, name=name, reason=_why(error))
    return Copy(
        pid=pid,
        name=name,
        began_s=began_s,
        ended_s=time.monotonic(),
        pieces=tuple(pieces),
        unread_bytes=unread,
    )


def shared_memory(pids: list[int]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each piece of shared memory the processes have mapped, also of unlinked files.

    Each piece once. Raises `OSError` for a piece that is there and may not be read.
    """
    seen: set[tuple[str, int]] = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended: it maps nothing
            for mapping in mappings(pid):
                key = (mapping.device, mapping.inode)
                if mapping.is_shared_memory and key not in seen:
                    seen.add(key)
                    yield mapping.name, _shared_content(pid, mapping)


def _shared_content(pid: int, mapping: Mapping) -> bytes:
    """The whole file behind a shared mapping, by a descriptor that the process holds, else as it is mapped."""
    for link in (PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(OSError):
            if link.stat().st_ino == mapping.inode and str(link.readlink()).startswith(
                mapping.name.split(" ")[0]
            ):
                return _without_holes(link)
    return bytes(_copied(pid, mapping.start, mapping.end - mapping.start))


def _without_holes(path: Path) -> bytes:
    """The parts of a sparse file that hold something."""
    parts = []
    with path.open("rb", buffering=0) as file:
        size, at = os.fstat(file.fileno()).st_size, 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but a hole up to the end
                break
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            parts.append(os.pread(file.fileno(), end - at, at))
            at = end
    return b"".join(parts)


def _present(pid: int, mapping: Mapping) -> Iterator[tuple[int, int]]:
    """The stretches of a mapping whose pages are there."""
    count = (mapping.end - mapping.start) // PAGE
    with (PROC / str(pid) / "pagemap").open("rb", buffering=0) as file:
        entries = np.frombuffer(os.pread(file.fileno(), 8 * count, mapping.start // PAGE * 8), np.uint64)
    there = np.flatnonzero(entries & _PRESENT)
    if not len(there):
        return
    first = np.flatnonzero(np.diff(there, prepend=there[0] - _JOIN_PAGES - 2) > _JOIN_PAGES + 1)
    last = np.append(first[1:] - 1, len(there) - 1)
    for begin, end in zip(there[first].tolist(), there[last].tolist(), strict=True):
        yield mapping.start + begin * PAGE, mapping.start + (end + 1) * PAGE


def _copied(pid: int, start: int, count: int) -> bytearray:
    """As much of a stretch as can be read; `process_vm_readv` copies without the detour of `/proc/PID/mem`."""
    content, done = bytearray(count), 0
    target = (ctypes.c_char * count).from_buffer(content)
    while done < count:
        here = _Stretch(ctypes.addressof(target) + done, count - done)
        there = _Stretch(start + done, count - done)
        read = _LIBC.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if read < 0:
            number = ctypes.get_errno()
            if number == errno.EFAULT:  # unmapped meanwhile
                break
            raise OSError(number, os.strerror(number))
        done += read
    del target
    return content if done == count else content[:done]


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | ProcessLookupError):
        return "it has ended"
    if isinstance(error, PermissionError):
        return "its memory may not be read by this user (kernel.yama.ptrace_scope, or another owner)"
    return error.strerror or str(error)
