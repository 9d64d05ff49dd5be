"""What can go wrong, as one tree; each child is named for what the reader can do about it.

    LfrError
    ├── InvalidFile        a file the user wrote is wrong: mend it            (exit status 2)
    ├── SourceError        a camera or film gives no frames: check the source
    │   ├── SourceNotFound     missing file, unknown host or device
    │   ├── SourceUnreadable   not a film, truncated, corrupt, empty
    │   ├── SourceDenied       wrong or missing password, no permission
    │   └── SourceStalled      open, but no frame within the time-out
    ├── PackError          a model pack cannot be used as asked: prepare or mend it
    │   └── DeviceUnavailable  the asked-for execution provider is not what would run
    ├── WatchlistError     a watchlist cannot be built: see its report
    ├── NotReady           an actor cannot answer yet: try again later
    ├── ActorLost          an actor died: whoever started it decides what follows
    ├── StoreError         the database cannot be opened, read or written
    │   └── ChainBroken        the event log was altered
    ├── VaultError         what is sealed cannot be opened
    │   ├── KeyRefused         the key-encryption key or the key store is missing or another: supply the right one
    │   ├── Tampered           the ciphertext is not what was written
    │   └── Erased             the key was destroyed: it is gone for ever
    ├── WebhookError       a webhook cannot be sent, or taken, as it is
    │   ├── SecretRefused      its secret is missing, malformed or open to others: supply a right one
    │   ├── AddressRefused     it would go where nothing may be sent: change the address, or allow it by name
    │   ├── SignatureRefused   it is not from whom it should be, or not from now
    │   └── BodyRefused        it is signed, and yet not readable as an event
    ├── PageError          a page cannot be made of what it should show: change that
    └── Refused            authority or policy says no                        (exit status 3)
        ├── Conflict           somebody else was first: look again, and decide on what is there now
        └── ErasureOverdue     something due could not be erased: nothing may be looked at meanwhile

Every error carries its fields as `args`, so it survives pickling between actors; its text is in `__str__`.
"""

from __future__ import annotations


class LfrError(Exception):
    """Root of the tree. Catch this to catch every expected fault of the product."""


class _About(LfrError):
    """`what` it is about, and the `reason`: for errors that differ in nothing else."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


class InvalidFile(LfrError):
    """A file the user wrote is wrong. `problems` holds every mistake, each with where and what is right."""

    def __init__(self, path: str, problems: tuple[str, ...]) -> None:
        super().__init__(path, tuple(problems))
        self.path = path
        self.problems = tuple(problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.path}: {count} mistake{'s' if count != 1 else ''}"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])


class SourceError(LfrError):
    """A camera source gives no frames. `source` is shown without any password."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class SourceNotFound(SourceError):
    """Missing file, unknown host, refused connection, absent device."""


class SourceUnreadable(SourceError):
    """Not a film, truncated, corrupt, empty, or in a codec that cannot be decoded."""


class SourceDenied(SourceError):
    """Wrong or missing password, or no permission."""


class SourceStalled(SourceError):
    """The source is open and yet no frame came within the time-out."""


class PackError(LfrError):
    """A model pack cannot be used as asked."""

    def __init__(self, pack: str, reason: str) -> None:
        super().__init__(pack, reason)
        self.pack = pack
        self.reason = reason

    def __str__(self) -> str:
        return f"model pack {self.pack}: {self.reason}"


class DeviceUnavailable(PackError):
    """The execution provider asked for is not what would really run; nothing falls back silently."""


class WatchlistError(LfrError):
    """A watchlist cannot be built or loaded."""

    def __init__(self, watchlist: str, reason: str) -> None:
        super().__init__(watchlist, reason)
        self.watchlist = watchlist
        self.reason = reason

    def __str__(self) -> str:
        return f"watchlist {self.watchlist}: {self.reason}"


class NotReady(LfrError):
    """An actor cannot answer yet; the caller may try again."""

    def __init__(self, who: str, reason: str) -> None:
        super().__init__(who, reason)
        self.who = who
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.who} is not ready: {self.reason}"


class ActorLost(LfrError):
    """An actor died or was killed; whoever started it decides what follows."""

    def __init__(self, who: str, reason: str) -> None:
        super().__init__(who, reason)
        self.who = who
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.who} was lost: {self.reason}"


class StoreError(LfrError):
    """The database cannot be opened, read or written."""

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(store, reason)
        self.store = store
        self.reason = reason

    def __str__(self) -> str:
        return f"store {self.store}: {self.reason}"


class ChainBroken(StoreError):
    """The event log was edited, reordered, shortened or extended by someone else; `reason` names the link."""


class VaultError(_About):
    """What is sealed cannot be opened."""


class KeyRefused(VaultError):
    """The key-encryption key or the key store is missing, malformed or another one; nothing was changed."""


class Tampered(VaultError):
    """The ciphertext is not what was written, or was written for something else."""


class Erased(VaultError):
    """Its key was destroyed: nobody can read it any more."""


class WebhookError(_About):
    """A webhook cannot be sent, or taken, as it is."""


class SecretRefused(WebhookError):
    """A signing secret or key is missing, malformed, or readable by others. Never repeats it."""


class AddressRefused(WebhookError):
    """An address to which nothing may be sent, or a name that leads to one."""


class SignatureRefused(WebhookError):
    """Missing, malformed, stale, from the future, or by nobody known; `what` is which, `reason` says more."""


class BodyRefused(WebhookError):
    """The content of a webhook is not an event in the form that is published."""


class PageError(_About):
    """A page cannot be made of what it should show, such as a name in letters that no font of ours has."""


class Refused(_About):
    """Authority or policy says no."""

    def __str__(self) -> str:
        return f"refused: {super().__str__()}"


class Conflict(Refused):
    """It is not any more as it was when somebody decided on it; the same may be right after another look."""


class ErasureOverdue(Refused):
    """Something that is due could not be erased; no frame may be processed until it is."""
