"""What the pages and the JSON API show: frozen values made by the view functions, and nothing else.

Texts are plain and unescaped; whoever writes them into a page escapes them. Times are aware UTC, durations
seconds; None is "not known" or "insufficient data", and is said so. A field that a person may not see is None or
empty in what is made for that person: templates hide nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from lfr_actors.evaluation.intervals import Proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """One thing to choose from: `slug` is what is sent, `words` what people read."""

    slug: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLine:
    """A deployment in the list of all. `state` is running, stopped or closed."""

    deployment_id: str
    url: str
    location: str
    operation: str | None
    state: str
    started_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderView:
    """What stands above every page of a deployment.

    `state` is running, stopped or closed. `time_left_s` runs to the end of the authority, None when it is over or
    the deployment does not run. `faces_seen` counts tracks, `alerts` alerts; of these `open` wait for somebody,
    `escalated` of them for too long, `disputed` for a supervisor; `true`, `false` and `cannot_tell` are the last
    verdicts, `engaged` how often officers spoke to the person. `missing` says in words which parts of the list are
    not searched, `out_of_band` which measured figures are outside the bands that the deployment declared.
    `stop_requested_by` is who asked for a stop that is not carried out yet. `head_seq`: the event
    up to which this speaks, where the live feed goes on.
    """

    deployment_id: str
    url: str
    location: str
    force: str | None
    operation: str | None
    purposes: tuple[str, ...]
    authority_reference: str
    not_before: dt.datetime
    not_after: dt.datetime
    state: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
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
    stop_url: str | None
    cameras_url: str
    log_url: str | None
    stream_url: str
    fragment_url: str
    head_seq: int

    @property
    def is_running(self) -> bool:
        """Whether cameras are on."""
        return self.state == "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """An alert in the queue: no picture and no name.

    `urgency` is a slug for colour and shape together: `disputed`, `escalated`, `red`, `amber`, `green`, `none`
    or `decided`; `urgency_words` says it. `priority` is red, amber, green or None. `score` is None where it is
    hidden (`score_hidden`). `given` says that this person gave their opinion and waits for the other. `erased`:
    there is nothing left of it but counts.
    """

    alert_id: str
    short_id: str
    url: str
    camera: str
    captured_at: dt.datetime
    raised_at: dt.datetime
    age_s: float
    priority: str | None
    category: str | None
    urgency: str
    urgency_words: str
    state: str
    state_words: str
    is_open: bool
    is_escalated: bool
    is_disputed: bool
    seen_by: str | None
    score: float | None
    threshold: float
    score_hidden: bool
    given: bool
    erased: bool
    is_selected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The alerts of a deployment, most urgent first, decided ones below.

    `older` counts the decided ones that are not listed. `last_seq`: the event up to which this speaks.
    """

    deployment_id: str
    fragment_url: str
    rows: tuple[QueueRow, ...]
    open_count: int
    older: int
    two_person: bool
    selected_id: str | None
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """Something that was done with an alert: `why` only where it may be read, and is still there."""

    at: dt.datetime
    who: str | None
    words: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """A picture to fetch from `url`: `kind` is probe, context or list-N.

    `alt` describes it, `source` is where a picture of the list is from, `taken` when it was taken, as written.
    Probe and list pictures are 240 by 300 px with the eyes at the same places.
    """

    kind: str
    url: str
    alt: str
    source: str | None = None
    taken: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningView:
    """How often something was so among comparable ones, as words and figures; `share` None: insufficient data.

    `words` is a whole sentence with the interval.
    """

    words: str
    share: Proportion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """How alike, against the threshold, and what such scores have meant.

    Places on the bar are per cent of its width: `score_percent`, `threshold_percent`; it runs from `low` to `high`.
    """

    score: float
    threshold: float
    low: float
    high: float
    score_percent: float
    threshold_percent: float
    in_deployment: MeaningView
    in_reference: MeaningView


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """Who the system says it may be, as sealed with the alert, and what may be done.

    `what_to_do` says what the priority asks for and that a score alone is no ground for anything.
    """

    subject_id: str
    category: str | None
    priority: str | None
    legal_basis: str | None
    date_of_birth: str | None
    notes: str | None
    what_to_do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """Something that this person may do now: a form that is posted to `url`.

    `act` is the last part of the address; `kind` a slug for style and key: acknowledge, true, false, cannot-tell,
    undo, engaged, not-engaged, confirmed-true, confirmed-false, outcome. `fields` are sent as they are. `asks`:
    it erases, so it has to be confirmed by the field `confirm` = `yes`. `note_field` is the name of a free text,
    None without one. `seconds_left` is set for undo. `outcomes` and `offences` are to choose from, in the fields
    `outcome` and `offence`; with an arrest or a breach an offence may be said.
    """

    act: str
    kind: str
    url: str
    label: str
    key: str
    fields: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False
    note_field: str | None = "why"
    seconds_left: float | None = None
    outcomes: tuple[ChoiceView, ...] = ()
    offences: tuple[ChoiceView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedView:
    """Its erasure: when, under which rule, and the receipt's place in the log."""

    at: dt.datetime
    rule: str | None
    receipt_seq: int | None
    receipt_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert, as this person may see it.

    `subject` and the pictures are empty once it is erased; the pictures also for who may not see any
    (`pictures_words` then says why there are none). `score` is None where it is hidden (`score_hidden`).
    `decision_words` says what the present state asks for, in two-person mode also who is waited for.
    `version` changes with every step: a page that has another one is out of date.
    """

    alert_id: str
    short_id: str
    deployment_id: str
    url: str
    queue_url: str
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
    priority: str | None
    category: str | None
    urgency: str
    urgency_words: str
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
    outcome_words: str | None
    erased: ErasedView | None
    subject: SubjectView | None
    probe: PictureView | None
    listed: tuple[PictureView, ...]
    context: PictureView | None
    pictures_words: str | None
    score: ScoreView | None
    score_hidden: bool
    steps: tuple[StepView, ...]
    actions: tuple[ActionView, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTile:
    """A camera. `tone` is a slug for colour and shape: well, waiting, lost, over. Rates are of the last seconds.

    `preview_url` is None where there is none to show, or this person may see no pictures.
    """

    camera_id: str
    state: str
    state_words: str
    tone: str
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
    preview_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CamerasView:
    """The cameras of a deployment. `live`: whether they can be seen from here; else only what the log says.

    `words` says why there are no figures or previews, None where there are.
    """

    deployment_id: str
    fragment_url: str
    tiles: tuple[CameraTile, ...]
    missing: tuple[str, ...]
    live: bool
    words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """An event of the log: its public part in words; `is_sealed`: there is more, which is sealed."""

    seq: int
    at: dt.datetime
    name: str
    words: str
    is_sealed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """A page of the log, newest first. The addresses of the next pages, None at the ends."""

    deployment_id: str
    lines: tuple[LogLine, ...]
    older_url: str | None
    newer_url: str | None
