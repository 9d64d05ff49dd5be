"""The decision rule as a table, and the id of an alert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.alerting.rule import AlertRule, RuleSettings, Verdict, alert_id
from lfr_actors.messages import Candidate

NO, PENDING, RAISE, RAISED, COOLING = (
    Verdict.NO_MATCH,
    Verdict.PENDING,
    Verdict.RAISE,
    Verdict.RAISED,
    Verdict.COOLING,
)


def answer(subject: str | None, score: float, threshold: float = 0.5) -> Candidate | None:
    """The first candidate of a search, or none."""
    if subject is None:
        return None
    return Candidate(subject_id=subject, score=score, threshold=threshold)  # type: ignore[arg-type]


def rule(hits: int = 2, cooldown_s: float = 60.0) -> AlertRule:
    """A rule with hits within one second."""
    return AlertRule(RuleSettings(hits=hits, within_s=1.0, cooldown_s=cooldown_s))


TABLE = [
    ("an empty gallery never matches", 1, [("t", 0, None, 0, NO)]),
    ("below the threshold", 1, [("t", 0, "a", 0.4999, NO)]),
    ("equal to the threshold is a hit", 1, [("t", 0, "a", 0.5, RAISE)]),
    ("two hits within the time", 2, [("t", 0, "a", 0.6, PENDING), ("t", 1.0, "a", 0.6, RAISE)]),
    ("the second hit too late", 2, [("t", 0, "a", 0.6, PENDING), ("t", 1.01, "a", 0.6, PENDING)]),
    (
        "a miss between two hits does not count against them",
        2,
        [("t", 0, "a", 0.6, PENDING), ("t", 0.2, "a", 0.1, NO), ("t", 0.4, "a", 0.6, RAISE)],
    ),
    ("hits of two tracks are not added", 2, [("t", 0, "a", 0.6, PENDING), ("u", 0.1, "a", 0.6, PENDING)]),
    ("hits of two subjects are not added", 2, [("t", 0, "a", 0.6, PENDING), ("t", 0.1, "b", 0.6, PENDING)]),
    ("once raised, the track stays raised", 1, [("t", 0, "a", 0.6, RAISE), ("t", 90, "a", 0.6, RAISED)]),
    ("another track within the cooldown", 1, [("t", 0, "a", 0.6, RAISE), ("u", 59, "a", 0.6, COOLING)]),
    ("another track after the cooldown", 1, [("t", 0, "a", 0.6, RAISE), ("u", 60, "a", 0.6, RAISE)]),
    ("another subject has its own cooldown", 1, [("t", 0, "a", 0.6, RAISE), ("u", 1, "b", 0.6, RAISE)]),
    (
        "a cooldown runs from the last sight",
        1,
        [("t", 0, "a", 0.6, RAISE), ("t", 50, "a", 0.6, RAISED), ("u", 100, "a", 0.6, COOLING)],
    ),
]


@pytest.mark.parametrize(("hits", "searches"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_table(hits: int, searches: list[tuple[str, float, str | None, float, Verdict]]) -> None:
    """Each search of a row gets the verdict that the row says."""
    tested = rule(hits)
    for track, at, subject, score, expected in searches:
        assert tested.decide(track, at, answer(subject, score)).verdict is expected  # type: ignore[arg-type]


def test_everybody_has_a_threshold_of_their_own() -> None:
    """The same score raises an alert of a subject with a lower threshold and is nothing for one with a higher."""
    tested = rule(hits=1)
    assert tested.decide("t", 0, answer("a", 0.6, threshold=0.7)).verdict is NO  # type: ignore[arg-type]
    decision = tested.decide("t", 1, answer("b", 0.6, threshold=0.4))  # type: ignore[arg-type]
    assert decision.verdict is RAISE
    assert decision.candidate is not None
    assert decision.candidate.threshold == 0.4


def test_a_track_that_stays_in_the_picture_keeps_its_pass_open() -> None:
    """Being seen, without a search, also starts the cooldown anew; an ended track lets it run out."""
    tested = rule(hits=1, cooldown_s=10)
    tested.decide("t", 0, answer("a", 0.9))  # type: ignore[arg-type]
    tested.track_seen("t", 30)  # type: ignore[arg-type]
    assert tested.decide("u", 35, answer("a", 0.9)).verdict is COOLING  # type: ignore[arg-type]
    tested.track_ended("t")  # type: ignore[arg-type]
    tested.track_ended("u")  # type: ignore[arg-type]
    assert tested.decide("v", 45, answer("a", 0.9)).verdict is RAISE  # type: ignore[arg-type]


def test_pending_lasts_as_long_as_a_second_hit_can_come() -> None:
    """A first hit is pending within its time, and no longer once the alert is raised or the time is over."""
    tested = rule(hits=2)
    assert not tested.pending("t", 0)  # type: ignore[arg-type]
    tested.decide("t", 0, answer("a", 0.9))  # type: ignore[arg-type]
    assert tested.pending("t", 1.0)  # type: ignore[arg-type]
    assert not tested.pending("t", 1.1)  # type: ignore[arg-type]
    tested.decide("t", 0.5, answer("a", 0.9))  # type: ignore[arg-type]
    assert not tested.pending("t", 0.6)  # type: ignore[arg-type]


searches = st.lists(
    st.tuples(st.sampled_from("tuv"), st.floats(0, 3), st.sampled_from("ab"), st.floats(0, 1)), max_size=60
)


@given(searches, st.integers(1, 3), st.floats(0, 30))
def test_no_two_alerts_of_a_subject_within_the_cooldown(
    film: list[tuple[str, float, str, float]], hits: int, cooldown_s: float
) -> None:
    """Whatever is searched: alerts of one subject lie at least a cooldown apart, and no id comes twice."""
    tested = rule(hits, cooldown_s)
    now, last, ids = 0.0, {}, set()  # type: ignore[var-annotated]
    for track, step, subject, score in film:
        now += step
        decision = tested.decide(track, now, answer(subject, score))  # type: ignore[arg-type]
        if decision.verdict is RAISE:
            assert score >= 0.5
            assert decision.hits >= hits
            assert now - last.get(subject, -1e9) >= cooldown_s
            last[subject] = now
            made = alert_id(bytes(32), "d", "c", track, subject)  # type: ignore[arg-type]
            assert made not in ids
            ids.add(made)


def test_an_alert_id_depends_on_the_secret_and_all_four_names_and_on_nothing_else() -> None:
    """The same four names under one secret give the same id; names that only look alike when joined, or another
    secret, give another: without the secret nobody can try whose alert it was.
    """
    names = [("d", "c", "1-1", "s"), ("d", "c1", "-1", "s"), ("d", "c", "1-1s", ""), ("dc", "", "1-1", "s")]
    ids = [alert_id(bytes(32), *name) for name in names]  # type: ignore[arg-type]
    assert len(set(ids)) == len(ids)
    assert alert_id(bytes(32), *names[0]) == ids[0]  # type: ignore[arg-type]
    assert alert_id(b"1" * 32, *names[0]) != ids[0]  # type: ignore[arg-type]
