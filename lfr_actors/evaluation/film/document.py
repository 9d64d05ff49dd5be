"""The figures of a film as a JSON document: schema `film-evaluation`, version 1.

Nobody is named in it: passes go by the names that the truth gives them, and of the list only counts are said. A
rate is an object with `rate`, `hits`, `trials`, `low`, `high`, `confidence` and `of`, what it counts; null is
insufficient data. `tpir_by_person` is the same share with an interval for people who pass several times. Times are
in s of the film.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from lfr_actors.evaluation.film.bins import Binned
from lfr_actors.evaluation.film.matching import AlertResult, PassResult
from lfr_actors.evaluation.film.statements import statements_of
from lfr_actors.evaluation.film.study import FilmStudy
from lfr_actors.evaluation.film.waiting import Quantile, Waiting
from lfr_actors.evaluation.intervals import Proportion

SCHEMA: Final = "film-evaluation"
VERSION: Final = 1


def film_document(study: FilmStudy) -> dict[str, Any]:
    """Everything that is known of the film, ready for `json.dumps`; the same study gives the same document."""
    false, people = study.false_alerts, study.tpir_by_person
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "run": dataclasses.asdict(study.run),
        "slack_s": study.slack_s,
        "passes": {
            "total": len(study.passes),
            **{_key(result): study.pass_counts[result] for result in PassResult},
            "missed_after_false_alert": sum(one.after_false for one in study.passes),
        },
        "alerts": {
            "total": len(study.alerts),
            **{_key(result): study.alert_counts[result] for result in AlertResult},
            "tracks_with_false_alert": study.false_tracks,
            "false_without_strangers": study.false_without_strangers,
        },
        "tpir": _rate(study.tpir, "passes recognised, of those that could be"),
        "tpir_by_person": None if people is None else people.to_json(),
        "fnir": _rate(study.fnir, "passes missed, of those that could be recognised"),
        "fpir": _rate(study.fpir, "distinct tracks with a false alert, of passes by people not on the list"),
        "false_alert_rate_over_faces": _rate(false.over_faces, "false alerts, of faces seen (tracks)"),
        "false_alert_rate_over_alerts": _rate(false.over_alerts, "false alerts, of alerts"),
        "precision": _rate(study.precision, "right and repeated alerts, of alerts"),
        "time_to_alert": _waiting(study.waiting),
        "by": {_key(binned.quantity): _binned(binned) for binned in study.by},
        "each_pass": _passes(study),
        "each_alert": [
            {
                "result": str(one.result),
                "pass_id": one.pass_id,
                "at_s": one.alert.media_time_s,
                "track": one.alert.track,
                "score": one.alert.score,
                "nearest_pass_of_subject_s": one.near_s,
                "strangers_to_be_seen": one.unlisted,
            }
            for one in study.alerts
        ],
        "notes": [statement.text for statement in statements_of(study)],
    }


def _passes(study: FilmStudy) -> list[dict[str, Any]]:
    return [
        {
            "pass_id": judged.one.pass_id,
            "listed": judged.one.subject_id is not None,
            "result": str(judged.result),
            "enter_s": judged.one.enter_s,
            "leave_s": judged.one.leave_s,
            "alert_at_s": judged.alert_at_s,
            "wait_s": judged.wait_s,
            "largest_face_px": judged.one.face_px,
            "speed_m_s": judged.one.speed_m_s,
            "crowding": crowding,
        }
        for judged, crowding in zip(study.passes, study.crowding, strict=True)
    ]


def _key(word: str) -> str:
    return str(word).replace("-", "_")


def _rate(rate: Proportion | None, of: str) -> dict[str, Any] | None:
    return None if rate is None else {**rate.to_json(), "of": of}


def _waiting(waiting: Waiting | None) -> dict[str, Any] | None:
    if waiting is None:
        return None
    return {
        "of": "passes that could be recognised; those that were not are censored when they leave",
        "alerted": waiting.alerted,
        "censored": waiting.censored,
        "median": _quantile(waiting.median),
        "p90": _quantile(waiting.p90),
        "median_of_alerted_s": waiting.median_alerted_s,
        "curve": {
            "time_s": waiting.times_s.tolist(),
            "waiting": waiting.waiting.tolist(),
            "low": waiting.low.tolist(),
            "high": waiting.high.tolist(),
        },
    }


def _quantile(quantile: Quantile) -> dict[str, Any]:
    return dataclasses.asdict(quantile)


def _binned(binned: Binned) -> dict[str, Any]:
    of = "passes recognised, of those that could be"
    return {
        "unit": binned.unit,
        "bins": [{"low": one.low, "high": one.high, "tpir": _rate(one.tpir, of)} for one in binned.bins],
        "unknown": _rate(binned.unknown, of),
    }
