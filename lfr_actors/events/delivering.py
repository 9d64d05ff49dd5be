"""The part of the vocabulary that speaks of webhooks. `endpoint` is the name of one; none of these is delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSuspended:
    """An endpoint failed so often that it is asked seldom now; nothing for it is lost meanwhile."""

    NAME: ClassVar[str] = "webhook.suspended"
    VERSION: ClassVar[int] = 1

    endpoint: str
    reason: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookResumed:
    """A suspended endpoint took a delivery again, `after_s` since it was suspended."""

    NAME: ClassVar[str] = "webhook.resumed"
    VERSION: ClassVar[int] = 1

    endpoint: str
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeadLettered:
    """An event will not be delivered to an endpoint any more, and why: too late, refused for good, or erased."""

    NAME: ClassVar[str] = "webhook.dead_lettered"
    VERSION: ClassVar[int] = 1

    endpoint: str
    event_seq: int
    event_name: str
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReplayed:
    """Somebody has an endpoint told again: every event after `after_seq`, or `dead` letters (then it is None)."""

    NAME: ClassVar[str] = "webhook.replayed"
    VERSION: ClassVar[int] = 1

    endpoint: str
    after_seq: int | None
    dead: int
    who: str
