"""Alerts and the blue list side by side: neither takes anything from the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.alerting.blue_list import CameraRule, Decisions
from lfr_actors.alerting.rule import RuleSettings, Verdict
from lfr_actors.messages import Candidate, SearchResult

Scores: TypeAlias = Sequence[tuple[str, float]]
Search: TypeAlias = tuple[str, float, Scores]
"""Track, seconds since the search before, and the scores of subjects; volunteers are named in upper case."""


def answer(scores: Scores) -> SearchResult:
    """A search result with these scores, in the order in which a matcher has them; the threshold is 0.5."""
    candidates = [
        Candidate(subject_id=who, score=score, threshold=0.5, is_blue=who.isupper())  # type: ignore[arg-type]
        for who, score in scores
    ]
    ordered = sorted(candidates, key=lambda each: (not each.reached, -each.score, each.subject_id))
    return SearchResult(
        candidates=tuple(ordered),
        gallery_version="v",  # type: ignore[arg-type]
        gallery_subjects=3,
    )


def rule(hits: int = 1, cooldown_s: float = 60.0) -> CameraRule:
    """A rule with hits within one second."""
    return CameraRule(RuleSettings(hits=hits, within_s=1.0, cooldown_s=cooldown_s))


def decide(tested: CameraRule, track: str, at: float, scores: Scores) -> Decisions:
    """What becomes of a search."""
    return tested.decide(track, at, answer(scores))  # type: ignore[arg-type]


def who(decisions: Decisions) -> tuple[str | None, str | None]:
    """For whom an alert is raised, and who of the blue list is recognised."""
    alert, blue = decisions.alert, decisions.blue
    return (
        alert.candidate.subject_id if alert.verdict is Verdict.RAISE and alert.candidate else None,
        blue.candidate.subject_id if blue.verdict is Verdict.RAISE and blue.candidate else None,
    )


def test_a_volunteer_raises_no_alert() -> None:
    """Somebody of the blue list is recognised, and nobody is told."""
    assert who(decide(rule(), "t", 0, [("V", 0.9), ("a", 0.1)])) == (None, "V")


def test_a_subject_behind_a_volunteer_raises_the_alert() -> None:
    """A face that reaches the thresholds of both raises the subject's alert, though the volunteer is more alike."""
    assert who(decide(rule(), "t", 0, [("V", 0.9), ("a", 0.6)])) == ("a", "V")


def test_a_volunteer_behind_a_subject_is_not_recognised() -> None:
    """As a subject in second place would not be; the alert is the subject's."""
    assert who(decide(rule(), "t", 0, [("V", 0.6), ("a", 0.9)])) == ("a", None)


def test_a_volunteer_starts_no_cooldown_of_a_subject() -> None:
    """A subject who follows a volunteer through the picture raises an alert, on the same track or another."""
    tested = rule()
    assert who(decide(tested, "t", 0, [("V", 0.9)])) == (None, "V")
    assert who(decide(tested, "t", 1, [("a", 0.9)])) == ("a", None)
    assert who(decide(tested, "u", 2, [("b", 0.9), ("V", 0.8)])) == ("b", None)


def test_one_pass_of_a_volunteer_is_recognised_once() -> None:
    """Corroboration and cooldown are those of alerts, through several tracks."""
    tested = rule(hits=2)
    seen = [decide(tested, *step).blue.verdict for step in _steps("t", "u", [("V", 0.9)])]
    assert seen == [Verdict.PENDING, Verdict.RAISE, Verdict.PENDING, Verdict.COOLING]


def test_a_first_hit_of_either_awaits_another() -> None:
    """A volunteer's face is probed again as soon as a subject's would be, or their passes would measure less."""
    tested = rule(hits=2)
    assert not tested.pending("t", 0)  # type: ignore[arg-type]
    decide(tested, "t", 0, [("V", 0.9)])
    assert tested.pending("t", 0.5)  # type: ignore[arg-type]
    decide(tested, "u", 0, [("a", 0.9)])
    assert tested.pending("u", 0.5)  # type: ignore[arg-type]


def test_a_track_shows_its_subjects_and_no_volunteer() -> None:
    """Whom a track raised decides whose face is shown; of the blue list nobody's is."""
    tested = rule()
    decide(tested, "t", 0, [("V", 0.9), ("a", 0.6)])
    assert tested.raised_by("t") == {"a"}  # type: ignore[arg-type]
    tested.track_ended("t")  # type: ignore[arg-type]
    assert tested.raised_by("t") == frozenset()  # type: ignore[arg-type]


def _steps(*told: str | Scores) -> list[tuple[str, float, Scores]]:
    """Two searches of each of two tracks, half a second apart."""
    first, second, scores = told
    assert not isinstance(scores, str)
    return [(str(track), at / 2, scores) for at, track in enumerate([first, first, second, second])]


def searches(people: str) -> st.SearchStrategy[list[Search]]:
    """Films in which these people are searched, in any mixture."""
    scores = st.lists(
        st.tuples(st.sampled_from(people), st.floats(0, 1)), max_size=4, unique_by=lambda each: each[0]
    )
    return st.lists(st.tuples(st.sampled_from("tuv"), st.floats(0, 3), scores), max_size=40)


@given(searches("abVW"), st.integers(1, 3), st.floats(0, 30))
def test_alerts_are_those_without_a_blue_list(film: list[Search], hits: int, cooldown_s: float) -> None:
    """Whatever is searched: each search is decided for subjects as though nobody were on the blue list, and an
    alert never names a volunteer.
    """
    mixed, alone = rule(hits, cooldown_s), rule(hits, cooldown_s)
    now = 0.0
    for track, step, scores in film:
        now += step
        subjects = [each for each in scores if each[0].islower()]
        got, wanted = decide(mixed, track, now, scores), decide(alone, track, now, subjects)
        assert got.alert == wanted.alert
        assert got.alert.candidate is None or not got.alert.candidate.is_blue
        assert got.blue.candidate is None or got.blue.candidate.is_blue


@given(searches("VW"), st.integers(1, 3), st.floats(0, 30))
def test_volunteers_are_decided_as_subjects_are(film: list[Search], hits: int, cooldown_s: float) -> None:
    """Alone in a film, volunteers are recognised exactly when subjects with their scores would raise an alert."""
    tested, of_subjects = rule(hits, cooldown_s), rule(hits, cooldown_s)
    now = 0.0
    for track, step, scores in film:
        now += step
        got = decide(tested, track, now, scores).blue
        wanted = decide(of_subjects, track, now, [(name.lower(), score) for name, score in scores]).alert
        assert (got.verdict, got.hits) == (wanted.verdict, wanted.hits)
