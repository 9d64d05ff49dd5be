from __future__ import annotations

from lfr_actors.footage.cutting import Cutting, Step
from lfr_actors.vision.sources.tape import StreamShape
from tests.unit.footage.takes import given

OTHER = StreamShape(codec="h264", width=1280, height=720, template=None)


def test_segments_are_cut_at_the_first_key_frame_after_a_minute() -> None:
    """Key frames every 7 s: a segment of 63 s, the next one begins with that key frame."""
    cutting = Cutting(segment_s=60)
    cuts = [
        second
        for second in range(140)
        if cutting.next(given(second, key=second % 7 == 0)) in (Step.BEGIN, Step.CUT)
    ]
    assert cuts == [0, 63, 126]


def test_a_segment_begins_with_a_key_frame_only() -> None:
    """What comes before the first key frame cannot be written."""
    cutting = Cutting(segment_s=60)
    steps = [
        cutting.next(given(0)),
        cutting.next(given(1)),
        cutting.next(given(2, key=True)),
        cutting.next(given(3)),
    ]
    assert steps == [Step.SKIP, Step.SKIP, Step.BEGIN, Step.WRITE]


def test_a_segment_without_another_key_frame_ends() -> None:
    """120 s without a key frame: it ends there, and the next one begins with the next key frame."""
    cutting = Cutting(segment_s=60)
    cutting.next(given(0, key=True))
    assert {cutting.next(given(second)) for second in range(1, 120)} == {Step.WRITE}
    assert cutting.next(given(120)) is Step.END
    assert cutting.next(given(121)) is Step.SKIP
    assert cutting.next(given(122, key=True)) is Step.BEGIN


def test_another_connection_or_another_size_is_another_segment() -> None:
    """A packet of another shape never joins a segment."""
    cutting = Cutting(segment_s=60)
    cutting.next(given(0, key=True))
    assert cutting.next(given(1, key=True, shape=OTHER)) is Step.CUT
    assert cutting.next(given(2, shape=OTHER)) is Step.WRITE
    assert cutting.next(given(3)) is Step.END


def test_a_stream_that_jumps_back_begins_another_segment() -> None:
    """A camera whose clock is set back does not write over what is there."""
    cutting = Cutting(segment_s=60)
    cutting.next(given(100, key=True))
    cutting.next(given(101))
    assert cutting.next(given(50)) is Step.END
    assert cutting.next(given(51, key=True)) is Step.BEGIN
    assert cutting.next(given(10, key=True)) is Step.CUT


def test_pictures_that_are_shown_out_of_order_are_no_jump() -> None:
    """B-frames: shown before, decoded after their neighbours."""
    cutting = Cutting(segment_s=60)
    cutting.next(given(1.0, key=True, decode_s=0.92))
    times = [(1.12, 0.96), (1.04, 1.0), (1.08, 1.04), (0.96, 0.94)]
    assert [cutting.next(given(shown, decode_s=decoded)) for shown, decoded in times[:3]] == [Step.WRITE] * 3


def test_a_segment_that_was_closed_needs_a_key_frame() -> None:
    """After a fault the next packets wait for a key frame."""
    cutting = Cutting(segment_s=60)
    cutting.next(given(0, key=True))
    cutting.close()
    assert cutting.next(given(1)) is Step.SKIP
