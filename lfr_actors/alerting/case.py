"""An alert as the state machine of decisions sees it, and what somebody may do with it: values alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from lfr_actors.events.chain import canonical_json

if TYPE_CHECKING:
    from lfr_actors.alerting.outcomes import Outcome


class State(StrEnum):
    """Where an alert stands."""

    RAISED = "raised"
    SEEN = "seen"
    ONE_OPINION = "one-opinion"
    DISPUTED = "disputed"
    TRUE = "true"
    FALSE = "false"
    CANNOT_TELL = "cannot-tell"
    ENGAGED = "engaged"
    NOT_ENGAGED = "not-engaged"
    CONFIRMED_TRUE = "confirmed-true"
    CONFIRMED_FALSE = "confirmed-false"

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self in (State.RAISED, State.SEEN, State.ONE_OPINION, State.DISPUTED)

    @property
    def is_false(self) -> bool:
        """Whether somebody else was seen than the subject: such an alert is erased at once."""
        return self in (State.FALSE, State.CONFIRMED_FALSE)


class Verdict(StrEnum):
    """What a person may decide of an alert: is the person seen the person on the list?"""

    TRUE = "true"
    FALSE = "false"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Somebody has seen the alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudicate:
    """Somebody compared the pictures. With two people this is an opinion until both have given theirs."""

    verdict: Verdict
    why: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Somebody takes back their own last step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engage:
    """Officers spoke to the person, or did not."""

    engaged: bool
    why: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """After engagement: it was the subject, or somebody else."""

    same_person: bool
    why: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcome:
    """What came of it. `offence`: a category of `outcomes`, or of the site's own."""

    outcome: Outcome
    offence: str | None = None
    note: str | None = field(default=None, repr=False)


Act = Acknowledge | Adjudicate | Undo | Engage | Confirm | RecordOutcome


OPINION_STEP: Final = 256
"""What is sealed of an opinion has a length that is so many bytes more, or twice as many, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one of two operators decided; `verdict` is None where it is sealed to the reader."""

    ordinal: int
    who: str
    verdict: Verdict | None = field(repr=False)
    why: str | None = field(default=None, repr=False)

    def as_said(self) -> dict[str, str | None]:
        """What is sealed of it, filled up: its length would tell one verdict from another."""
        said = {"verdict": self.verdict, "why": self.why}
        return said | {"padding": " " * (-len(canonical_json(said)) % OPINION_STEP)}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPoint:
    """What the last step may be taken back to: the state, verdict and outcome before it.

    `undone` is the state that it led to, or the outcome that it recorded; `back_to` its counterpart before.
    """

    who: str
    at: dt.datetime
    undone: str
    back_to: str
    state: State
    verdict: Verdict | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that the state machine needs to know of an alert.

    `opinions` are those of the present round, at most two; `opinions_given` counts all of the alert.
    """

    alert_id: str
    state: State
    two_person: bool
    category: str | None = None
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    opinions: tuple[Opinion, ...] = ()
    opinions_given: int = 0
    undo: UndoPoint | None = None
    erased: bool = False

    @property
    def is_undecided(self) -> bool:
        """Whether a verdict on it is the first of its round."""
        return self.state in (State.RAISED, State.SEEN, State.CANNOT_TELL)


def target_of(act: Act) -> State | None:
    """The state that is asked for; None for what leads to none of its own."""
    match act:
        case Acknowledge():
            return State.SEEN
        case Adjudicate():
            return State(act.verdict)
        case Engage():
            return State.ENGAGED if act.engaged else State.NOT_ENGAGED
        case Confirm():
            return State.CONFIRMED_TRUE if act.same_person else State.CONFIRMED_FALSE
        case _:
            return None


def is_done(case: Case, act: Act) -> bool:
    """Whether this was said already, so that nothing is left to write."""
    return target_of(act) is case.state or (isinstance(act, Acknowledge) and case.state is not State.RAISED)


def words_of(act: Act) -> str | None:
    """What somebody wrote with it; None where it says nothing."""
    written = act.note if isinstance(act, RecordOutcome) else getattr(act, "why", None)
    return (written or "").strip() or None
