"""What a run over a film was told, and what it counted besides its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRun:
    """A run over one film, every frame looked at. `film` is the name of its file, without its folder.

    `film_sha256`, `truth_sha256` and `pack_sha256` (by file) are checksums, hex, so that somebody else can tell
    whether theirs are the same.

    `threshold`, `confirm_hits` within `confirm_within_s`, `cooldown_s` and `min_face_px` as in a deployment file.
    `subjects` were enrolled with `templates`; of `subjects_missing` no picture could be. `faces` are tracks, not
    people; `searches` and `frames` were counted by the run. `probes_dropped` were too old to be searched, as the
    machine was busy. `film_s` is the length of the film, None where its file does not say, `elapsed_s` how long the
    run took for it: what is kept of a face lives one second of the clock, however fast the film is played.
    """

    film: str
    film_sha256: str
    truth_sha256: str
    pack: str
    pack_sha256: Mapping[str, str]
    pack_licence: str
    fit_for_live: bool
    threshold: float
    confirm_hits: int
    confirm_within_s: float
    cooldown_s: float
    min_face_px: float
    subjects: int
    subjects_missing: int
    templates: int
    frames: int
    faces: int
    searches: int
    probes_dropped: int
    film_s: float | None
    elapsed_s: float
    software_version: str
