"""What is read of a process, and finding it there."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lfr_actors.canary.memory import (
    Copy,
    NotSearched,
    copy_memory,
    mappings,
    parse_mappings,
    processes_below,
    shared_memory,
)
from lfr_actors.canary.needles import Exact
from lfr_actors.canary.search import Searched, search_copy

MAPS = """\
55d0c5a00000-55d0c5a01000 r--p 00000000 fe:00 1234                       /usr/bin/python3.11
55d0c5a01000-55d0c5a02000 rw-p 00001000 fe:00 1234                       /usr/bin/python3.11
55d0c6000000-55d0c6100000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000021000 rw-p 00000000 00:00 0
7f0000021000-7f0004000000 ---p 00000000 00:00 0
7f1000000000-7f1006400000 rw-s 00000000 00:17 42                         /dev/shm/plasma 1 (deleted)
7f2000000000-7f2000001000 rw-s 00000000 fe:00 77                         /home/data.db-shm
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
7ffc00100000-7ffc00104000 r--p 00000000 00:00 0                          [vvar]
nonsense
"""
MARK = b"\x8a\x17\xe3\x5c\x99\x02\x7d\xf1" * 2

linux = pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="reads /proc as Linux has it")


def test_mappings_are_told_apart() -> None:
    """Private memory is what may hold something of its own; shared memory is what others may see."""
    parsed = parse_mappings(MAPS)
    assert len(parsed) == 9
    assert [one.name for one in parsed if one.is_private_memory] == [
        "/usr/bin/python3.11",
        "[heap]",
        "",
        "[stack]",
    ]
    assert [one.name for one in parsed if one.is_shared_memory] == ["/dev/shm/plasma 1 (deleted)"]
    assert parsed[3].end - parsed[3].start == 0x21000


@linux
def test_what_another_process_holds_is_found_in_its_memory() -> None:
    """And not any more once it has overwritten it; the bytes are never in its command line."""
    program = (
        "import sys; held = bytearray(bytes.fromhex(sys.stdin.readline()))\n"
        "print('holds', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(MARK.hex() + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "holds\n"
        copy = copy_memory(process.pid)
        process.stdin.write("\n")
    assert isinstance(copy, Copy)
    found = Searched(place="other")
    search_copy(copy, found, [Exact("mark", [MARK])])
    assert found.kinds == {"mark"}
    assert found.size_bytes == copy.size_bytes > 1_000_000


@linux
def test_a_process_that_has_ended_is_said_to_be_not_searched() -> None:
    """Nothing is known of it, which is another thing than nothing found."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    copy = copy_memory(process.pid)
    assert isinstance(copy, NotSearched)
    assert copy.reason == "it has ended"


@linux
def test_children_are_below_their_parent() -> None:
    """The process itself and those it started."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        below = processes_below(os.getpid())
        process.communicate(b"\n")
    assert {os.getpid(), process.pid} <= set(below)


@linux
def test_shared_memory_is_read_also_when_its_file_has_no_name_any_more() -> None:
    """As an object store's: mapped, and unlinked."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK):
        pytest.skip("no shared memory that may be written here")
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.truncate(1 << 20)
        with mmap.mmap(file.fileno(), 1 << 20) as mapped:
            mapped[600_000 : 600_000 + len(MARK)] = MARK
            Path(file.name).unlink()
            own = [content for name, content in shared_memory([os.getpid()]) if file.name in name]
            Path(file.name).touch()  # for the context to remove
            assert any(one.is_shared_memory for one in mappings(os.getpid()))
    assert len(own) == 1
    assert MARK in own[0]
    assert len(own[0]) < 1 << 20  # holes are not read
