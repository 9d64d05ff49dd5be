"""What a deployment's events say of keeping and erasing: objects, receipts, holds, and what is overdue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.amending import WatchlistAmendmentRequested
from lfr_actors.events.keeping import (
    DataErased,
    FootageRecorded,
    HoldPlaced,
    HoldReleased,
    OverdueErasure,
    RetentionDeclared,
)
from lfr_actors.events.lists import WatchlistSealed

KeepingEvent = (
    AlertRaised
    | WatchlistSealed
    | WatchlistAmendmentRequested
    | FootageRecorded
    | DataErased
    | OverdueErasure
    | HoldPlaced
    | HoldReleased
    | RetentionDeclared
)

ALERT, FOOTAGE = "alert", "footage"
LIST, ADDITION, PROOF = "watchlist", "watchlist-addition", "watchlist-proof"
"""Kinds of objects that the log makes known."""


@dataclass(slots=True)
class Thing:
    """An object that the log makes known: what it is, and when its segment ended (footage)."""

    kind: str
    ended_at: dt.datetime | None = None


@dataclass(slots=True)
class HeldThing:
    """A hold: on what, why, and whether it was released."""

    object_id: str
    reason: str
    authority: str
    placed_at: dt.datetime
    review_on: str
    released_at: dt.datetime | None = None


class KeepingTrace:
    """The objects of one deployment, by id; receipts in the order of the log; holds by id."""

    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.receipts: list[DataErased] = []
        self.holds: dict[str, HeldThing] = {}
        self.overdue: dict[str, OverdueErasure] = {}
        self.declared: RetentionDeclared | None = None
        self.erased_while_held = 0

    @property
    def erased(self) -> set[str]:
        """The ids of what has a receipt."""
        return {receipt.object_id for receipt in self.receipts}

    @property
    def held(self) -> set[str]:
        """The ids of what a hold keeps now."""
        return {hold.object_id for hold in self.holds.values() if hold.released_at is None}

    def kind_of(self, object_id: str) -> str:
        """What an object is; where the log has not made it known, as its id begins."""
        known = self.things.get(object_id)
        return known.kind if known is not None else object_id.partition(":")[0]

    def add(self, body: KeepingEvent, at: dt.datetime) -> None:
        """Take in the next event."""
        match body:
            case AlertRaised():
                self.things[f"{ALERT}:{body.alert_id}"] = Thing(ALERT)
            case WatchlistSealed():
                self.things[body.object_id] = Thing(LIST)
                self.things[body.proof_object_id] = Thing(PROOF)
            case WatchlistAmendmentRequested():
                if body.object_id is not None:
                    self.things[body.object_id] = Thing(LIST)
            case FootageRecorded():
                self.things[body.object_id] = Thing(FOOTAGE, ended_at=body.ended_at)
            case DataErased():
                self.erased_while_held += body.object_id in self.held
                self.receipts.append(body)
            case OverdueErasure():
                self.overdue[body.object_id] = body
            case RetentionDeclared():
                self.declared = body
            case HoldPlaced():
                self.holds[body.hold_id] = HeldThing(
                    object_id=body.object_id,
                    reason=body.reason,
                    authority=body.authority,
                    placed_at=at,
                    review_on=body.review_on,
                )
            case HoldReleased():
                if body.hold_id in self.holds:
                    self.holds[body.hold_id].released_at = at
