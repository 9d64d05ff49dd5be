"""What the record says of each deployment: who, where, when, on whose authority, with what, kept for how long."""

from __future__ import annotations

from lfr_actors.records.deployment_record.figures import Counts, Moment, Part, Rate, Rates


class Purpose(Part):
    """Why the deployment took place."""

    name: str
    words: str


class Identity(Part):
    """What was authorised, and what was: times aware UTC. `started_at` to `ended_at` spans all of `runs`.

    `duration_s` sums the runs, without the time between them; None where no run has ended.
    """

    deployment: str
    operation: str | None
    force: str | None
    technology_provider: str | None
    location: str
    purposes: tuple[Purpose, ...]
    authority_reference: str
    window_from: Moment
    window_to: Moment
    started_at: Moment
    ended_at: Moment | None
    duration_s: float | None
    state: str
    two_person: bool
    acknowledge_within_s: float
    confirm_hits: int
    confirm_within_s: float
    cooldown_s: float
    min_face_px: float
    file_digest: str
    notices: tuple[str, ...]


class Run(Part):
    """One start of the deployment and its end: `how` is running, stopped, closed or lost.

    `reason` is in words, and names no account and no object.
    """

    number: int
    started_at: Moment
    ended_at: Moment | None
    duration_s: float | None
    how: str
    reason: str | None
    software_version: str


class Amendment(Part):
    """The list was changed while it was used; counts are of subjects, `reason` is a code."""

    at: Moment
    added: int
    replaced: int
    removed: int
    subjects: int
    reason: str


class Watchlist(Part):
    """The list as last used. `rows` are pictures that were offered, `verdicts` count them by what became of them.

    `subjects_least` and `subjects_most` are the fewest and the most people that were on it; `blue` counts
    volunteers on it whose passes are measured, None where it was not said. `refused` counts changes that were asked
    for and refused. None in place of the whole means that no list was ever built.
    """

    version: str
    subjects: int
    subjects_least: int
    subjects_most: int
    templates: int
    rows: int
    verdicts: dict[str, int]
    blue: int | None
    built_at: Moment
    amendments: tuple[Amendment, ...]
    refused: int


class Threshold(Part):
    """The score from which a search recognises, for a scope: deployment, category, or some subjects of their own.

    `since` is when it was set. For subjects with a threshold of their own only how many settings there were is
    said, with the lowest and highest; no subject can be told from it.
    """

    scope: str
    low: float
    high: float
    settings: int
    since: Moment


class Models(Part):
    """What compared the faces. `sha256` by the file of the pack; `rates` what was measured of it, in words."""

    pack: str
    detector: str
    embedder: str
    licence: str
    provenance: str
    rates: str | None
    fit_for_live: bool
    execution_provider: str
    sha256: dict[str, str]


class Predicted(Part):
    """False alerts that a measurement beforehand predicts, and those that were observed.

    `fpir` is what was measured against `measured_subjects` people on a list; `fpir_here` the same for this list, if
    every person on a list is equally likely to be taken for a stranger, independently. `expected` is its product
    with the tracks searched, `expected_low` to `expected_high` the counts that are to be expected in 95 of 100 such
    days at least. `observed` are the false alerts. `comparable` is False where thresholds differ; `words` says it
    all.
    """

    fpir: Rate
    measured_at: Moment
    measured_subjects: int
    measured_threshold: float
    subjects: int
    fpir_here: float
    tracks_searched: int
    expected: float
    expected_low: int
    expected_high: int
    observed: int
    comparable: bool
    words: str


class BlueList(Part):
    """Passes of volunteers who are on the list, and how many were recognised: TPIR, None without data."""

    volunteers: int
    passes: int
    in_cooldown: int
    recognised: int
    missed: int
    undeclared: int
    tpir: Rate | None


class NeverSearched(Part):
    """Tracks that ended without ever being searched, by the reason that came up most often for each."""

    reason: str
    words: str
    tracks: int


class Camera(Part):
    """What one camera did in all runs. Faces are tracks; `lost`, `paused` and `failed` count how often.

    Its alerts by decision are in the table of alerts by camera, where small counts are protected.
    """

    camera: str
    source_kinds: tuple[str, ...]
    frames: int
    frames_dropped: int
    faces_seen: int
    searches: int
    probes_dropped: int
    lost: int
    failed: int
    failures: tuple[str, ...]
    paused: int
    paused_s: float
    footage_segments: int
    footage_stopped: int


class NonMatches(Part):
    """Biometric data of people who raised no alert, by kind: how many were overwritten, and the longest life."""

    kind: str
    words: str
    overwritten: int
    longest_s: float
    within_limit: bool


class RetentionLine(Part):
    """What becomes of one class of data: the rule in words, what was erased and how late, what is kept still.

    `erased` counts objects with a receipt, `late` those of them erased more than a minute after they were due;
    `longest_late_s` is None without one. `simulated` are erasures at a time that was given by hand, which are in
    no figure of lateness. `held` are objects that a hold keeps from erasure. `kept` are those that were made, are
    known to the log, and have no receipt; None where the log does not say. `due_at` is when the last of them is
    due, None where its clock has not started. `overdue` could not be erased in time, and said so.
    """

    data_class: str
    what: str
    kept_for: str
    rule: str
    erased: int
    items: dict[str, int]
    first_erased_at: Moment | None
    last_erased_at: Moment | None
    late: int
    median_late_s: float | None
    longest_late_s: float | None
    simulated: int
    held: int
    kept: int | None
    due_at: Moment | None
    overdue: int


class Hold(Part):
    """A hold on one object: why erasure is suspended, on whose authority, and when it is looked at again."""

    data_class: str
    reason: str
    authority: str
    placed_at: Moment
    review_on: str
    released_at: Moment | None


class DeclaredBand(Part):
    """A rate and the band in which the deployment declared that it would stay."""

    what: str
    words: str


class RateAlarm(Part):
    """A rate left its declared band. `camera` None: of the whole deployment; `returned_at` None: it did not."""

    at: Moment
    what: str
    camera: str | None
    words: str
    returned_at: Moment | None


class Measurement(Part):
    """What was declared to be measured while the deployment ran, and what left its band.

    `withheld` says which alarms are not there, None where all are.
    """

    declared: tuple[DeclaredBand, ...]
    alarms: tuple[RateAlarm, ...]
    withheld: str | None


class DeploymentPart(Part):
    """All that is said of one deployment."""

    identity: Identity
    runs: tuple[Run, ...]
    watchlist: Watchlist | None
    thresholds: tuple[Threshold, ...]
    models: Models
    counts: Counts
    rates: Rates
    predicted: Predicted | None
    blue_list: BlueList | None
    never_searched: tuple[NeverSearched, ...]
    never_searched_share: Rate | None
    cameras: tuple[Camera, ...]
    non_match_limit_s: float
    non_matches: tuple[NonMatches, ...]
    retention: tuple[RetentionLine, ...]
    holds: tuple[Hold, ...]
    measurement: Measurement | None
