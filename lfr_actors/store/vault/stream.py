"""Sealed files of any length, written and read in chunks; nothing is on disk in clear at any time.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each chunk is authenticated with its number
and with whether it is the last, so that none can be altered, dropped, repeated or exchanged, and the end cannot
be cut off unnoticed. A file has a key of its own, derived (HKDF-SHA-256) from the object's key, a random salt
and the context.

    header   b"LFR\\x02", id of the object's key (16 bytes), salt (16 bytes)
    chunk    head: AES-256-GCM of one byte (1 in the last chunk, else 0) and the length (3 bytes); 20 bytes
             body: AES-256-GCM of at most 64 KiB, and its tag of 16 bytes
    nonces   chunk number (10 bytes), 0 for a head or 1 for a body, then 0, or 1 for the body of the last chunk

A head is authenticated by itself because chunks may be short (`flush`): an altered length must not pass for a
file that ends in the middle of a chunk.
"""

from __future__ import annotations

import hashlib
import io
import os
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lfr_actors.errors import Tampered
from lfr_actors.events.sealed import TAG_BYTES
from lfr_actors.store.vault.sealing import KEY_BYTES, ObjectKey

STREAM_MAGIC: Final = b"LFR\x02"
CHUNK_BYTES: Final = 64 * 1024

_KEY_ID_BYTES: Final = 16
_SALT_BYTES: Final = 16
_HEADER_BYTES: Final = len(STREAM_MAGIC) + _KEY_ID_BYTES + _SALT_BYTES
_LENGTH_BYTES: Final = 4
_HEAD_BYTES: Final = _LENGTH_BYTES + TAG_BYTES
_FULL_CHUNK_BYTES: Final = _HEAD_BYTES + CHUNK_BYTES + TAG_BYTES
_LABEL: Final = b"lfr-actors sealed file, version 1\x00"


def stream_key_id(header: bytes) -> str:
    """The id of the key that a file was sealed under, from its first 20 bytes or more.

    Raises `Tampered` for what is not the beginning of a sealed file.
    """
    end = len(STREAM_MAGIC) + _KEY_ID_BYTES
    if len(header) < end or not header.startswith(STREAM_MAGIC):
        raise Tampered("sealed file", "is not in the form in which files are sealed")
    return header[len(STREAM_MAGIC) : end].hex()


class _Cipher:
    """Heads and bodies of one file, in order."""

    def __init__(self, key: ObjectKey, header: bytes, context: str) -> None:
        self._context = context
        self._number = 0
        info = _LABEL + header + context.encode()
        salt = header[-_SALT_BYTES:]
        derived = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=salt, info=info)
        self._aead = AESGCM(derived.derive(key.secret))

    def seal(self, plaintext: bytes | memoryview, *, last: bool) -> bytes:
        """The next chunk, head and body."""
        length = (int(last) << 24 | len(plaintext)).to_bytes(_LENGTH_BYTES, "big")
        head = self._aead.encrypt(self._nonce(0, 0), length, None)
        body = self._aead.encrypt(self._nonce(1, int(last)), plaintext, None)
        self._number += 1
        return head + body

    def open_head(self, head: bytes) -> tuple[int, bool]:
        """The length of the next body, without its tag, and whether it is the last."""
        value = int.from_bytes(self._decrypt(self._nonce(0, 0), head), "big")
        return value & 0xFFFFFF, bool(value >> 24)

    def open_body(self, body: bytes, into: memoryview, *, last: bool) -> None:
        """Decrypt the chunk whose head was opened into memory of just its length."""
        try:
            self._aead.decrypt_into(self._nonce(1, int(last)), body, None, into)
        except InvalidTag as error:
            into[:] = bytes(len(into))  # it is decrypted before it is found not to be authentic
            raise self._tampered() from error
        self._number += 1

    @property
    def number(self) -> int:
        """The number of the next chunk, from 0."""
        return self._number

    def go_to(self, number: int) -> None:
        """The next chunk is this one."""
        self._number = number

    def _nonce(self, part: int, last: int) -> bytes:
        return self._number.to_bytes(10, "big") + bytes((part, last))

    def _decrypt(self, nonce: bytes, data: bytes) -> bytes:
        try:
            return self._aead.decrypt(nonce, data, None)
        except InvalidTag as error:
            raise self._tampered() from error

    def _tampered(self) -> Tampered:
        reason = f"chunk {self._number} is not what was written, or was written as something else"
        return Tampered(self._context, reason)


class SealedWriter:
    """Encrypts what is written to it into a file, which stays the caller's: to open, and to close.

    After `close` the file reads as whole; after a crash, or `abandon`, as cut short. `bytes_written` is the size of
    the file so far; `sha256` (hex) is of the file, after `close`. One thread at a time. Raises what the file
    raises, such as `OSError` when the disk is full; it is then abandoned.
    """

    def __init__(self, file: BinaryIO, key: ObjectKey, context: str) -> None:
        self._file = file
        header = STREAM_MAGIC + bytes.fromhex(key.key_id) + os.urandom(_SALT_BYTES)
        self._cipher = _Cipher(key, header, context)
        self._buffer = bytearray(CHUNK_BYTES)
        self._filled = 0
        self._open = True
        self._digest = hashlib.sha256()
        self.bytes_written = 0
        self.sha256 = ""
        self._put(header)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of the data, at least one byte of which may wait in memory; how many bytes that were.

        Raises `ValueError` after `close` or `abandon`.
        """
        self._require_open()
        view = memoryview(data).cast("B")
        place = 0
        while place < len(view):
            if self._filled == CHUNK_BYTES:
                self._seal_buffer(last=False)
            taken = min(CHUNK_BYTES - self._filled, len(view) - place)
            self._buffer[self._filled : self._filled + taken] = view[place : place + taken]
            self._filled += taken
            place += taken
        return len(view)

    def flush(self) -> None:
        """Seal what waits as a short chunk, and hand it to the operating system (no fsync)."""
        self._require_open()
        if self._filled:
            self._seal_buffer(last=False)
        self._file.flush()

    def close(self) -> None:
        """Seal the last chunk and bring the file to the disk; may be called twice. The file stays open."""
        if not self._open:
            return
        self._seal_buffer(last=True)
        self._file.flush()
        try:
            descriptor = self._file.fileno()
        except io.UnsupportedOperation:  # in memory
            pass
        else:
            os.fsync(descriptor)
        self._open = False
        self.sha256 = self._digest.hexdigest()

    def abandon(self) -> None:
        """Stop without a last chunk, and overwrite what waited; may be called twice, or after `close`."""
        self._wipe()
        self._open = False

    def _seal_buffer(self, *, last: bool) -> None:
        sealed = self._cipher.seal(memoryview(self._buffer)[: self._filled], last=last)
        self._wipe()
        self._put(sealed)

    def _put(self, data: bytes) -> None:
        remaining = memoryview(data)
        try:
            while remaining:  # a file without a buffer may take less than all
                remaining = remaining[self._file.write(remaining) :]
        except BaseException:
            self.abandon()  # nothing can follow half a chunk
            raise
        self._digest.update(data)
        self.bytes_written += len(data)

    def _wipe(self) -> None:
        self._buffer[: self._filled] = bytes(self._filled)
        self._filled = 0

    def _require_open(self) -> None:
        if not self._open:
            raise ValueError("the sealed file was closed or abandoned")


class SealedReader:
    """Decrypts a sealed file, from its beginning or where `seek` says. What it returns is authentic, in its place.

    `cut_short` turns True at the end of a file that has no last chunk, as after a crash, possibly in the middle of
    a chunk. Raises `Tampered` for any other difference from what was written, for another key and for another
    context, at once or when the read comes to it. What was decrypted and read is overwritten; `wipe` overwrites
    what was not read.
    """

    def __init__(self, file: BinaryIO, key: ObjectKey, context: str) -> None:
        self._file = file
        self._context = context
        self._buffer = bytearray(CHUNK_BYTES)
        self._filled = self._place = 0
        self._ended = False
        self.cut_short = False
        header = self._take(_HEADER_BYTES)
        expected = STREAM_MAGIC + bytes.fromhex(key.key_id)
        if header[: len(expected)] != expected[: len(header)]:
            raise Tampered(context, f"is not a file sealed under key {key.key_id}")
        self._cipher: _Cipher | None = None
        if len(header) < _HEADER_BYTES:
            self._ended = self.cut_short = True
        else:
            self._cipher = _Cipher(key, header, context)

    def read(self, n: int = -1) -> bytes:
        """The next `n` bytes, fewer only at the end; all that is left when `n` is negative."""
        parts: list[bytes] = []
        wanted = n
        while wanted != 0 and self._more():
            end = self._filled if wanted < 0 else min(self._filled, self._place + wanted)
            parts.append(bytes(self._buffer[self._place : end]))
            wanted -= len(parts[-1]) if wanted > 0 else 0
            self._pass(end)
        return b"".join(parts)

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill this memory with the next bytes, and no other; how many they were, fewer only at the end."""
        view = memoryview(buffer).cast("B")
        place = 0
        while place < len(view) and self._more():
            end = min(self._filled, self._place + len(view) - place)
            count = end - self._place
            view[place : place + count] = memoryview(self._buffer)[self._place : end]
            place += count
            self._pass(end)
        return place

    def seek(self, place: int) -> None:
        """Go on with this byte of what was sealed, from 0; at the end where there are not so many.

        For a file that is all of one sealed file, can be sought in and was never flushed: its chunks but the last
        are full, so that the place of each is known. What is read is authentic and in its place as always; what is
        passed over is not looked at. Raises `Tampered` when no such chunk is there; `cut_short` turns True when
        the file ends before it.
        """
        number, within = divmod(place, CHUNK_BYTES)
        if self._cipher is None:  # the file ends within its header
            return
        if not (self._place < self._filled and number == self._cipher.number - 1 and within >= self._place):
            self.wipe()
            self._ended = self.cut_short = False
            self._cipher.go_to(number)
            self._file.seek(_HEADER_BYTES + number * _FULL_CHUNK_BYTES)
            self._filled = self._next_chunk()
        self._pass(min(within, self._filled))

    def wipe(self) -> None:
        """Overwrite what was decrypted and not read; it cannot be read any more. May be called twice."""
        self._buffer[: self._filled] = bytes(self._filled)
        self._filled = self._place = 0
        self._ended = True

    def _more(self) -> bool:
        """Whether there is something to read, of this chunk or the next; False at the end."""
        while self._place == self._filled and not self._ended:
            self._place, self._filled = 0, self._next_chunk()
        return self._place < self._filled

    def _pass(self, end: int) -> None:
        """Overwrite what was just read."""
        self._buffer[self._place : end] = bytes(end - self._place)
        self._place = end

    def _next_chunk(self) -> int:
        """Decrypt the next chunk; its length, 0 where the file ends."""
        head = self._take(_HEAD_BYTES)
        if self._cipher is None or len(head) < _HEAD_BYTES:
            self._ended = self.cut_short = True
            return 0
        length, last = self._cipher.open_head(head)
        body = self._take(length + TAG_BYTES)
        if len(body) < length + TAG_BYTES:
            self._ended = self.cut_short = True
            return 0
        if length > len(self._buffer):  # by whoever wrote it, since the head is authentic
            raise Tampered(self._context, f"has a chunk of more than {CHUNK_BYTES} bytes")
        self._cipher.open_body(body, memoryview(self._buffer)[:length], last=last)
        if last:
            self._ended = True
            if self._file.read(1):
                raise Tampered(self._context, "goes on after its last chunk")
        return length

    def _take(self, count: int) -> bytes:
        """Up to so many bytes, fewer only at the end of the file."""
        parts: list[bytes] = []
        while count and (part := self._file.read(count)):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
