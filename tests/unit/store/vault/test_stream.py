"""Sealed files: whole, cut short, or tampered with; nothing returned is ever anything but what was written."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lfr_actors.errors import Tampered
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.store.vault.stream import CHUNK_BYTES, SealedReader, SealedWriter, stream_key_id

KEY = ObjectKey(key_id="0f" * 16, secret=bytes(range(32)))
OTHER = ObjectKey(key_id="0e" * 16, secret=bytes(range(1, 33)))
SAME_ID = ObjectKey(key_id=KEY.key_id, secret=OTHER.secret)
CONTEXT = "footage:1"
HEADER_BYTES = 36
OVERHEAD_BYTES = 36
"""What a chunk adds: its head and the tag of its body."""

short_pieces = st.lists(st.binary(max_size=40), max_size=6)


def sealed(pieces: list[bytes], *, close: bool = True) -> bytes:
    """A file with each piece in a chunk of its own, and an empty last chunk."""
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, CONTEXT)
    for piece in pieces:
        writer.write(piece)
        writer.flush()
    if close:
        writer.close()
    return file.getvalue()


def opened(data: bytes, key: ObjectKey = KEY, context: str = CONTEXT) -> tuple[bytes, bool]:
    """What a file holds, and whether it was cut short."""
    reader = SealedReader(io.BytesIO(data), key, context)
    return reader.read(), reader.cut_short


def split(data: bytes, pieces: list[bytes]) -> list[bytes]:
    """The chunks of such a file, the header first."""
    sizes = [HEADER_BYTES, *(len(piece) + OVERHEAD_BYTES for piece in pieces if piece), OVERHEAD_BYTES]
    parts = []
    for size in sizes:
        parts.append(data[:size])
        data = data[size:]
    assert data == b""
    return parts


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=4),
    st.integers(1, 2 * CHUNK_BYTES),
    st.booleans(),
)
@example([CHUNK_BYTES], CHUNK_BYTES, False)
@example([2 * CHUNK_BYTES], 1, False)
@example([], 1, False)
def test_what_was_written_is_read(sizes: list[int], step: int, flush: bool) -> None:
    """Any sizes of writes and reads give the same bytes, whole; the file has the size and digest it says."""
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, CONTEXT)
    pieces = [bytes([number + 1]) * size for number, size in enumerate(sizes)]
    for piece in pieces:
        assert writer.write(piece) == len(piece)
        if flush:
            writer.flush()
    writer.close()
    data = file.getvalue()
    assert (writer.bytes_written, writer.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    reader = SealedReader(io.BytesIO(data), KEY, CONTEXT)
    if step < 100:  # byte by byte takes long
        step = 1000 + step
    parts = list(iter(lambda: reader.read(step), b""))
    assert all(len(part) == step for part in parts[:-1])
    assert b"".join(parts) == b"".join(pieces)
    assert (reader.read(), reader.cut_short) == (b"", False)


def test_reading_in_small_steps() -> None:
    """Reads smaller than a chunk go on where the last one ended; reading nothing gives nothing."""
    reader = SealedReader(io.BytesIO(sealed([b"abc", b"defg"])), KEY, CONTEXT)
    assert [reader.read(2), reader.read(0), reader.read(3), reader.read(5), reader.read(5)] == [
        b"ab",
        b"",
        b"cde",
        b"fg",
        b"",
    ]


@given(short_pieces, st.data())
def test_any_flipped_bit_is_found(pieces: list[bytes], data: st.DataObject) -> None:
    """One bit changed anywhere, lengths included, is refused, not taken for a file that ends early."""
    file = bytearray(sealed(pieces))
    place = data.draw(st.integers(0, len(file) * 8 - 1))
    file[place // 8] ^= 1 << place % 8
    with pytest.raises(Tampered):
        opened(bytes(file))


@given(short_pieces, st.data())
def test_a_file_that_ends_early_gives_what_is_whole(pieces: list[bytes], data: st.DataObject) -> None:
    """Cut anywhere, also within a chunk or the header: the whole chunks before are read, and it says so."""
    file = sealed(pieces)
    end = data.draw(st.integers(0, len(file) - 1))
    found, cut_short = opened(file[:end])
    assert cut_short
    parts, kept, at = split(file, pieces), b"", HEADER_BYTES
    for piece, part in zip([piece for piece in pieces if piece], parts[1:-1], strict=True):
        at += len(part)
        if at <= end:
            kept += piece
    assert found == kept


@given(short_pieces)
def test_a_crash_leaves_all_that_was_flushed(pieces: list[bytes]) -> None:
    """Without a last chunk everything flushed is read, and the file is known to be cut short."""
    assert opened(sealed(pieces, close=False)) == (b"".join(pieces), True)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=6), st.data())
def test_chunks_that_were_moved_are_found(pieces: list[bytes], data: st.DataObject) -> None:
    """A chunk dropped, doubled, exchanged, or taken from another file of the same key is refused."""
    header, *chunks = split(sealed(pieces), pieces)
    place = data.draw(st.integers(0, len(chunks) - 2))
    dropped = [header, *chunks[:place], *chunks[place + 1 :]]
    doubled = [header, *chunks[: place + 1], *chunks[place:]]
    swapped = [header, *chunks[:place], chunks[place + 1], chunks[place], *chunks[place + 2 :]]
    other = split(sealed(pieces), pieces)
    foreign = [header, *chunks[:place], other[place + 1], *chunks[place + 1 :]]
    for file in (dropped, doubled, swapped, foreign):
        with pytest.raises(Tampered):
            opened(b"".join(file))


@given(
    st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=3), st.binary(min_size=1, max_size=99)
)
def test_what_follows_the_last_chunk_is_found(pieces: list[bytes], more: bytes) -> None:
    """Nothing may be appended, also not the chunks themselves once more."""
    file = sealed(pieces)
    for tail in (more, file, file[HEADER_BYTES:]):
        with pytest.raises(Tampered, match="after its last chunk"):
            opened(file + tail)


def test_a_last_chunk_cannot_pass_for_another() -> None:
    """The last chunk of a shorter file does not end a longer one."""
    longer, shorter = split(sealed([b"aa", b"bb"]), [b"aa", b"bb"]), split(sealed([b"aa"]), [b"aa"])
    with pytest.raises(Tampered):
        opened(b"".join([*longer[:2], shorter[-1]]))


@pytest.mark.parametrize("key", [OTHER, SAME_ID], ids=["another id", "another secret"])
def test_another_key_or_context_is_refused(key: ObjectKey) -> None:
    """A file opens under its own key as what it was written as, and not otherwise."""
    with pytest.raises(Tampered):
        opened(sealed([b"who"]), key)
    with pytest.raises(Tampered):
        opened(sealed([b"who"]), KEY, "footage:2")


@given(st.binary(min_size=1, max_size=200))
def test_another_file_is_refused(data: bytes) -> None:
    """What was never sealed is refused at once; only an empty file, or a beginning, is one cut short."""
    with pytest.raises(Tampered):
        opened(b"\x00" + data)
    with pytest.raises(Tampered):
        stream_key_id(b"\x00" + data)


def test_the_key_is_named_in_the_header() -> None:
    """Which key a file needs can be told without any."""
    assert stream_key_id(sealed([])) == KEY.key_id


def test_closing_twice_and_writing_after() -> None:
    """`close` is idempotent, and nothing can be written after it or after `abandon`."""
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, CONTEXT)
    writer.write(b"a")
    writer.close()
    whole = file.getvalue()
    writer.close()
    writer.abandon()
    assert file.getvalue() == whole
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"b")
    with pytest.raises(ValueError, match="closed"):
        writer.flush()


def test_abandoning_leaves_a_file_cut_short_and_nothing_in_memory() -> None:
    """What waited is overwritten and not written; closing afterwards does not make the file whole."""
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, CONTEXT)
    writer.write(b"kept")
    writer.flush()
    writer.write(b"waiting")
    writer.abandon()
    writer.close()
    assert b"waiting" not in writer._buffer
    assert writer.sha256 == ""
    assert opened(file.getvalue()) == (b"kept", True)


def test_nothing_is_written_in_clear(tmp_path: Path) -> None:
    """The file on disk holds none of the plaintext; after sealing, neither does the buffer."""
    path = tmp_path / "segment"
    with path.open("wb") as file:
        writer = SealedWriter(file, KEY, CONTEXT)
        writer.write(b"recognisable" * 10_000)
        writer.close()
        assert b"recognisable" not in writer._buffer
    assert b"recognisable" not in path.read_bytes()
    with path.open("rb") as file:
        assert SealedReader(file, KEY, CONTEXT).read() == b"recognisable" * 10_000


class FullDisk(io.BytesIO):
    """A file on a disk with room for so many bytes."""

    room = 100

    def write(self, data: bytes) -> int:  # type: ignore[override]
        taken = super().write(memoryview(data)[: self.room])
        self.room -= taken
        if not taken:
            raise OSError(28, "No space left on device")
        return taken


def test_a_full_disk_abandons_the_file() -> None:
    """The error is the disk's own; what was whole before is read, and closing does not pretend more."""
    file = FullDisk()
    writer = SealedWriter(file, KEY, CONTEXT)
    writer.write(b"kept")
    writer.flush()
    writer.write(b"x" * 200)
    with pytest.raises(OSError, match="No space"):
        writer.flush()
    writer.close()
    with pytest.raises(ValueError, match="abandoned"):
        writer.write(b"more")
    assert writer.sha256 == ""
    assert opened(file.getvalue()) == (b"kept", True)


@pytest.mark.parametrize("step", [1, 1_000, CHUNK_BYTES, 3 * CHUNK_BYTES])
def test_reading_into_memory_of_ones_own(step: int) -> None:
    """The same bytes in the same order, however much at once; 0 at the end, and mixed with other reads."""
    data = bytes(range(256)) * 700
    reader = SealedReader(io.BytesIO(sealed([data])), KEY, CONTEXT)
    found = reader.read(10)
    buffer = bytearray(step)
    while count := reader.readinto(buffer):
        found += buffer[:count]
        if step == 1 and len(found) > CHUNK_BYTES + 1_000:
            found += reader.read()
    assert found == data
    assert reader.readinto(buffer) == 0


def test_what_was_read_is_not_left_behind() -> None:
    """What was handed out is overwritten at once; what was not, by `wipe`, after which nothing can be read."""
    reader = SealedReader(io.BytesIO(sealed([b"marker-4711 " * 100])), KEY, CONTEXT)
    assert reader.readinto(bytearray(600)) == 600
    assert bytes(reader._buffer).count(b"marker") == 50
    reader.wipe()
    reader.wipe()
    assert not any(reader._buffer)
    assert reader.read() == b""
    assert reader.readinto(bytearray(10)) == 0


def unflushed(size: int) -> tuple[bytes, bytes]:
    """So many bytes, all different from those a chunk later, and the file that holds them in full chunks."""
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, CONTEXT)
    writer.write(data)
    writer.close()
    return data, file.getvalue()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 3 * CHUNK_BYTES),
    st.lists(st.tuples(st.integers(0, 3 * CHUNK_BYTES), st.integers(0, 2 * CHUNK_BYTES)), max_size=6),
)
@example(
    2 * CHUNK_BYTES,
    [(CHUNK_BYTES, 1), (CHUNK_BYTES - 1, 2), (0, 5), (3, 1), (2, 9), (2 * CHUNK_BYTES - 1, 9)],
)
def test_reading_from_any_place(size: int, reads: list[tuple[int, int]]) -> None:
    """Forwards, backwards and past the end: what is read is what was written there."""
    data, file = unflushed(size)
    reader = SealedReader(io.BytesIO(file), KEY, CONTEXT)
    for place, count in reads:
        reader.seek(place)
        assert reader.read(count) == data[place : place + count]


def test_what_is_read_at_a_place_is_authentic() -> None:
    """An altered chunk is found when it is read, and not when it is passed over; nothing is left of either."""
    data, file = unflushed(3 * CHUNK_BYTES)
    altered = bytearray(file)
    altered[HEADER_BYTES + OVERHEAD_BYTES + CHUNK_BYTES + 500] ^= 1
    reader = SealedReader(io.BytesIO(bytes(altered)), KEY, CONTEXT)
    reader.seek(2 * CHUNK_BYTES + 7)
    assert reader.read(9) == data[2 * CHUNK_BYTES + 7 : 2 * CHUNK_BYTES + 16]
    with pytest.raises(Tampered, match="chunk 1"):
        reader.seek(CHUNK_BYTES)
    assert not any(reader._buffer)


def test_chunks_exchanged_are_found_at_their_place() -> None:
    """A chunk put where another was is refused there."""
    _, file = unflushed(3 * CHUNK_BYTES)
    full = OVERHEAD_BYTES + CHUNK_BYTES
    first, second = (file[HEADER_BYTES + n * full : HEADER_BYTES + (n + 1) * full] for n in range(2))
    moved = file[:HEADER_BYTES] + second + first + file[HEADER_BYTES + 2 * full :]
    for place in (0, CHUNK_BYTES + 3):
        reader = SealedReader(io.BytesIO(moved), KEY, CONTEXT)
        with pytest.raises(Tampered):
            reader.seek(place)


def test_a_place_in_a_file_of_short_chunks_is_refused() -> None:
    """Where chunks are not full, nobody can say where a byte is: it is an error and not another byte."""
    file = sealed([b"x" * 1_000] * 100)
    reader = SealedReader(io.BytesIO(file), KEY, CONTEXT)
    with pytest.raises(Tampered):
        reader.seek(CHUNK_BYTES + 1)


@pytest.mark.parametrize("left", [0, 20, HEADER_BYTES, HEADER_BYTES + 10])
def test_a_place_that_was_cut_off_is_the_end(left: int) -> None:
    """Of a file that ends before, nothing is read, and it says that it was cut short."""
    _, file = unflushed(3 * CHUNK_BYTES)
    reader = SealedReader(io.BytesIO(file[:left]), KEY, CONTEXT)
    reader.seek(2 * CHUNK_BYTES)
    assert (reader.read(), reader.cut_short) == (b"", True)
