"""What the JSON API says: with `api_orders` the source of its OpenAPI document.

Answers are made from the same views as the pages (`views`), so that a field which a person may not see is null or
empty here too. Times are ISO 8601 in UTC, durations seconds; null is "not known" or "insufficient data".
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lfr_actors.people import Role


class Answer(BaseModel):
    """Something the API says, made from a view's attributes of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Problem(Answer):
    """Why something was refused or failed (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Me(Answer):
    """Who asks: an account or the integration of a token, and what its role may do."""

    name: str
    role: Role
    permissions: tuple[str, ...]


class Deployment(Answer):
    """A deployment in the list of all."""

    deployment_id: str
    location: str
    operation: str | None
    state: Literal["running", "stopped", "closed"]
    started_at: dt.datetime
    ended_at: dt.datetime | None


class Deployments(Answer):
    """Every deployment of this data folder."""

    deployments: tuple[Deployment, ...]


class DeploymentHeader(Deployment):
    """A deployment with its authority and its counters. `faces_seen` counts tracks, not people.

    `head_seq` is the event up to which this speaks.
    """

    force: str | None
    purposes: tuple[str, ...]
    authority_reference: str
    not_before: dt.datetime
    not_after: dt.datetime
    time_left_s: float | None
    two_person: bool
    acknowledge_within_s: float | None
    threshold: float
    pack: str
    faces_seen: int
    alerts: int
    open: int
    escalated: int
    disputed: int
    true: int
    false: int
    cannot_tell: int
    engaged: int
    missing: tuple[str, ...]
    out_of_band: tuple[str, ...]
    stop_requested_by: str | None
    head_seq: int


class Camera(Answer):
    """A camera of a deployment that runs. `faces` counts tracks; rates are of the last seconds."""

    camera_id: str
    state: str
    reason: str | None
    frames_per_s: float | None
    faces: int | None
    faces_per_min: float | None
    dropped: int | None
    dropped_per_s: float | None
    alerts: int | None
    unsearched: int | None
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    last_frame_age_s: float | None


class Cameras(Answer):
    """The cameras of a deployment; `missing` are the parts of its list that are not searched now.

    `live` is false where they cannot be seen from here; then `words` says why.
    """

    deployment_id: str
    live: bool
    words: str | None
    missing: tuple[str, ...]
    cameras: tuple[Camera, ...] = Field(validation_alias="tiles")


class QueuedAlert(Answer):
    """An alert in the queue: nobody's name, no picture. `score` is null where it is hidden until two decided."""

    alert_id: str
    camera: str
    captured_at: dt.datetime
    raised_at: dt.datetime
    age_s: float
    priority: Literal["red", "amber", "green"] | None
    category: str | None
    urgency: str
    state: str
    is_open: bool
    is_escalated: bool
    is_disputed: bool
    seen_by: str | None
    score: float | None
    threshold: float
    score_hidden: bool
    given: bool
    erased: bool


class Queue(Answer):
    """The alerts of a deployment, most urgent first, decided ones below; `older` counts those not listed."""

    deployment_id: str
    alerts: tuple[QueuedAlert, ...] = Field(validation_alias="rows")
    open_count: int
    older: int
    two_person: bool
    last_seq: int


class Subject(Answer):
    """Who the system says it may be, as the list has it, and what may be done."""

    subject_id: str
    category: str | None
    priority: Literal["red", "amber", "green"] | None
    legal_basis: str | None
    date_of_birth: str | None
    notes: str | None
    what_to_do: str


class Picture(Answer):
    """A picture of an alert. `href` is where it is: JPEG; probe and list pictures are alike in scale."""

    kind: str
    href: str
    source: str | None
    taken: str | None


class Share(Answer):
    """How often something was so among comparable ones, with its exact interval."""

    count: int = Field(validation_alias="hits")
    of: int = Field(validation_alias="trials")
    low: float
    high: float


class Meaning(Answer):
    """What such scores have meant: a sentence, and the figures in it; null is insufficient data."""

    words: str
    share: Share | None


class Score(Answer):
    """How alike, against the threshold."""

    score: float
    threshold: float
    in_deployment: Meaning
    in_reference: Meaning


class Step(Answer):
    """Something that was done with an alert; `why` only where it may be read and is still there."""

    at: dt.datetime
    who: str | None
    words: str
    why: str | None


class Possible(Answer):
    """Something that may be done now by whoever asks: `body` is what to post to the alert's `actions`.

    `note_field` names the field in which words may be added, null without one. `asks`: it erases, and needs
    `"confirm": true` as well. `seconds_left` is set for an undo. Of `outcomes` and `offences`, where there are any,
    `outcome` and `offence` are chosen.
    """

    body: dict[str, str | bool]
    label: str
    note_field: str | None
    asks: bool
    seconds_left: float | None
    outcomes: tuple[str, ...]
    offences: tuple[str, ...]


class Erasure(Answer):
    """When it was erased, under which rule, and where in the log that is written."""

    at: dt.datetime
    rule: str | None
    receipt_seq: int | None
    receipt_hash: str | None


class Alert(Answer):
    """An alert as whoever asks may see it. `subject` and `pictures` are empty once it is erased.

    `version` changes with every step.
    """

    alert_id: str
    deployment_id: str
    camera: str
    track: str
    captured_at: dt.datetime
    raised_at: dt.datetime
    age_s: float
    media_time_s: float
    hits: int
    gallery_version: str
    gallery_subjects: int
    pack: str
    priority: Literal["red", "amber", "green"] | None
    category: str | None
    urgency: str
    state: str
    state_words: str
    is_open: bool
    is_disputed: bool
    two_person: bool
    decision_words: str
    purposes: tuple[str, ...]
    seen_by: str | None
    seen_at: dt.datetime | None
    escalated_at: dt.datetime | None
    outcome: str | None
    erased: Erasure | None
    subject: Subject | None
    pictures: tuple[Picture, ...]
    score: Score | None
    score_hidden: bool
    steps: tuple[Step, ...]
    possible: tuple[Possible, ...]
    version: int


class Event(Answer):
    """An event of the log: its public part; `is_sealed`: there is more, which is sealed."""

    seq: int
    event_id: str
    name: str
    version: int
    written_at: str
    data: dict[str, object]
    is_sealed: bool


class Events(Answer):
    """Events in order. Ask again with `after` = `next_after`; `head_seq` is where the log stands."""

    events: tuple[Event, ...]
    next_after: int
    head_seq: int


class StopOrdered(Answer):
    """The request is in the log under this number; the cameras are off within two seconds."""

    deployment_id: str
    seq: int
    requested_at: str
