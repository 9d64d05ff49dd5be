from __future__ import annotations

from hypothesis import given as sampled
from hypothesis import strategies as st

from lfr_actors.footage.ring import LATE_S, LONGEST_TAIL_S, Ring
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.footage.takes import given


def stream(seconds: float, *, gop_s: int = 1, size: int = 10) -> list[SourcePacket]:
    """Five pictures a second, a key frame every `gop_s`."""
    return [given(n / 5, key=n % (5 * gop_s) == 0, size=size) for n in range(int(seconds * 5))]


def kept_times(ring: Ring, packets: list[SourcePacket]) -> list[float]:
    """The media times of what the ring lets through."""
    return [kept.media_time_s for packet in packets for kept in ring.packet(packet)]


def test_without_an_alert_nothing_is_kept() -> None:
    """What no alert wants is let go, and no more than the seconds asked for is held."""
    ring = Ring(before_s=5, after_s=5)
    assert kept_times(ring, stream(60)) == []
    assert ring.held_bytes <= (5 + LATE_S + 1) * 5 * 10


def test_an_alert_keeps_the_seconds_before_it_from_a_key_frame_on() -> None:
    """An alert about 20.4 s keeps from the key frame at 15.0 s on."""
    ring = Ring(before_s=5, after_s=5)
    kept_times(ring, stream(21))
    kept = ring.alert(20.4)
    assert kept[0].is_keyframe
    assert kept[0].media_time_s == 15.0
    assert kept[-1].media_time_s == 20.8
    assert ring.held_bytes == 0


def test_a_late_alert_still_finds_its_seconds() -> None:
    """An alert that comes when its frame is some seconds old keeps as much as one that comes at once."""
    ring = Ring(before_s=5, after_s=5)
    kept_times(ring, stream(20 + LATE_S))
    assert ring.alert(20.0)[0].media_time_s == 15.0


def test_it_goes_on_to_the_first_key_frame_after_the_last_alert() -> None:
    """A second alert prolongs; what is kept ends where a key frame begins what the next alert may want."""
    ring = Ring(before_s=1, after_s=2)
    packets = stream(30)
    kept_times(ring, packets[:50])
    ring.alert(9.0)
    first = kept_times(ring, packets[50:54])
    assert ring.alert(10.6) == []
    rest = kept_times(ring, packets[54:])
    assert (first + rest)[-1] == 12.8
    assert not ring.keeping
    assert ring.alert(29.8)[0].media_time_s == 28.0


def test_without_key_frames_it_ends_all_the_same() -> None:
    """A camera that sends no key frame does not make what an alert keeps endless."""
    ring = Ring(before_s=1, after_s=2)
    packets = stream(100, gop_s=1000)
    kept_times(ring, packets[:5])
    ring.alert(0.4)
    assert kept_times(ring, packets[5:])[-1] <= 0.4 + 2 + LONGEST_TAIL_S


def test_its_memory_is_bounded() -> None:
    """Pictures of any size: never more than the limit is held, the oldest goes first."""
    ring = Ring(before_s=5, after_s=5, limit_bytes=1000)
    kept_times(ring, stream(10, size=100))
    assert ring.held_bytes <= 1000
    assert ring.alert(9.8)[0].media_time_s >= 8.0


def test_what_follows_a_loss_is_not_joined_to_what_was_before() -> None:
    """After a loss the ring begins anew, with the next key frame."""
    ring = Ring(before_s=5, after_s=5)
    kept_times(ring, stream(3))
    ring.clear()
    kept_times(ring, stream(6)[17:])
    assert ring.alert(5.8)[0].media_time_s == 4.0


@sampled(
    st.lists(st.integers(0, 59), max_size=6).map(sorted),
    st.integers(1, 4),
    st.floats(0.1, 6),
    st.floats(0.1, 6),
)
def test_nothing_is_kept_twice_or_without_its_key_frame(
    alerts_s: list[int], gop_s: int, before_s: float, after_s: float
) -> None:
    """Whatever alerts come: packets come out in order, once, and after a gap a key frame comes first."""
    ring = Ring(before_s=before_s, after_s=after_s)
    kept: list[SourcePacket] = []
    packets = stream(60, gop_s=gop_s)
    for packet in packets:
        kept += ring.packet(packet)
        if packet.media_time_s in alerts_s:
            kept += ring.alert(packet.media_time_s)
    order = [packets.index(packet) for packet in kept]
    assert order == sorted(set(order))
    assert all(packets[number].is_keyframe for number in order if number - 1 not in order)
    for alert_s in alerts_s:
        wanted = [n for n, p in enumerate(packets) if alert_s <= p.media_time_s <= alert_s + after_s]
        assert set(wanted) <= set(order)
