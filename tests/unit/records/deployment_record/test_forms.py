"""The record as JSON, CSV and HTML: published forms, and the same bytes for the same events."""

from __future__ import annotations

import json
import locale
import re
import time
from dataclasses import asdict, replace

import jsonschema
import pytest

from lfr_actors.events.marks import BlueListPassed, BlueListRecognised
from lfr_actors.events.measuring import Band, MeasurementDeclared, RateLeftBand, RateReturned
from lfr_actors.records.deployment_record.csv_form import COLUMNS, csv_bytes
from lfr_actors.records.deployment_record.describing import NO_CAMERAS_ALARMS
from lfr_actors.records.deployment_record.document import RecordDocument, record_schema
from lfr_actors.records.deployment_record.drawings import drawings
from lfr_actors.records.deployment_record.html_form import html_bytes
from tests.unit.events.samples import BODIES
from tests.unit.records.deployment_record.story import (
    NAME,
    STRETCHES,
    Script,
    closing,
    document,
    matchday,
    opening,
)


def test_the_json_follows_its_published_schema_and_reads_back() -> None:
    """JSON Schema 2020-12, without any field that is not declared."""
    schema = record_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for record in (document(matchday().log), document(matchday().log, exact=True)):
        value = json.loads(record.json_bytes())
        jsonschema.Draft202012Validator(schema).validate(value)
        assert RecordDocument.from_json(record.json_bytes()) == record
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(value | {"opinion": "good"})
    with pytest.raises(ValueError, match=r"is not a record: counts\.alerts: "):
        RecordDocument.from_json(json.dumps(value | {"counts": value["counts"] | {"alerts": "many"}}))


def test_two_people_get_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither time zone nor language of the machine is in any form."""

    def forms() -> tuple[bytes, ...]:
        record = document(matchday().log)
        return record.json_bytes(), csv_bytes(record), html_bytes(record)

    before = forms()
    kept = locale.setlocale(locale.LC_ALL)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    try:
        time.tzset()
        for name in ("C", "de_DE.UTF-8", "cy_GB.UTF-8"):
            try:
                locale.setlocale(locale.LC_ALL, name)
            except locale.Error:  # not installed on this machine
                continue
            assert forms() == before
    finally:
        monkeypatch.undo()
        time.tzset()
        locale.setlocale(locale.LC_ALL, kept)


def test_the_page_is_one_file_that_asks_nobody_for_anything() -> None:
    """No script, no address, no picture from elsewhere; what a file says is shown and never obeyed."""
    page = html_bytes(document(matchday(location="<script>alert(1)</script>").log)).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert not re.findall(r"\b(?:src|href)=", page)
    assert page.count("<svg") == 2
    assert page.startswith('<!doctype html>\n<html lang="en">')


def test_the_page_says_what_a_reader_must_know_first() -> None:
    """Not for publication, and undecided alerts, stand above all figures."""
    page = html_bytes(document(matchday(fit_for_live=False).log, exact=True)).decode()
    figures = page.index("Faces seen")
    for words in ("NOT FOR PUBLICATION", "1 alert of 11 has not been decided", "not for live deployments"):
        assert page.index(words) < figures


def test_drawings_carry_their_figures_in_words() -> None:
    """Whoever cannot see them hears the same counts and intervals."""
    funnel, rates = drawings(document(matchday().log))
    assert "faces seen (tracks) 34,900, alerts 11, judged true 7, engaged 5" in funnel.alt
    assert "0.0086 %, 1 in 11,633" in rates.alt
    script = Script()
    script.add(NAME, *opening(), *closing(NAME, alerts=0))
    assert "insufficient data" in drawings(document(script.log))[1].svg


def test_the_blue_list_and_declared_bands_are_in_it() -> None:
    """TPIR with its interval, and every leaving of a band with when it returned."""
    passed = next(body for body in BODIES if isinstance(body, BlueListPassed))
    recognised = next(body for body in BODIES if isinstance(body, BlueListRecognised))
    script = Script()
    script.add(NAME, *opening(), *STRETCHES, passed, recognised)
    script.add(NAME, replace(passed, at=passed.at.replace(hour=15)))
    declared = MeasurementDeclared(
        bands=(Band(what="never-searched", at_most=0.15),),
        confidence=0.99,
        commissioned={},
        never_compared={},
    )
    left = RateLeftBand(
        what="never-searched",
        camera=None,
        figure=0.2,
        hits=200,
        trials=1_000,
        low=0.17,
        high=0.23,
        confidence=0.99,
        at_least=None,
        at_most=0.15,
        against="the declared band",
    )
    returned = RateReturned(**asdict(left), after_s=60.0)
    script.add(NAME, declared, left, returned, replace(left, camera="station"))
    script.add(NAME, *closing(NAME, *STRETCHES, alerts=0))
    record = document(script.log)
    (part,) = record.deployments
    assert part.blue_list is not None
    assert part.blue_list.tpir is not None
    assert (part.blue_list.tpir.hits, part.blue_list.tpir.trials, part.blue_list.missed) == (1, 2, 1)
    assert part.measurement is not None
    assert [each.words for each in part.measurement.declared] == ["tracks never searched: at most 15 %"]
    assert [(each.camera, each.returned_at is None) for each in part.measurement.alarms] == [
        (None, False),
        ("station", True),
    ]
    assert "did not return" in html_bytes(record).decode()


def test_alarms_about_the_false_alerts_of_one_camera_are_for_those_inside() -> None:
    """Their counts are those that the table by camera hides; that there was one, or none, is not told either."""
    declared = MeasurementDeclared(
        bands=(Band(what="false-alert-rate-over-decided", at_most=0.15),),
        confidence=0.99,
        commissioned={},
        never_compared={},
    )
    left = RateLeftBand(
        what="false-alert-rate-over-decided",
        camera="station",
        figure=0.75,
        hits=3,
        trials=4,
        low=0.2,
        high=0.98,
        confidence=0.99,
        at_least=None,
        at_most=0.15,
        against="the declared band",
    )
    pages = []
    for alarms in ((), (left,), (left, RateReturned(**asdict(left), after_s=60.0))):
        script = Script()
        script.add(NAME, *opening(), *STRETCHES, declared, *alarms, *closing(NAME, *STRETCHES, alerts=0))
        (part,) = document(script.log).deployments
        assert part.measurement is not None
        assert (part.measurement.alarms, part.measurement.withheld) == ((), NO_CAMERAS_ALARMS)
        pages.append(html_bytes(document(script.log)).decode())
        (inside,) = document(script.log, exact=True).deployments
        assert inside.measurement is not None
        assert len(inside.measurement.alarms) == (1 if alarms else 0)
        assert inside.measurement.withheld is None
    assert not any("3 of 4" in page or "Nothing left its band" in page for page in pages)


def test_an_operation_sums_its_deployments_and_states_each() -> None:
    """Counts and rates over the sum, a row for each, list sizes never added."""
    script = matchday("day-1", operation="autumn")
    for event in matchday("day-2", operation="autumn").log:
        script.add(event.deployment_id, event.body)
    script.add("day-3", *opening("day-3"))  # of no operation
    record = document(script.log, operation="autumn")
    assert [part.identity.deployment for part in record.deployments] == ["day-1", "day-2"]
    assert (record.counts.faces_seen, record.counts.alerts, record.counts.arrests) == (69_800, 22, 4)
    assert record.rates.false_over_faces is not None
    assert (record.rates.false_over_faces.hits, record.rates.false_over_faces.trials) == (6, 69_800)
    assert record.reconciliation.holds
    assert [table.name for table in record.tables] == [
        "alerts-by-category",
        "outcomes-by-category",
        "outcomes-by-offence",
    ]
    heading, *rows, _ = csv_bytes(record).decode().split("\n")
    assert heading.split(",") == list(COLUMNS)
    assert [row.split(",")[0] for row in rows] == ["day-1", "day-2"]
    assert "500" in {figure.value for figure in record.headline}
    assert "Lists are not added up" in html_bytes(record).decode()
