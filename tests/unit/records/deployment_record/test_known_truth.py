"""A day whose truth is known: every count, every rate, every cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from scipy.stats import binomtest

from lfr_actors.events.amending import WatchlistAmended, WatchlistAmendmentRefused
from lfr_actors.events.deployments import PredictedFalseMatches
from lfr_actors.events.keeping import RetentionDeclared
from lfr_actors.events.marks import ThresholdChanged
from lfr_actors.records.deployment_record.csv_form import csv_bytes
from lfr_actors.records.deployment_record.figures import Table
from lfr_actors.retention.policy import SitePolicy
from tests.unit.events.samples import BODIES, NOON
from tests.unit.records.deployment_record.story import (
    NAME,
    STRETCHES,
    Script,
    closing,
    document,
    matchday,
    opening,
)


def test_every_count_is_the_truth() -> None:
    """What cameras, operators and officers did is counted as it was written."""
    counts = document(matchday().log).counts
    assert counts.model_dump() == {
        "frames": 2000,
        "frames_dropped": 20,
        "faces_seen": 34_900,
        "tracks_ended": 34_900,
        "tracks_searched": 28_000,
        "searches": 84_000,
        "probes_dropped": 0,
        "alerts": 11,
        "judged_true": 7,
        "judged_false": 2,
        "cannot_tell": 1,
        "undecided": 1,
        "disputed": 0,
        "true_alerts": 6,
        "false_alerts": 3,
        "engagements": 5,
        "not_engaged": 1,
        "engagement_open": 1,
        "confirmed_true": 3,
        "confirmed_false": 1,
        "confirmation_open": 1,
        "outcomes": 5,
        "outcomes_engaged": 4,
        "arrests": 2,
        "other_outcomes": 3,
        "by_outcome": {
            "arrest": 2,
            "compliance-check-met": 1,
            "compliance-check-breached": 0,
            "safeguarding": 0,
            "missing-person-located": 0,
            "no-further-action": 1,
            "misidentification": 1,
        },
        "escalated": 0,
        "alerts_from_part_of_the_list": 0,
    }


def test_rates_state_both_denominators_with_exact_intervals() -> None:
    """Both false alert rates and precision agree with an independent exact interval."""
    rates = document(matchday().log).rates
    for rate, hits, trials in (
        (rates.false_over_faces, 3, 34_900),
        (rates.false_over_alerts, 3, 11),
        (rates.precision, 6, 9),
    ):
        assert rate is not None
        expected = binomtest(hits, trials).proportion_ci(0.95, method="exact")
        assert (rate.hits, rate.trials) == (hits, trials)
        assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), rel=1e-5)
    assert rates.false_over_faces is not None
    assert rates.false_over_faces.words == (
        "0.0086 %, 1 in 11,633 (3 of 34,900; 95 % interval 0.0018 % to 0.025 %)"
    )


def _cells(table: Table) -> dict[str, list[int | None]]:
    return {row.name: [*(cell.count for cell in row.cells), row.total.count] for row in table.rows}


def test_every_cell_of_the_exact_tables() -> None:
    """Inside, each table says where every alert and every outcome belongs."""
    tables = {table.name: table for table in document(matchday().log, exact=True).tables}
    assert _cells(tables["alerts-by-camera"]) == {
        "bridge-street": [2, 2, 1, 0, 5],
        "station": [4, 1, 0, 1, 6],
        "all": [6, 3, 1, 1, 11],
    }
    assert _cells(tables["alerts-by-category"]) == {
        "warrant": [6, 1, 0, 0, 7],
        "safeguarding": [0, 2, 1, 1, 4],
        "all": [6, 3, 1, 1, 11],
    }
    assert _cells(tables["outcomes-by-category"]) == {
        "warrant": [2, 1, 0, 0, 0, 1, 1, 5],
        "all": [2, 1, 0, 0, 0, 1, 1, 5],
    }
    assert _cells(tables["outcomes-by-offence"]) == {
        "violence": [1, 0, 1],
        "theft": [1, 0, 1],
        "all": [2, 0, 2],
    }


def test_it_says_who_where_when_and_what_became_of_the_data() -> None:
    """Identity, list, threshold, never searched, longest life, receipts, and what is kept until when."""
    record = document(matchday().log)
    (part,) = record.deployments
    assert (part.identity.force, part.identity.technology_provider) == (
        "North Wales Police",
        "South Wales Police",
    )
    assert part.identity.state == "closed"
    assert not record.interim
    assert part.watchlist is not None
    assert (part.watchlist.subjects, part.watchlist.templates, part.watchlist.blue) == (500, 510, 2)
    assert [(each.scope, each.low, each.settings) for each in part.thresholds] == [("deployment", 0.955, 1)]
    assert [(each.words, each.tracks) for each in part.never_searched] == [
        ("too blurred", 4000),
        ("too small", 2000),
        ("ended before its search", 900),
    ]
    assert part.never_searched_share is not None
    assert (part.never_searched_share.hits, part.never_searched_share.trials) == (6_900, 34_900)
    assert [(each.kind, each.longest_s, each.overwritten) for each in part.non_matches] == [("chip", 0.04, 6)]
    lines = {line.what.partition(":")[0]: line for line in part.retention}
    assert (lines["false alerts"].erased, lines["false alerts"].kept) == (3, 0)
    assert lines["all other alerts and their pictures"].kept == 8
    ended = part.identity.ended_at
    assert ended is not None
    assert lines["all other alerts and their pictures"].due_at == ended + dt.timedelta(hours=24)
    assert (lines["the watchlist"].erased, lines["the watchlist"].longest_late_s) == (1, 0.2)


def test_predicted_and_observed_false_alerts() -> None:
    """A rate measured with 1,000 on the list is brought to 500, and its range holds what was observed."""
    measured = PredictedFalseMatches(
        hits=1, searches=6_000, subjects=1_000, threshold=0.955, measured_at=NOON
    )
    predicted = document(matchday(predicted=measured).log).deployments[0].predicted
    assert predicted is not None
    assert predicted.fpir_here == pytest.approx(1 - (1 - 1 / 6_000) ** 0.5, rel=1e-5)
    assert predicted.expected == pytest.approx(28_000 * predicted.fpir_here, rel=1e-5)
    assert predicted.expected_low <= predicted.observed == 3 <= predicted.expected_high
    assert "as predicted" in predicted.words
    other = PredictedFalseMatches(hits=1, searches=6_000, subjects=1_000, threshold=0.9, measured_at=NOON)
    compared = document(matchday(predicted=other).log).deployments[0].predicted
    assert compared is not None
    assert not compared.comparable
    assert "cannot be compared" in compared.words
    assert document(matchday(predicted=None).log).deployments[0].predicted is None


def test_the_row_of_the_csv() -> None:
    """One row with the columns in which such records are published."""
    heading, row, end = csv_bytes(document(matchday().log)).decode().split("\n")
    values = dict(zip(heading.split(","), row.split(","), strict=True))
    assert end == ""
    assert {name: values[name] for name in ("deployment", "date", "place", "watchlist_subjects")} == {
        "deployment": NAME,
        "date": "2024-09-07",
        "place": "Wrexham city centre",
        "watchlist_subjects": "500",
    }
    counted = (
        "faces_seen_tracks",
        "alerts",
        "true_alerts",
        "confirmed_true",
        "false_alerts",
        "confirmed_false",
    )
    assert [values[name] for name in counted] == ["34900", "11", "6", "3", "3", "1"]
    assert [values[name] for name in ("engagements", "not_engaged", "arrests", "other_outcomes")] == [
        "5",
        "1",
        "2",
        "3",
    ]
    assert values["false_alert_rate_over_faces"].startswith("8.59599e-05")
    assert values["reconciles"] == "yes"


def test_without_any_face_there_is_no_rate() -> None:
    """A rate without data is insufficient data, and never zero."""
    script = Script()
    script.add(NAME, *opening(), *closing(NAME, alerts=0))
    record = document(script.log)
    assert record.rates.false_over_faces is record.rates.false_over_alerts is record.rates.precision is None
    assert {figure.value for figure in record.headline[-2:]} == {"insufficient data"}
    assert record.deployments[0].never_searched_share is None
    assert record.reconciliation.remarks == ("no camera reported any frame",)


def test_a_shorter_retention_is_stated_in_the_words_of_the_policy() -> None:
    """The declared lifetimes rule, and the digest shows that this software has the same wording for them."""
    site = SitePolicy(alerts=dt.timedelta(hours=6)).policy()
    declared = RetentionDeclared(
        policy_version=site.version, policy_digest=site.digest, lifetimes_s=site.lifetimes_s
    )
    for body, remarks in (
        (declared, ()),
        (
            replace(declared, policy_digest="0" * 64),
            (
                "the retention policy in force had another wording than this software has; lifetimes are as "
                "declared",
            ),
        ),
    ):
        script = Script()
        script.add(NAME, *opening(), body, *STRETCHES, *closing(NAME, *STRETCHES, alerts=0))
        record = document(script.log)
        assert record.reconciliation.remarks == remarks
        if not remarks:
            assert record.deployments[0].retention[1].rule == "6 hours after the end of the deployment"


def test_a_list_that_was_amended_is_stated_as_last_used() -> None:
    """Its size then, the fewest and the most, and every change with its reason."""
    amended = next(body for body in BODIES if isinstance(body, WatchlistAmended))
    refused = next(body for body in BODIES if isinstance(body, WatchlistAmendmentRefused))
    script = Script()
    script.add(NAME, *opening(), replace(amended, subjects=501), replace(amended, version="g3", subjects=499))
    script.add(NAME, refused, *STRETCHES, *closing(NAME, *STRETCHES, alerts=0))
    watchlist = document(script.log).deployments[0].watchlist
    assert watchlist is not None
    assert (watchlist.version, watchlist.subjects, watchlist.refused) == ("g3", 499, 1)
    assert (watchlist.subjects_least, watchlist.subjects_most) == (499, 501)
    assert [(change.added, change.removed, change.reason) for change in watchlist.amendments] == [
        (2, 1, "new-intelligence")
    ] * 2
    script = Script()
    script.add(NAME, opening()[0])
    assert document(script.log).deployments[0].watchlist is None


def test_thresholds_of_single_subjects_tell_of_none() -> None:
    """Settings for categories are listed as they changed; those for subjects only as a range."""
    change = next(body for body in BODIES if isinstance(body, ThresholdChanged))
    script = Script()
    script.add(NAME, *opening(), change, change, replace(change, threshold=0.94))
    for threshold in (0.9, 0.92):
        script.add(
            NAME, replace(change, scope="subject", category=None, commitment="ef" * 32, threshold=threshold)
        )
    settings = document(script.log).deployments[0].thresholds
    assert [(each.scope, each.low, each.high, each.settings) for each in settings] == [
        ("deployment", 0.955, 0.955, 1),
        ("category safeguarding", 0.93, 0.93, 1),
        ("category safeguarding", 0.94, 0.94, 1),
        ("single subjects", 0.9, 0.92, 2),
    ]
