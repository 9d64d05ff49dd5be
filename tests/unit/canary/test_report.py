"""The verdict: what counts as left, what only is shown, and when a hunt proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lfr_actors.canary.controls import make_controls
from lfr_actors.canary.places import DATABASE, WEBHOOKS
from lfr_actors.canary.report import (
    AFTER,
    CONTROL_PLACES,
    DURING,
    MUST_BE_SEARCHED,
    ONE,
    TEN,
    Moment,
    Report,
    as_document,
)
from lfr_actors.canary.search import Find, Searched

CONTROLS = make_controls(1).kinds


def found(place: str, *kinds: str, where: str = "anonymous") -> Searched:
    """A place that was searched, with one piece of each kind in it."""
    finds = [Find(kind=kind, where=where, count=1) for kind in kinds]
    return Searched(place=place, size_bytes=1000, files=1, began_s=1.0, ended_s=1.1, finds=finds)


def processes() -> tuple[Searched, ...]:
    """Every process that must be searched, clean but for the driver's controls."""
    return tuple(found(place, *(CONTROLS if place == "driver" else ())) for place in MUST_BE_SEARCHED)


def places() -> tuple[Searched, ...]:
    """Every other place, clean but for the controls."""
    return (*(found(place, *CONTROLS) for place in CONTROL_PLACES), found(DATABASE), found(WEBHOOKS))


def report(**changed: Moment) -> Report:
    """A hunt in which nothing was left; moments may be changed by name."""
    moments = {
        "during": Moment(when=DURING, memory=(found("camera", "pixels", "template, float32"),)),
        "one": Moment(when=ONE, memory=processes(), places=places()),
        "ten": Moment(when=TEN, memory=processes(), places=places()),
        "after": Moment(when=AFTER, memory=(), places=places()),
    }
    return Report(
        pack="open",
        threshold=0.955,
        deployment="canary-1",
        cameras=1,
        pass_s=3.4,
        timed_by="the alert",
        moments=tuple((moments | changed).values()),
        controls=CONTROLS,
        outcome={},
    )


def look(when: str, *extra: Searched, place: Searched | None = None) -> Moment:
    """One look with something more in a process or a place."""
    more = () if place is None else (place,)
    return Moment(when=when, memory=(*processes(), *extra), places=(*places(), *more))


def test_a_clean_hunt_passes() -> None:
    """Controls found, canary seen, nothing left."""
    clean = report()
    assert clean.passed
    assert (clean.problems, clean.survivors, clean.broken) == ([], [], [])
    assert as_document(clean)["passed"] is True


def test_memory_after_one_second_is_reported_and_does_not_break_the_promise() -> None:
    """As few as can be; what is measured is told."""
    told = report(one=look(ONE, found("embedder", "pixels")))
    assert told.passed
    assert [(one.when, one.place, one.kind, one.count) for one in told.survivors] == [
        (ONE, "embedder", "pixels", 1)
    ]


def test_memory_after_ten_seconds_breaks_it() -> None:
    """Under load, nothing may be left by then; but for the library's own buffers, which are shown."""
    assert not report(ten=look(TEN, found("matcher", "template, float32"))).passed
    shown = report(ten=look(TEN, found("camera", "decoder's picture")))
    assert shown.passed
    assert len(shown.survivors) == 1


@pytest.mark.parametrize("when", [ONE, TEN, AFTER])
def test_a_disk_or_shared_memory_breaks_it_at_any_time(when: str) -> None:
    """Also within the first second."""
    name = {ONE: "one", TEN: "ten", AFTER: "after"}[when]
    broken = report(**{name: look(when, place=found("shared memory", "crop, exact bytes"))})
    assert not broken.passed
    assert [one.place for one in broken.broken] == ["shared memory"]


def test_a_canary_that_was_not_searched_proves_nothing() -> None:
    """Its pixels alone are not enough: its template must have come back."""
    seen = Moment(when=DURING, memory=(found("camera", "pixels"),))
    unseen = report(during=seen)
    assert not unseen.passed
    assert "template" in unseen.problems[0]


def test_a_control_that_was_missed_proves_nothing() -> None:
    """In the driver's memory or in a file: a hunt that overlooks one would overlook a face."""
    deaf = replace(look(TEN), places=tuple(found(place) for place in CONTROL_PLACES))
    missed = report(ten=deaf)
    assert not missed.passed
    assert all("not found in" in problem for problem in missed.problems)


def test_a_process_that_could_not_be_read_is_not_a_clean_one() -> None:
    """Without permission nothing is known of it."""
    refused = Searched(place="camera", not_searched=["process 7: its memory may not be read"])
    others = tuple(one for one in processes() if one.place != "camera")
    blind = report(ten=Moment(when=TEN, memory=(refused, *others), places=places()))
    assert not blind.passed
    assert "may not be read" in blind.problems[0]


def test_webhooks_that_never_came_were_not_searched() -> None:
    """A consumer that heard nothing says nothing of what webhooks carry."""
    silent = tuple(one if one.place != WEBHOOKS else Searched(place=WEBHOOKS) for one in places())
    unheard = {
        name: Moment(when=when, memory=processes() if memory else (), places=silent)
        for name, when, memory in (("one", ONE, True), ("ten", TEN, True), ("after", AFTER, False))
    }
    assert report(**unheard).problems == ["no webhook came: what they say was not searched"]
