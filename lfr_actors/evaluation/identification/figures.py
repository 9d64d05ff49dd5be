"""The form of `study.json`: what each figure of a published study is, and what it counts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Limits(_Model):
    """An interval of a rate."""

    low: float
    high: float


class RateFigures(_Model):
    """A rate over searches."""

    rate: float
    hits: int
    trials: int
    """Searches."""
    people: int
    """Whose searches those are."""
    confidence: float
    exact: Limits
    """Clopper–Pearson: every search independent."""
    by_person: Limits
    """The searches of one person are not independent (Korn–Graubard); the interval to rely on."""
    bootstrap: Limits | None
    """Percentiles over people drawn anew."""
    design_effect: float
    """How many searches are worth one independent one."""


class PointFigures(_Model):
    """Rates at one threshold."""

    target_fpir: float | None
    """The FPIR for which the threshold was chosen on these searches; null where it was given."""
    threshold: float | None
    """Null where the target cannot be shown."""
    threshold_interval: Limits | None
    """Of the threshold that has the target FPIR in the long run, by people drawn anew; null where it was given."""
    threshold_order_limits: tuple[float | None, float | None] | None
    """The same by exact order statistics; null on a side on which this data sets no limit."""
    fpir_of_new_searches: Limits | None
    """Where the FPIR of new searches of such people lies at a threshold chosen on these."""
    subjects: int
    """People on the list."""
    tpir: RateFigures | None
    fpir: RateFigures | None
    fnir: float | None
    """1 - TPIR."""
    why_no_tpir: str | None
    why_no_fpir: str | None


class RankFigures(_Model):
    """Closed-set rate: mated searches with the mate among the first k, at whatever score."""

    rank: int
    rate: float | None
    hits: int
    trials: int
    exact: Limits | None


class CountFigures(_Model):
    """Counts; of pictures unless they say people."""

    pictures: int
    people: int
    pictures_by_use: dict[str, int]
    listed_people: int
    mated_searches: int
    mated_people: int
    non_mated_searches: int
    non_mated_people: int
    unsearched_people: int
    people_without_face: int
    empty_folders: int
    not_acquired_mated: int
    not_acquired_non_mated: int
    nearest_middle: int
    refused_by_enrolment: int


class DoubtFigures(_Model):
    """How many doubts of each kind the scores raise against the labels."""

    counts: dict[str, int]
    unjudged: str | None
    """Why none could be looked for."""


class WithoutDoubted(_Model):
    """The same figures without the pictures in doubt; picked out by score, so they flatter."""

    counts: CountFigures
    rates: list[PointFigures]


class RepeatFigures(_Model):
    """Threshold chosen on one half of the people, measured on the other; means over the splits."""

    target_fpir: float
    splits: int
    subjects: float
    """People on each half's list."""
    reason: str | None
    """Why there are none."""
    fpir_chosen: float | None
    fpir_other: float | None
    fpir_other_middle_90: Limits | None
    tpir_chosen: float | None
    tpir_other: float | None
    tpir_other_middle_90: Limits | None
    thresholds: list[float]


class SizeFigures(_Model):
    """Mean rates over all lists of so many of the people, at a threshold that stays."""

    threshold: float
    subjects: int
    tpir: float | None
    fpir: float | None


class ScoreFigures(_Model):
    """Searches by score: of mated ones the mate's, of non-mated ones the best."""

    edges: list[float]
    mated: list[int]
    non_mated: list[int]


class DetFigures(_Model):
    """The DET curve, thinned to points at which FPIR changes."""

    threshold: list[float]
    fpir: list[float]
    fnir: list[float]


class PackFigures(_Model):
    """What was measured."""

    name: str
    detector: str
    embedder: str
    licence: str
    provider: str
    sha256: dict[str, str]


class SettingFigures(_Model):
    """How it was measured."""

    enrol: str
    seed: int
    draws: int
    confidence: float


class StudyDocument(_Model):
    """An identification study."""

    kind: Literal["identification-study"]
    version: Literal[1]
    folder: str
    """The last part of the folder's path."""
    pack: PackFigures
    settings: SettingFigures
    counts: CountFigures
    rates: list[PointFigures]
    """For every target FPIR, then for every threshold given; every picture as it is labelled."""
    ranks: list[RankFigures]
    doubts: DoubtFigures
    without_doubted: WithoutDoubted | None
    repeats: list[RepeatFigures]
    list_sizes: list[SizeFigures]
    scores: ScoreFigures | None
    det: DetFigures | None
