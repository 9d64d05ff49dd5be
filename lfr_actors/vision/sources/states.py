"""What a source is doing, as explicit values.

Opening ─► Live ─► Ended                      a film, to its end; any source that was stopped
   │        └────► Failed                     a film that is cut off or corrupt
   ├─────────────► Failed                     a film that cannot be opened
   └─► Lost ─► Opening … ◄─ Live              a camera: tried again for ever, as `retry_in_s` says
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from lfr_actors.errors import SourceError


@dataclass(frozen=True, slots=True)
class Opening:
    """Being opened, for the first time or again."""

    name: ClassVar[str] = "opening"


@dataclass(frozen=True, slots=True)
class Live:
    """Frames are coming."""

    name: ClassVar[str] = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A camera gives no frames; it is tried again after `retry_in_s`."""

    name: ClassVar[str] = "lost"
    error: SourceError
    retry_in_s: float

    @property
    def reason(self) -> str:
        """What is wrong, without the name of the source."""
        return self.error.reason


@dataclass(frozen=True, slots=True)
class Ended:
    """Over for good: the film has been read to its end, or the source was stopped."""

    name: ClassVar[str] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Over for good, and not as it should be; `error` says what to mend."""

    name: ClassVar[str] = "failed"
    error: SourceError

    @property
    def reason(self) -> str:
        """What is wrong, without the name of the source."""
        return self.error.reason


SourceState: TypeAlias = Opening | Live | Lost | Ended | Failed
