"""A film study as data frames; see `evaluation.film`. Passes, tracks, alerts and people are different counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lfr_actors.data_frame import data_frame
from lfr_actors.evaluation.film.study import FilmStudy
from lfr_actors.frames.table import rate_cells, rate_columns

if TYPE_CHECKING:
    from pandas import DataFrame


def film_passes(study: FilmStudy) -> DataFrame:
    """One row a pass, in the order of the truth: `pass_id`, `on_list`, `enter_s`, `leave_s` (film time), `face_px`,
    `speed_m_s`, `crowding` (mean number of other faces), `result`, `alert_at_s`, `wait_s` (first sight to alert).

    What the truth does not say is missing, and so is whatever a pass without an alert has not.
    """
    rows: list[dict[str, Any]] = []
    for judged, crowding in zip(study.passes, study.crowding, strict=True):
        one = judged.one
        rows.append(
            {
                "pass_id": one.pass_id,
                "on_list": one.subject_id is not None,
                "enter_s": one.enter_s,
                "leave_s": one.leave_s,
                "face_px": one.face_px,
                "speed_m_s": one.speed_m_s,
                "crowding": crowding,
                "result": str(judged.result),
                "alert_at_s": judged.alert_at_s,
                "wait_s": judged.wait_s,
            }
        )
    columns = ("pass_id", "on_list", "enter_s", "leave_s", "face_px", "speed_m_s", "crowding")
    return data_frame(rows, (*columns, "result", "alert_at_s", "wait_s"))


def film_alerts(study: FilmStudy) -> DataFrame:
    """One row an alert, in order of time: the fields of `JudgedAlert` and of its `FilmAlert`, but not for whom."""
    rows = [
        {
            "track": each.alert.track,
            "media_time_s": each.alert.media_time_s,
            "score": each.alert.score,
            "result": str(each.result),
            "pass_id": each.pass_id,
            "near_s": each.near_s,
            "unlisted": each.unlisted,
        }
        for each in study.alerts
    ]
    return data_frame(rows, ("track", "media_time_s", "score", "result", "pass_id", "near_s", "unlisted"))


def film_rates(study: FilmStudy) -> DataFrame:
    """One row a rate: `name` and the columns of `rate`; what each counts, `evaluation.film.study` says.

    `tpir` over passes, with `rate_low_by_person`, `rate_high_by_person` for people who pass more than once; `fpir`;
    `false_over_faces`, `false_over_alerts`; `precision`.
    """
    false = study.false_alerts
    rows = [
        {"name": name} | rate_cells("rate", found)
        for name, found in {
            "tpir": study.tpir,
            "fnir": study.fnir,
            "fpir": study.fpir,
            "false_over_faces": false.over_faces,
            "false_over_alerts": false.over_alerts,
            "precision": study.precision,
        }.items()
    ]
    by_person = study.tpir_by_person
    if by_person is not None:
        rows[0] |= {"rate_low_by_person": by_person.low, "rate_high_by_person": by_person.high}
    return data_frame(rows, ("name", *rate_columns("rate"), "rate_low_by_person", "rate_high_by_person"))


def film_bins(study: FilmStudy) -> DataFrame:
    """TPIR over passes by `quantity` (face-size, speed, crowding): `unit`, `low`, `high`, the columns of `tpir`.

    `low` and `high` bound the bin; the last has no upper one, and the row without either holds the passes of which
    the truth does not say it.
    """
    rows: list[dict[str, Any]] = []
    for binned in study.by:
        what = {"quantity": binned.quantity, "unit": binned.unit}
        rows += [
            what | {"low": each.low, "high": each.high} | rate_cells("tpir", each.tpir)
            for each in binned.bins
        ]
        rows.append(what | rate_cells("tpir", binned.unknown))
    return data_frame(rows, ("quantity", "unit", "low", "high", *rate_columns("tpir")))
