"""What the cameras of a made-up day counted; over all of them, exactly its faces."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
from numpy.random import Generator

from lfr_actors.evaluation.composed_run.day import THRESHOLD, ComposedDay
from lfr_actors.events.cameras import CameraObserved, Totals
from lfr_actors.events.histograms import AGE_EDGES_S, QUALITY_EDGES, SCORE_EDGES, counts_by_bin
from lfr_actors.events.keeping import NonMatchesForgotten

REPORT_EVERY: Final = dt.timedelta(minutes=10)


def camera_report(day: ComposedDay) -> CameraObserved:
    """One report of a camera of this day, with as much in it as any has."""
    return next(iter(reports_of(day).values()))[0]


def reports_of(day: ComposedDay) -> dict[str, list[CameraObserved]]:
    """What each camera counts in each stretch; over all of them, exactly the faces of the day."""
    random = np.random.default_rng(day.seed)
    stretches = max(1, day.lasts // REPORT_EVERY)
    busy = 0.5 + np.sin(np.linspace(0.2, np.pi - 0.1, stretches)) ** 2
    shares = np.outer(np.linspace(1.3, 0.7, len(day.cameras)), busy).ravel()
    tracks = random.multinomial(day.faces, shares / shares.sum()).reshape(len(day.cameras), stretches)
    return {
        camera: [
            _report(day, random, number, place, int(tracks[number, place])) for place in range(stretches)
        ]
        for number, camera in enumerate(day.cameras)
    }


def _report(day: ComposedDay, random: Generator, camera: int, place: int, tracks: int) -> CameraObserved:
    """One stretch: scores of strangers that stay below the threshold, and those of its alerts."""
    every_s = REPORT_EVERY.total_seconds()
    from_s = place * every_s
    here = [
        each
        for each in day.alerts
        if each.camera == camera and from_s <= each.after.total_seconds() < from_s + every_s
    ]
    unsearched = int(random.binomial(tracks, day.unsearched))
    refused = random.multinomial(unsearched, (0.5, 0.3, 0.2))
    searches = int(random.poisson(day.searches_per_track * (tracks - unsearched)))
    strangers = np.minimum(random.normal(0.37, 0.04, searches), THRESHOLD - 0.004)
    of_alerts = [score for each in here for score in (each.score - 0.004, each.score)]
    qualities = np.clip(random.normal(0.62 - 0.12 * camera, 0.17, tracks * 8), 0, 1)
    return CameraObserved(
        camera=day.cameras[camera],
        from_media_s=from_s,
        to_media_s=from_s + every_s,
        frames=round(every_s * 12),
        dropped=round(every_s * 13),
        tracks=tracks,
        tracks_ended=tracks,
        tracks_searched=tracks - unsearched,
        rejected=dict(zip(("eye_distance_px", "sharpness", "yaw_deg"), map(int, refused), strict=True)),
        searches=searches + len(of_alerts),
        probes_dropped=int(random.poisson(0.5)),
        score_histogram=counts_by_bin([*strangers, *of_alerts], SCORE_EDGES),
        quality_histogram=counts_by_bin(qualities, QUALITY_EDGES),
    )


def forgotten_of(report: CameraObserved) -> NonMatchesForgotten:
    """What of a stretch was overwritten, and how old it was by then."""
    random = np.random.default_rng(report.searches + 1)
    counts = {
        "frame": report.frames,
        "chip": report.searches,
        "query": report.searches,
        "template": report.searches,
    }
    ages = {
        kind: np.clip(random.gamma(6.0, scale, count), 0.01, 0.94)
        for (kind, count), scale in zip(counts.items(), (0.04, 0.03, 0.035, 0.1), strict=True)
        if count
    }
    return NonMatchesForgotten(
        camera=report.camera,
        ages_histogram={kind: counts_by_bin(values, AGE_EDGES_S) for kind, values in ages.items()},
        longest_s={kind: round(float(values.max()), 3) for kind, values in ages.items()},
    )


def totals_of(reports: list[CameraObserved], alerts: int) -> Totals:
    """What the reports add up to; latencies are made up."""
    return Totals(
        frames=sum(report.frames for report in reports),
        dropped=sum(report.dropped for report in reports),
        faces_seen=sum(report.tracks for report in reports),
        searches=sum(report.searches for report in reports),
        alerts=alerts,
        elapsed_s=max(report.to_media_s for report in reports),
        latency_p50_ms=212.0,
        latency_p99_ms=395.0,
    )
