"""Alerts against passes: what was right, what was missed, and what says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.evaluation.film.matching import (
    AlertResult,
    FilmAlert,
    Matched,
    PassResult,
    match_film,
)
from lfr_actors.evaluation.film.truth import FilmPass


def passed(
    name: str, subject: str | None, enter_s: float | None = None, leave_s: float | None = None
) -> FilmPass:
    """A pass."""
    return FilmPass(pass_id=name, subject_id=subject, enter_s=enter_s, leave_s=leave_s)


def alerted(subject: str, at_s: float, track: str = "1-1") -> FilmAlert:
    """An alert."""
    return FilmAlert(track=track, subject_id=subject, media_time_s=at_s, score=0.9)


def judged(passes: list[FilmPass], alerts: list[FilmAlert], cooldown_s: float = 60) -> tuple[str, str]:
    """The first letters of what became of the passes, and of the alerts."""
    matched = match_film(passes, alerts, cooldown_s=cooldown_s, slack_s=1)
    return (
        "".join(str(one.result)[0] for one in matched.passes),
        "".join({"right": "+", "repeated": "=", "false": "-"}[one.result] for one in matched.alerts),
    )


ONE = passed("p1", "S1", 10, 15)


@pytest.mark.parametrize(
    ("passes", "alerts", "expected"),
    [
        ([ONE], [alerted("S1", 12)], ("r", "+")),
        ([ONE], [], ("m", "")),
        ([ONE], [alerted("S1", 16)], ("r", "+")),  # the slack, at its very end
        ([ONE], [alerted("S1", 9)], ("r", "+")),
        ([ONE], [alerted("S1", 16.1)], ("m", "-")),
        ([ONE], [alerted("S2", 12)], ("m", "-")),  # somebody else of the list
        ([passed("p1", None, 10, 15)], [alerted("S1", 12)], ("n", "-")),
        ([passed("p1", None, 10, 15)], [], ("n", "")),
        ([passed("p1", "S1")], [alerted("S1", 12)], ("n", "-")),  # never to be seen
        ([], [alerted("S1", 12)], ("", "-")),
        (
            [ONE],
            [alerted("S1", 14, "1-2"), alerted("S1", 11)],
            ("r", "+="),
        ),  # two of one pass, in order of time
        ([ONE], [alerted("S1", 12), alerted("S2", 12)], ("r", "+-")),
    ],
)
def test_alerts_are_right_where_their_subject_is(
    passes: list[FilmPass], alerts: list[FilmAlert], expected: tuple[str, str]
) -> None:
    """Right within the slack around a pass of the same subject, else false; a pass has one right alert."""
    assert judged(passes, alerts) == expected


def test_a_second_pass_in_the_cooldown_is_no_miss() -> None:
    """Until the cooldown after the end of the first pass has run out; then it is one again."""
    for enter_s, expected in ((20, "ri"), (74.9, "ri"), (75, "rm")):
        assert judged([ONE, passed("p2", "S1", enter_s, 80)], [alerted("S1", 12)])[0] == expected
    assert judged([ONE, passed("p2", "S1", 20, 25)], [alerted("S1", 12), alerted("S1", 22)]) == ("rr", "++")


def test_a_pass_in_a_cooldown_may_have_renewed_it() -> None:
    """A third pass within the cooldown of the second says nothing either, as nobody knows of the second."""
    passes = [ONE, passed("p2", "S1", 60, 65), passed("p3", "S1", 100, 105), passed("p4", "S1", 200, 205)]
    assert judged(passes, [alerted("S1", 12)])[0] == "riim"


def test_a_missed_pass_begins_no_cooldown() -> None:
    """Two passes without any alert are two misses; what comes before a recognition is not in its cooldown."""
    passes = [ONE, passed("p2", "S1", 20, 25)]
    assert judged(passes, [])[0] == "mm"
    assert judged(passes, [alerted("S1", 22)])[0] == "mr"


def test_the_cooldown_of_a_false_alert_excuses_nothing() -> None:
    """A pass that a false alert for the same subject may hide is missed, and marked; another subject's is not."""
    matched = match_film([ONE], [alerted("S1", 2)], cooldown_s=60)
    assert (matched.passes[0].result, matched.passes[0].after_false) == (PassResult.MISSED, True)
    for alert in (alerted("S2", 2), alerted("S1", 40)):
        assert not match_film([ONE], [alert], cooldown_s=8).passes[0].after_false


def test_an_alert_between_two_passes_is_of_the_nearer() -> None:
    """The nearer in time takes it, the earlier when they are equally near."""
    passes = [ONE, passed("p2", "S1", 16.5, 20)]
    for at_s, own in ((15.7, "p1"), (15.8, "p2"), (15.75, "p1")):
        (alert,) = match_film(passes, [alerted("S1", at_s)], cooldown_s=0).alerts
        assert (alert.result, alert.pass_id) == (AlertResult.RIGHT, own)


def test_waits_are_from_the_first_sight() -> None:
    """An alert that came before the first sight in the truth waited no time, and none has no wait."""
    for at_s, wait_s in ((12.5, 2.5), (9.5, 0.0)):
        assert match_film([ONE], [alerted("S1", at_s)], cooldown_s=0).passes[0].wait_s == wait_s
    assert match_film([ONE], [], cooldown_s=0).passes[0].wait_s is None


def test_what_there_is_to_know_of_a_false_alert() -> None:
    """How far the nearest pass of its subject is, and how many people off the list were to be seen."""
    passes = [ONE, passed("p2", None, 30, 40), passed("p3", None, 35, 45)]
    false = match_film(passes, [alerted("S1", at_s) for at_s in (20, 36, 100)], cooldown_s=0).alerts
    assert [one.near_s for one in false] == [5.0, 21.0, 85.0]
    assert [one.unlisted for one in false] == [0, 2, 0]
    assert match_film(passes, [alerted("S9", 36)], cooldown_s=0).alerts[0].near_s is None


def test_times_that_run_backwards_are_refused() -> None:
    """Neither slack nor cooldown can be negative."""
    with pytest.raises(ValueError, match="negative"):
        match_film([], [], cooldown_s=0, slack_s=-1)


spans = st.tuples(st.integers(0, 300), st.integers(0, 20))
people = st.sampled_from(["S1", "S2", None])


@given(
    st.lists(st.tuples(people, spans), max_size=8),
    st.lists(st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.integers(0, 330)), max_size=8),
    st.integers(0, 100),
)
def test_everything_is_counted_once(
    walked: list[tuple[str | None, tuple[int, int]]], raised: list[tuple[str, int]], cooldown_s: int
) -> None:
    """Each alert and pass has one result; passes with a right alert are recognised; no order matters."""
    passes = [
        passed(f"p{place}", who, enter_s, enter_s + length_s)
        for place, (who, (enter_s, length_s)) in enumerate(walked)
    ]
    alerts = [alerted(who, at_s, f"1-{place}") for place, (who, at_s) in enumerate(raised)]

    def judge(reverse: bool) -> Matched:
        step = -1 if reverse else 1
        return match_film(passes[::step], alerts[::step], cooldown_s=cooldown_s)

    matched, turned = judge(False), judge(True)
    right = [one.pass_id for one in matched.alerts if one.result is AlertResult.RIGHT]
    hit = {one.one.pass_id for one in matched.passes if one.result is PassResult.RECOGNISED}
    assert sorted(filter(None, right)) == sorted(hit)
    assert len(matched.passes) == len(passes)
    assert len(matched.alerts) == len(alerts)
    counted = [one.result for one in matched.alerts]
    assert sorted(counted) == sorted(one.result for one in turned.alerts)
