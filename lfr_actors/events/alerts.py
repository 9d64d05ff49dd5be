"""The part of the vocabulary that speaks of alerts, and of what people decided of them.

Who a subject is, what somebody noted, and the opinion of one operator before the other has given theirs are in the
sealed parts, under the key of the alert: they go with it. `who` is the name of an account.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """The system said that a face may be a subject. Who, is in the sealed part: `{"subject_id"}`.

    `threshold` is the subject's own. `missing` says in words which parts of the list did not answer this search,
    where the deployment goes on without them; empty when the whole list was searched. `category` and `priority` are
    the subject's as the list has them; None where it has none, or was gone.
    """

    NAME: ClassVar[str] = "alert.raised"
    VERSION: ClassVar[int] = 3

    alert_id: str
    camera: str
    track: str
    captured_at: dt.datetime
    media_time_s: float
    score: float
    threshold: float
    hits: int
    gallery_version: str
    gallery_subjects: int
    pack: str
    missing: tuple[str, ...]
    category: str | None
    priority: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSeen:
    """An operator acknowledged an alert, or opened it; it will not be escalated any more."""

    NAME: ClassVar[str] = "alert.seen"
    VERSION: ClassVar[int] = 1

    alert_id: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEscalated:
    """Nobody acknowledged an alert within the time that the deployment allows."""

    NAME: ClassVar[str] = "alert.escalated"
    VERSION: ClassVar[int] = 1

    alert_id: str
    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionGiven:
    """One of two operators decided, blind to the other. What, is in the sealed part: `{"verdict", "why"}`,
    filled up so that its length says nothing.
    """

    NAME: ClassVar[str] = "alert.opinion_given"
    VERSION: ClassVar[int] = 1

    alert_id: str
    ordinal: int
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDisputed:
    """Two operators decided differently: a supervisor decides."""

    NAME: ClassVar[str] = "alert.disputed"
    VERSION: ClassVar[int] = 1

    alert_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAdjudicated:
    """People decided: `verdict` is true, false or cannot-tell. What they noted is in the sealed part, `{"why"}`.

    `who` is one account, or the two that agreed.
    """

    NAME: ClassVar[str] = "alert.adjudicated"
    VERSION: ClassVar[int] = 2

    alert_id: str
    verdict: str
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionUndone:
    """Somebody took back their last step within the time allowed: from the state `undone` to `back_to`."""

    NAME: ClassVar[str] = "alert.decision_undone"
    VERSION: ClassVar[int] = 1

    alert_id: str
    undone: str
    back_to: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEngaged:
    """Officers spoke to the person, or did not (`engaged` false). Why, is in the sealed part, `{"why"}`."""

    NAME: ClassVar[str] = "alert.engaged"
    VERSION: ClassVar[int] = 1

    alert_id: str
    engaged: bool
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfirmed:
    """After engagement: the person was the subject (`same_person`), or was somebody else."""

    NAME: ClassVar[str] = "alert.confirmed"
    VERSION: ClassVar[int] = 1

    alert_id: str
    same_person: bool
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecorded:
    """What came of an alert. `outcome` and `offence` are words of `alerting.outcomes`; a note is sealed.

    The sealed part is `{"note"}`. `category` is that of the alert, so that outcomes are counted by it when the rest
    is erased. `corrects`: an earlier outcome of the same alert counts no more.
    """

    NAME: ClassVar[str] = "outcome.recorded"
    VERSION: ClassVar[int] = 1

    alert_id: str
    outcome: str
    offence: str | None
    category: str | None
    corrects: bool
    who: str
