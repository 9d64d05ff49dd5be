"""The steps from a frame's faces to a decision, without actors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lfr_actors.alerting.blue_list import Decisions
from lfr_actors.alerting.rule import Verdict, alert_id
from lfr_actors.messages import SubjectId, Vectors
from lfr_actors.recognition import Observation, Recognition
from lfr_actors.testing import MeanColourEmbedder, Person, gallery_of, paint
from lfr_actors.testing.people import faces_of
from lfr_actors.vision.zone import Zone
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.search import ExactSearch
from tests.actors.colours import BLUE, RED, settings, standing
from tests.unit.vision.sources.films import FakeClock

GALLERY = gallery_of({"red-1": RED})


class Walk:
    """A recognition that is shown frame after frame, and everything that came of it. Ten frames a second."""

    def __init__(self, recognition: Recognition, gallery: Gallery = GALLERY) -> None:
        self.recognition = recognition
        self.searcher = ExactSearch(gallery)
        self.clock = FakeClock()
        self.index = 0
        self.queries: list[Vectors] = []

    def see(self, *people: Person) -> tuple[Observation, list[Decisions]]:
        """One frame with these people, all the way."""
        frame = paint(self.index, people, now=standing(self.clock))
        observation = self.recognition.observe(frame, faces_of(people))
        decisions = []
        for probe in observation.probes:
            template = MeanColourEmbedder().embed(probe.chip[None])[0]
            query = self.recognition.fuse(probe, template, frame.captured_monotonic_s)
            if query is not None:
                self.queries.append(query)
                (result,) = self.searcher.search(query[None], 5)
                decisions.append(self.recognition.decide(probe, result))
        self.index += 1
        self.clock.time_s += 0.1
        return observation, decisions

    def see_each(self, script: Sequence[Sequence[Person]]) -> list[Verdict]:
        """Several frames; the verdicts in order."""
        return [decision.alert.verdict for people in script for decision in self.see(*people)[1]]


def test_a_track_is_probed_when_there_is_something_better() -> None:
    """A face that stays as it is gives a probe at first and then one a quarter of a second, not one a frame."""
    walk = Walk(Recognition(settings()))
    probed = [bool(walk.see(Person(colour=BLUE))[0].probes) for _ in range(12)]
    assert probed[:2] == [False, True]  # a track is active from its second frame
    assert sum(probed) == 4  # frames are a tenth of a second apart


def test_a_larger_face_is_probed_at_once() -> None:
    """A face that shows clearly more than the living probes is embedded without waiting."""
    walk = Walk(Recognition(settings()))
    small, large = Person(colour=BLUE, side_px=24), Person(colour=BLUE, side_px=40, x=92, y=52)
    probed = [bool(walk.see(person)[0].probes) for person in (small, small, small, large)]
    assert probed == [False, True, False, True]


def test_a_hit_is_corroborated_and_raises_once() -> None:
    """The first hit is pending, the second raises, later ones do not raise again; the id is as computed."""
    walk = Walk(Recognition(settings()))
    verdicts = walk.see_each([[Person(colour=RED)]] * 16)
    assert verdicts[:2] == [Verdict.PENDING, Verdict.RAISE]
    assert set(verdicts[2:]) == {Verdict.RAISED}


def test_alert_ids_are_deterministic() -> None:
    """The same walk in another process gives the same alert id; another incarnation another one."""
    ids = []
    for incarnation in ("1", "1", "2"):
        walk = Walk(Recognition(settings(), incarnation))
        walk.see(Person(colour=RED))
        (probe,) = walk.see(Person(colour=RED))[0].probes
        ids.append(walk.recognition.alert_id(probe, SubjectId("red-1")))
        configured = walk.recognition.settings
        assert ids[-1] == alert_id(
            configured.secret,
            configured.deployment_id,
            configured.camera_id,
            probe.track_id,
            SubjectId("red-1"),
        )
    assert ids[0] == ids[1] != ids[2]


def test_the_blue_list_raises_nobody_and_is_blurred() -> None:
    """A volunteer's pass is decided like a subject's, for the blue list alone; the face stays among the hidden."""
    walk = Walk(Recognition(settings()), gallery_of({"blue-1": BLUE, "red-1": RED}, blue={"blue-1"}))
    decisions = [each for _ in range(8) for each in walk.see(Person(colour=BLUE))[1]]
    assert [each.blue.verdict for each in decisions][:2] == [Verdict.PENDING, Verdict.RAISE]
    assert {each.alert.verdict for each in decisions} == {Verdict.NO_MATCH}
    (track,) = walk.see(Person(colour=BLUE))[0].tracks
    assert not walk.recognition.raised_by(track.track_id)
    assert len(walk.recognition.hidden_boxes(walk.index / 10)) == 1


def test_incomplete_searches_are_counted_and_decided() -> None:
    """Where part of the list did not answer, the rule decides of what did, and the count says how often."""
    walk = Walk(Recognition(settings()))
    frame = paint(0, [Person(colour=RED)], now=standing(walk.clock))
    walk.recognition.observe(frame, faces_of([Person(colour=RED)]))
    frame = paint(1, [Person(colour=RED)], now=standing(walk.clock))
    (probe,) = walk.recognition.observe(frame, faces_of([Person(colour=RED)])).probes
    (whole,) = walk.searcher.search(GALLERY.templates[:1], 5)
    half = replace(whole, missing=("shard 2 of 2: loading",))
    assert walk.recognition.decide(probe, half).alert.verdict is Verdict.PENDING
    assert walk.recognition.decide(probe, whole).alert.verdict is Verdict.RAISE
    assert walk.recognition.incomplete == 1


def test_templates_die_without_frames() -> None:
    """A second after capture nothing is left, though no frame came; the next face is searched by itself."""
    walk = Walk(Recognition(settings()))
    walk.see_each([[Person(colour=BLUE)]] * 2)
    captured_s = walk.clock.time_s - 0.1
    assert walk.recognition.expire(captured_s + 0.99) == 0
    assert walk.recognition.expire(captured_s + 1.0) == 1
    assert walk.recognition.expire(captured_s + 1.0) == 0
    assert len(walk.see(Person(colour=BLUE))[0].probes) == 1


def test_ending_overwrites_templates() -> None:
    """What a track holds is zeroed when it ends, not left for the garbage collector."""
    walk = Walk(Recognition(settings()))
    walk.see_each([[Person(colour=BLUE)]] * 2)
    (life,) = walk.recognition._lives.values()
    (living,) = life.templates._living
    assert living.template.any()
    walk.recognition.end()
    assert not living.template.any()
    assert walk.recognition.expire(0) == 0


def test_a_zone_limits_recognition() -> None:
    """Who stands outside the zone is neither followed nor probed nor counted."""
    left_half = Zone(points=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
    walk = Walk(Recognition(settings(zone=left_half)))
    for _ in range(3):
        observation, _ = walk.see(Person(colour=RED, x=220), Person(colour=BLUE, x=20))
    assert [float(track.box[0]) for track in observation.tracks] == [20.0]
    assert walk.recognition.tally.tracks == 1


def test_reasons_of_tracks_never_searched_are_counted() -> None:
    """A blurred track, a small one and one that ended before its search each count under their reason."""
    walk = Walk(Recognition(settings()))
    blurred, small = Person(colour=RED, flat=True), Person(colour=RED, side_px=14, x=220)
    walk.see_each([[blurred, small]] * 4)
    walk.see_each([[]] * 15)
    walk.see(Person(colour=BLUE))
    frame = paint(walk.index, [Person(colour=BLUE)], now=standing(walk.clock))
    walk.recognition.observe(frame, faces_of([Person(colour=BLUE)]))  # its probe is never answered
    walk.recognition.end()
    observed = walk.recognition.tally.take("east", 0)
    assert observed is not None
    assert observed.rejected == {"sharpness": 1, "eye_distance_px": 1, "too-short": 1}
    assert (observed.tracks, observed.tracks_ended, observed.tracks_searched) == (3, 3, 0)


def test_a_cut_starts_a_new_track() -> None:
    """When another face takes a track's place, it gets a track of its own and no template of both is made."""
    walk = Walk(Recognition(settings()))
    before = walk.see_each([[Person(colour=RED)]] * 6)
    after = walk.see_each([[Person(colour=BLUE)]] * 8)
    assert Verdict.RAISE in before
    assert set(after) == {Verdict.NO_MATCH}
    assert walk.recognition.tally.tracks == 2
    scores = [abs(float(query @ GALLERY.templates[0])) for query in walk.queries]
    assert all(score > 0.9 or score < 0.5 for score in scores)  # nothing in between: nobody was mixed


def test_after_a_cut_nobody_inherits_an_alert() -> None:
    """The new track has raised nobody, so it is among those to be blurred."""
    walk = Walk(Recognition(settings()))
    walk.see_each([[Person(colour=RED)]] * 6)
    (old,) = walk.see(Person(colour=RED))[0].tracks
    assert walk.recognition.raised_by(old.track_id) == {"red-1"}
    assert walk.recognition.hidden_boxes(walk.index / 10) == []
    walk.see_each([[Person(colour=BLUE)]] * 7)
    (new,) = walk.see(Person(colour=BLUE))[0].tracks
    assert new.track_id != old.track_id
    assert not walk.recognition.raised_by(new.track_id) | walk.recognition.raised_by(old.track_id)
    assert len(walk.recognition.hidden_boxes(walk.index / 10)) == 1


def test_a_template_for_a_track_that_ended_is_dropped() -> None:
    """An answer that comes after the end of its track gives no query and keeps no template."""
    walk = Walk(Recognition(settings()))
    walk.see(Person(colour=BLUE))
    frame = paint(1, [Person(colour=BLUE)], now=standing(walk.clock))
    (probe,) = walk.recognition.observe(frame, faces_of([Person(colour=BLUE)])).probes
    walk.recognition.end()
    assert walk.recognition.fuse(probe, np.array([1, 0, 0], np.float32), 0.0) is None
    assert walk.recognition.expire(1e9) == 0


def test_two_cameras_do_not_share_an_alert_id() -> None:
    """The same track number on another camera is another alert."""
    east = Walk(Recognition(settings()))
    east.see(Person(colour=RED))
    (probe,) = east.see(Person(colour=RED))[0].probes
    west = Recognition(replace(settings(), camera_id="west"))
    assert west.alert_id(probe, SubjectId("red-1")) != east.recognition.alert_id(probe, SubjectId("red-1"))


def test_an_overwritten_frame_is_followed_and_not_searched() -> None:
    """Of a frame whose time came before its turn the tracks live on, nobody is probed, and that is counted."""
    recognition, clock = Recognition(settings()), FakeClock()
    people = [Person(colour=RED)]
    for index in range(3):
        frame = paint(index, people, now=standing(clock))
        frame.image.fill(0)
        observation = recognition.observe(frame, faces_of(people), overwritten=True)
        assert observation.probes == ()
    assert len(observation.tracks) == 1
    observed = recognition.tally.take("east", 0)
    assert observed is not None
    assert (observed.frames, observed.tracks, observed.probes_dropped) == (3, 1, 2)
    assert sum(observed.quality_histogram) == 0
