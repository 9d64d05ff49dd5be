"""The key-encryption key: 32 bytes that the operator supplies, under which every object key is wrapped.

`LFR_KEK` holds it as base64 or hexadecimal digits; without that variable it is the file `kek` in the folder of
keys (`LFR_KEYS`, else `keys` in the data folder), made on first use, in the same spelling as the variable.
Its value is never shown; its fingerprint is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from lfr_actors.errors import KeyRefused
from lfr_actors.store.vault.sealing import KEY_BYTES

KEK_VARIABLE: Final = "LFR_KEK"
NEXT_VARIABLE: Final = "LFR_KEK_NEXT"
FOLDER_VARIABLE: Final = "LFR_KEYS"

_FINGERPRINT_LABEL: Final = b"lfr-actors key-encryption key fingerprint, version 1\x00"
_RIGHT: Final = (
    "32 bytes as base64 (44 characters) or 64 hexadecimal digits, such as `openssl rand -base64 32` makes"
)
_LARGEST_FILE_BYTES: Final = 4096


class KekMode(StrEnum):
    """Where the key-encryption key comes from."""

    ENVIRONMENT = "env"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kek:
    """A key-encryption key: 32 bytes, never shown."""

    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """32 hex digits of SHA-256 that identify the key and do not help to find it."""
        return hashlib.sha256(_FINGERPRINT_LABEL + self.secret).hexdigest()[:32]

    @classmethod
    def parse(cls, text: str, what: str) -> Kek:
        """The key written as text. Raises `KeyRefused` about `what`, without repeating the text."""
        text = text.strip()
        try:
            if len(text) == 2 * KEY_BYTES:
                secret = bytes.fromhex(text)
            else:
                secret = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
        except (ValueError, binascii.Error):
            raise KeyRefused(what, f"is not a key: it must be {_RIGHT}") from None
        if len(secret) != KEY_BYTES:
            raise KeyRefused(what, f"is a key of {len(secret)} bytes: it must be {_RIGHT}")
        return cls(secret=secret)

    @classmethod
    def random(cls) -> Kek:
        """A new key."""
        return cls(secret=os.urandom(KEY_BYTES))


def keys_folder(home: Path) -> Path:
    """The folder of the key store and the key file: `LFR_KEYS`, else `keys` in the data folder. Makes nothing."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser().absolute() if chosen else home / "keys"


def kek_mode(environment: Mapping[str, str] = os.environ) -> KekMode:
    """From the variable where it is set, even to nothing (which is then refused), else from the file."""
    return KekMode.ENVIRONMENT if KEK_VARIABLE in environment else KekMode.FILE


def kek_from(variable: str, environment: Mapping[str, str] = os.environ) -> Kek:
    """The key in a variable. Raises `KeyRefused` when it is not set or not a key."""
    text = environment.get(variable)
    if text is None:
        raise KeyRefused(variable, f"is not set: set it to {_RIGHT}")
    if not text.strip():
        raise KeyRefused(variable, f"is empty: unset it, or set it to {_RIGHT}")
    return Kek.parse(text, variable)


class KekFile:
    """The key file of a folder, and beside it, while the key is being replaced, the file with the next.

    Whoever writes, moves or deletes holds the key store's write lock; reading needs none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "kek"
        self.next_path = folder / "kek.new"

    def read(self) -> Kek:
        """The key in the file. Raises `KeyRefused` for a file that is missing, malformed or open to others."""
        return _read(self.path)

    def find(self, fingerprint: str) -> Kek | None:
        """The key of this fingerprint, in the file or in the next one; None when neither holds it.

        A file that is not there or holds no key, as in the instant in which a key is replaced, holds another.
        Raises `KeyRefused` for one that others may read.
        """
        for path in (self.path, self.next_path, self.path):  # renamed between the first look and the second
            if path.exists():
                found = _parsed(path, _content(path))
                if found is not None and found.fingerprint == fingerprint:
                    return found
        return None

    def make(self) -> Kek:
        """The key in the file, made and on disk when there was none."""
        if self.path.exists() or self.path.is_symlink():
            return self.read()
        kek = Kek.random()
        self.write_next(kek)
        self._promote()
        return kek

    def write_next(self, kek: Kek) -> None:
        """Put the next key beside the present one; it is on disk when this returns."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.next_path.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(self.next_path, flags, 0o600), "wb") as file:
            file.write(base64.b64encode(kek.secret) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._sync_folder()

    def settle(self, fingerprint: str) -> None:
        """Leave only the file with the key of this fingerprint, whatever step a rotation reached.

        Where neither file holds it, nothing is touched.
        """
        if not self.next_path.exists():
            return
        present = _parsed(self.path, _content(self.path)) if self.path.exists() else None
        if present is not None and present.fingerprint == fingerprint:
            _overwrite(self.next_path)
            self.next_path.unlink()
            self._sync_folder()
            return
        following = _parsed(self.next_path, _content(self.next_path))
        if following is not None and following.fingerprint == fingerprint:
            self._promote()

    def discard(self, fingerprint: str) -> None:
        """Overwrite and delete each file that holds another key than that of this fingerprint."""
        for path in (self.path, self.next_path):
            if path.exists() and (kek := _parsed(path, _content(path))) and kek.fingerprint != fingerprint:
                _overwrite(path)
                path.unlink()
                self._sync_folder()

    def _promote(self) -> None:
        """Move the next key into place; the present one is overwritten first, so that no copy is left."""
        if self.path.exists():
            _overwrite(self.path)
        self.next_path.replace(self.path)
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(path: Path) -> Kek:
    data = _content(path)
    if not data:
        reason = "is empty" if path.exists() else "is missing"
        raise KeyRefused(f"key file {path}", f"{reason}: restore it, or set {KEK_VARIABLE} to the key")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise KeyRefused(f"key file {path}", f"is not a key: it must hold {_RIGHT}") from None
    return Kek.parse(text, f"key file {path}")


def _parsed(path: Path, data: bytes) -> Kek | None:
    """The key in these bytes of a file, or None where they are no key."""
    try:
        return Kek.parse(data.decode("ascii", "replace"), f"key file {path}")
    except KeyRefused:
        return None


def _content(path: Path) -> bytes:
    """The bytes of a key file that only its owner may read. Raises `KeyRefused`; one that vanished is empty."""
    what = f"key file {path}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise KeyRefused(what, f"cannot be read: {error.strerror}") from error
    try:
        reason = _unfit(os.fstat(descriptor), path)
        if reason is not None:
            raise KeyRefused(what, reason)
        return os.read(descriptor, _LARGEST_FILE_BYTES)
    finally:
        os.close(descriptor)


def _unfit(status: os.stat_result, path: Path) -> str | None:
    """Why a key cannot be kept in such a file, or None."""
    if not stat.S_ISREG(status.st_mode):
        return "is not a file"
    if status.st_uid not in (os.geteuid(), 0):
        return "belongs to another user: it must be this user's own, with mode 0600"
    if stat.S_IMODE(status.st_mode) & 0o077:
        return f"may be read by others: chmod 600 {path}"
    return None


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
