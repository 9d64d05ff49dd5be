"""Core dumps and freed memory, in processes of their own."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import subprocess
import sys

import pytest

from lfr_actors import hardening
from lfr_actors.hardening import TUNABLES, harden_process, wiping_environment

linux = pytest.mark.skipif(platform.system() != "Linux", reason="core dumps and /proc as Linux has them")
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the GNU C library")


def answer(code: str, environment: dict[str, str] | None = None) -> object:
    """The JSON that a new Python process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@linux
def test_no_process_dumps_its_memory() -> None:
    """Afterwards the limit is 0 and the filter leaves out every mapping, here and in a child."""
    code = """
import json, resource, subprocess, sys
from lfr_actors.hardening import harden_process
done = harden_process()
look = "import resource; print(resource.getrlimit(4), open('/proc/self/coredump_filter').read().strip())"
child = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
print(json.dumps([
    resource.getrlimit(resource.RLIMIT_CORE), int(open("/proc/self/coredump_filter").read(), 16),
    child.strip(), done.core_dumps_off, done.memory_left_out_of_dumps]))
"""
    assert answer(code) == [[0, 0], 0, "(0, 0) 00000000", True, True]


_FREED = """
import ctypes, json
{before}
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
left = []
for size in {sizes}:
    block = libc.malloc(size)
    guard = libc.malloc(64)  # so that the block is not merged into the top of the heap
    ctypes.memset(block, 0x11, size)
    libc.free(block)
    left.append(ctypes.string_at(block, size).count(0x11) > size // 4)
print(json.dumps(left))
"""


@linux
@glibc
def test_freed_memory_is_wiped_at_once_in_a_hardened_process() -> None:
    """Without it a freed block keeps what was in it; with it the block is overwritten."""
    before = "from lfr_actors.hardening import harden_process; harden_process()"
    plain = {TUNABLES: ""}
    assert answer(_FREED.format(before="", sizes=[5000]), plain) == [True]
    assert answer(_FREED.format(before=before, sizes=[5000]), plain) == [False]


@linux
@glibc
def test_small_blocks_are_wiped_too_where_the_environment_says_so() -> None:
    """A template of 128 numbers is 512 bytes: such a block would rest untouched in a thread's cache."""
    code = _FREED.format(before="", sizes=[64, 512, 1000, 5000, 67_500])
    assert answer(code, wiping_environment({})) == [False] * 5


def test_other_tunables_stay() -> None:
    """What an operator set for the C library is kept, a setting of ours replaced, and nothing is told twice."""
    told = {TUNABLES: "glibc.malloc.arena_max=2:glibc.malloc.perturb=1"}
    once = wiping_environment(told)
    assert once[TUNABLES].split(":") == [
        "glibc.malloc.arena_max=2",
        "glibc.malloc.perturb=90",
        "glibc.malloc.tcache_count=0",
    ]
    assert wiping_environment(once) == once


def test_what_a_system_cannot_do_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """On another C library, or without /proc, nothing fails and each shortcoming is named."""

    class Musl:
        def __init__(self, name: object) -> None: ...

    monkeypatch.setattr(ctypes, "CDLL", Musl)
    monkeypatch.setattr(hardening, "_COREDUMP_FILTER", hardening.Path("/nowhere/coredump_filter"))
    done = harden_process()
    assert not done.freed_memory_wiped
    assert not done.memory_left_out_of_dumps
    assert [words.split(" (")[0] for words in done.short] == [
        "this system cannot leave memory out of core dumps",
        "this C library does not overwrite freed memory",
    ]
