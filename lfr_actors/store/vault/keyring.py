"""The key-encryption keys a process may use, by fingerprint, and where they come from."""

from __future__ import annotations

import threading
from pathlib import Path

from lfr_actors.errors import KeyRefused
from lfr_actors.store.vault.kek import (
    KEK_VARIABLE,
    NEXT_VARIABLE,
    Kek,
    KekFile,
    KekMode,
    kek_from,
    kek_mode,
)


class Keyring:
    """The key-encryption key in use, found again in its file when another process replaced it.

    `mode` says where it comes from. A key from the environment cannot be found again: a process that was
    started with `LFR_KEK_NEXT` already set goes on across a rotation, another is refused.
    """

    def __init__(self, folder: Path) -> None:
        self.mode = kek_mode()
        self.file = KekFile(folder)
        self._present: Kek | None = None
        self._lock = threading.Lock()

    def require_usable(self) -> None:
        """Raise `KeyRefused` where the key is there and is not one, before anything is made."""
        if self.mode is KekMode.ENVIRONMENT:
            kek_from(KEK_VARIABLE)
        elif self.file.path.exists():
            self.file.read()

    def first(self) -> Kek:
        """The key for a new store, made where it comes from a file and there is none."""
        kek = kek_from(KEK_VARIABLE) if self.mode is KekMode.ENVIRONMENT else self.file.make()
        self._keep(kek)
        return kek

    def find(self, fingerprint: str) -> Kek:
        """The key of this fingerprint. Raises `KeyRefused` naming both when another is supplied."""
        present = self._present
        if present is not None and present.fingerprint == fingerprint:
            return present
        found = self._from_environment if self.mode is KekMode.ENVIRONMENT else self._from_file
        kek = found(fingerprint)
        self._keep(kek)
        return kek

    def fits(self, fingerprint: str) -> bool:
        """Whether the key of this fingerprint is at hand, and no rotation is under way or was cut short."""
        if self.mode is KekMode.FILE and self.file.next_path.exists():
            return False
        try:
            self.find(fingerprint)
        except KeyRefused:
            return False
        return True

    def settle(self, fingerprint: str) -> None:
        """Finish a rotation between key files that a crash cut short; needs the store's write lock."""
        if self.mode is KekMode.FILE:
            self.file.settle(fingerprint)

    def next(self, target: KekMode) -> Kek:
        """The key to rotate to: that of `LFR_KEK_NEXT`, or a new random one for the key file."""
        return kek_from(NEXT_VARIABLE) if target is KekMode.ENVIRONMENT else Kek.random()

    def adopt(self, kek: Kek, mode: KekMode) -> None:
        """Use this key from now on."""
        self._keep(kek)
        self.mode = mode

    def tidy(self, fingerprint: str) -> None:
        """After a rotation: leave no file with another key than this, the one in force; needs the write lock."""
        self.file.settle(fingerprint)
        if self.mode is KekMode.ENVIRONMENT:
            self.file.discard(fingerprint)

    def _keep(self, kek: Kek) -> None:
        with self._lock:
            self._present = kek

    def _from_environment(self, fingerprint: str) -> Kek:
        supplied = kek_from(KEK_VARIABLE)
        if supplied.fingerprint == fingerprint:
            return supplied
        try:
            following = kek_from(NEXT_VARIABLE)
        except KeyRefused:  # not set or no key: the refusal below says what is wanted
            following = None
        if following is not None and following.fingerprint == fingerprint:
            return following
        hint = "set it to the key of that fingerprint"
        if self.file.find(fingerprint) is not None:
            hint = f"that key is in {self.file.folder}: unset {KEK_VARIABLE}"
        raise _other_key(KEK_VARIABLE, supplied.fingerprint, fingerprint, hint)

    def _from_file(self, fingerprint: str) -> Kek:
        found = self.file.find(fingerprint)
        if found is not None:
            return found
        present = self.file.read()
        hint = f"restore the file of that key, or set {KEK_VARIABLE} to it"
        raise _other_key(f"key file {self.file.path}", present.fingerprint, fingerprint, hint)


def _other_key(what: str, supplied: str, wanted: str, hint: str) -> KeyRefused:
    reason = f"is the key of fingerprint {supplied}, and the key store is wrapped under {wanted}: {hint}"
    return KeyRefused(what, reason)
