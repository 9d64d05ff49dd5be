"""What the JSON API is told to do: to stop a deployment, or something with an alert."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, RootModel

from lfr_actors.alerting.case import State, Verdict
from lfr_actors.alerting.outcomes import Outcome


class Asked(BaseModel):
    """Something the API is told; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StopOrder(Asked):
    """A request to stop a deployment, and why."""

    why: Annotated[str, Field(min_length=1, max_length=2_000)]


Why = Annotated[str | None, Field(max_length=2_000)]
"""Somebody's words, sealed with the alert."""


class ActAsked(Asked):
    """Something to do with an alert. `expects`: the state it was seen in; refused where it is another by now."""

    expects: State | None = None


class AcknowledgeAct(ActAsked):
    """I have seen it."""

    act: Literal["acknowledge"]


class AdjudicateAct(ActAsked):
    """Is the person seen the one on the list? A false alert is erased at once, so `confirm` must be true for it."""

    act: Literal["adjudicate"]
    verdict: Verdict
    why: Why = None
    confirm: bool = False


class UndoAct(ActAsked):
    """I take back my last step, made ten seconds ago at most."""

    act: Literal["undo"]


class EngageAct(ActAsked):
    """Officers spoke to the person, or did not."""

    act: Literal["engage"]
    engaged: bool
    why: Why = None


class ConfirmAct(ActAsked):
    """After engagement: the same person or not. Another one is erased at once, and `confirm` must be true."""

    act: Literal["confirm"]
    same_person: bool
    why: Why = None
    confirm: bool = False


class OutcomeAct(ActAsked):
    """What came of it."""

    act: Literal["outcome"]
    outcome: Outcome
    offence: Annotated[str | None, Field(max_length=100)] = None
    note: Why = None


AnyAct: TypeAlias = AcknowledgeAct | AdjudicateAct | UndoAct | EngageAct | ConfirmAct | OutcomeAct


class ActOrder(RootModel[Annotated[AnyAct, Field(discriminator="act")]]):
    """Something to do with an alert: one of those that its `possible` lists."""
