"""All figures of a film worked by hand, and what is said of those that there are no data for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from lfr_actors.evaluation.film.document import film_document
from lfr_actors.evaluation.film.drawing import MOST_ROWS, pictures_of, timeline
from lfr_actors.evaluation.film.matching import FilmAlert
from lfr_actors.evaluation.film.page import film_page
from lfr_actors.evaluation.film.run import FilmRun
from lfr_actors.evaluation.film.statements import statements_of
from lfr_actors.evaluation.film.study import FilmStudy, study_film
from lfr_actors.evaluation.film.truth import FilmPass, FilmTruth
from lfr_actors.evaluation.intervals import Proportion
from lfr_actors.evaluation.plotting import Picture

RUN = FilmRun(
    film="street.mp4",
    film_sha256="00" * 32,
    truth_sha256="11" * 32,
    pack="open",
    pack_sha256={"detector.onnx": "22" * 32},
    pack_licence="CC0",
    fit_for_live=True,
    threshold=0.9,
    confirm_hits=2,
    confirm_within_s=1.0,
    cooldown_s=60.0,
    min_face_px=24.0,
    subjects=3,
    subjects_missing=0,
    templates=4,
    frames=3000,
    faces=20,
    searches=90,
    probes_dropped=0,
    film_s=300.0,
    elapsed_s=200.0,
    software_version="1",
)


def listed(name: str, subject: str, enter_s: float, **more: Any) -> FilmPass:
    """A pass of ten seconds by somebody on the list."""
    return FilmPass(pass_id=name, subject_id=subject, enter_s=enter_s, leave_s=enter_s + 10, **more)


def stranger(name: str, enter_s: float) -> FilmPass:
    """A pass of ten seconds by somebody who is not on the list."""
    return FilmPass(pass_id=name, identity="Joan of Arc", enter_s=enter_s, leave_s=enter_s + 10)


def alerted(subject: str, at_s: float, track: str) -> FilmAlert:
    """An alert."""
    return FilmAlert(track=track, subject_id=subject, media_time_s=at_s, score=0.95)


PASSES = (
    listed("p1", "Ned-Kelly", 10, face_px=90, speed_m_s=1.3),
    listed("p2", "Ned-Kelly", 40, face_px=90, speed_m_s=1.3),  # in the cooldown
    listed("p3", "Mata-Hari", 50, face_px=50),  # missed
    listed("p4", "Mata-Hari", 200, face_px=120),
    FilmPass(pass_id="p5", subject_id="Al-Capone"),  # never to be seen
    stranger("p6", 100),
    stranger("p7", 105),
    stranger("p8", 12),
)
ALERTS = (
    alerted("Ned-Kelly", 12, "1-1"),
    alerted("Mata-Hari", 203, "1-9"),
    alerted("Mata-Hari", 206, "1-10"),  # the same pass
    alerted("Al-Capone", 103, "1-5"),
    alerted("Ned-Kelly", 104, "1-5"),  # the same track again, for somebody else
    alerted("Al-Capone", 250, "1-12"),  # nobody is to be seen
)


def study_of(
    passes: tuple[FilmPass, ...] = PASSES, alerts: tuple[FilmAlert, ...] = ALERTS, **run: Any
) -> FilmStudy:
    """A study of these."""
    return study_film(FilmTruth(passes=passes), alerts, dataclasses.replace(RUN, **run))


@pytest.fixture(scope="module")
def drawn() -> tuple[Picture, ...]:
    """The pictures of the study, drawn once."""
    return pictures_of(study_of())


def counts(rate: Proportion | None) -> tuple[int, int] | None:
    """Hits and trials."""
    return None if rate is None else (rate.hits, rate.trials)


def test_every_rate_has_its_own_denominator() -> None:
    """Worked by hand: two of three passes, two false tracks of three strangers' passes, three of six alerts."""
    study = study_of()
    assert counts(study.tpir) == (2, 3)
    assert counts(study.fnir) == (1, 3)
    assert counts(study.fpir) == (2, 3)
    assert counts(study.false_alerts.over_faces) == (3, 20)
    assert counts(study.false_alerts.over_alerts) == (3, 6)
    assert counts(study.precision) == (3, 6)
    assert study.false_without_strangers == 1
    assert study.tpir is not None
    assert (round(study.tpir.low, 4), round(study.tpir.high, 4)) == (0.0943, 0.9916)


def test_bins_and_waits_are_of_the_passes_that_count() -> None:
    """The pass in the cooldown and the one never seen are in no bin and in no wait."""
    study = study_of()
    size, speed, crowd = study.by
    assert [counts(one.tpir) for one in size.bins] == [None, (0, 1), None, (1, 1), (1, 1), None]
    assert counts(speed.unknown) == (1, 2)
    assert sum(one.tpir.trials for one in crowd.bins if one.tpir is not None) == 3
    assert study.waiting is not None
    assert (study.waiting.alerted, study.waiting.censored) == (2, 1)
    assert study.waiting.times_s.tolist() == [2.0, 3.0]
    assert study.waiting.median.time_s == 3.0


def test_people_are_the_unit_where_somebody_passes_twice() -> None:
    """Three passes by two people are worth fewer than three, and that is said."""
    people = study_of().tpir_by_person
    assert people is not None
    assert (people.hits, people.trials, people.people) == (2, 3, 2)
    assert people.effective < 3
    said = " ".join(statement.text for statement in statements_of(study_of()))
    assert "are of 2 people" in said


@pytest.mark.parametrize(
    ("change", "rate", "words"),
    [
        ({"passes": PASSES[5:]}, lambda one: one.tpir, "TPIR, FNIR and the time"),
        ({"passes": PASSES[:5]}, lambda one: one.fpir, "FPIR: insufficient data, nobody"),
        (
            {"passes": PASSES[:6]},
            lambda one: one.fpir,
            "FPIR: 2 tracks had a false alert, which is more than the 1",
        ),
        (
            {"alerts": ()},
            lambda one: one.precision,
            "Precision and false alerts over alerts: insufficient data",
        ),
        ({"faces": 2}, lambda one: one.false_alerts.over_faces, None),
    ],
)
def test_no_data_is_no_rate(
    change: dict[str, Any], rate: Callable[[FilmStudy], Proportion | None], words: str | None
) -> None:
    """Where there is nothing to divide by there is no rate, never zero, and a sentence says why."""
    study = study_of(**change)
    assert rate(study) is None
    if words is not None:
        assert any(statement.text.startswith(words) for statement in statements_of(study))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fit_for_live": False}, "not called fit for a live deployment. Its licence: CC0"),
        ({"subjects_missing": 2}, "2 of 5 people on the list could not be enrolled"),
        ({"elapsed_s": 1000.0}, "The film of 300 s took 1000 s"),
        ({"probes_dropped": 7}, "7 faces were dropped before their search"),
        (
            {"passes": (listed("p1", "S", 1, photograph_is_enrolled=True),)},
            "1 pass is filmed from a photograph",
        ),
        ({"alerts": (alerted("Mata-Hari", 45, "1-1"),)}, "1 pass is missed while a false alert"),
        ({}, "1 pass is not counted: in the cooldown of 60 s"),
        ({}, "1 pass is never to be seen"),
        ({}, "1 false alert came while nobody was to be seen"),
    ],
)
def test_what_weighs_on_the_figures_is_said(change: dict[str, Any], words: str) -> None:
    """Each circumstance has its sentence, and none where it does not hold."""

    def said(study: FilmStudy) -> str:
        return " ".join(statement.text for statement in statements_of(study))

    assert words in said(study_of(**change))
    if change:
        assert words not in said(study_of())


def test_nobody_is_named_in_what_may_be_published(drawn: tuple[Picture, ...]) -> None:
    """Document, page and plots hold no subject and no identity, only the passes' names."""
    study = study_of()
    document = json.dumps(film_document(study))
    texts = [
        document,
        film_page(study, drawn),
        *(one.alt for one in drawn),
        *(one.svg for one in drawn),
    ]
    for text in texts:
        assert not any(name in text for name in ("Ned-Kelly", "Mata-Hari", "Al-Capone", "Joan of Arc"))
    assert "p4" in document


def test_the_document_holds_every_figure() -> None:
    """Rates with what they count, null where there are none, each pass and each alert."""
    study = study_of()
    document = json.loads(json.dumps(film_document(study)))
    assert (document["schema"], document["version"]) == ("film-evaluation", 1)
    assert document["passes"] == {
        "total": 8,
        "recognised": 2,
        "missed": 1,
        "in_cooldown": 1,
        "never_seen": 1,
        "not_listed": 3,
        "missed_after_false_alert": 0,
    }
    assert document["alerts"]["false"] == 3
    assert document["alerts"]["tracks_with_false_alert"] == 2
    assert document["tpir"]["of"] == "passes recognised, of those that could be"
    assert [one["result"] for one in document["each_pass"]][:5] == [
        "recognised",
        "in-cooldown",
        "missed",
        "recognised",
        "never-seen",
    ]
    assert document["each_alert"][1]["strangers_to_be_seen"] == 1
    assert document["by"]["speed"]["bins"][0]["tpir"] is None
    assert film_document(study_of(passes=(), alerts=()))["time_to_alert"] is None
    assert json.loads(json.dumps(film_document(study_of()))) == document


def test_pictures_say_in_words_what_they_show(drawn: tuple[Picture, ...]) -> None:
    """The alternative texts hold the figures; there is no curve without an alert."""
    line, bins, curve = drawn
    assert "Of 4 passes of people on the list 2 were recognised, 1 missed, 1 fell into a cooldown" in line.alt
    assert "40 to under 60 px: 0 %" in bins.alt
    assert "2 with, 1 never. Median 3.0 s." in curve.alt
    nothing = study_of(passes=(), alerts=(), film_s=None)
    (empty,) = pictures_of(nothing)
    assert "Of 0 passes" in empty.alt
    assert "insufficient data" in film_page(nothing, (empty,))
    many = tuple(listed(f"p{place}", f"S{place}", 1) for place in range(MOST_ROWS + 1))
    assert f"Of {MOST_ROWS + 1} passes" in timeline(study_of(passes=many)).alt
