from __future__ import annotations

import pytest

from lfr_actors.vision.sources import Backoff


def highest(_: float, high: float) -> float:
    """A die that always shows its largest number."""
    return high


def lowest(low: float, _: float) -> float:
    """A die that always shows its smallest number."""
    return low


def test_waits_double_up_to_the_cap() -> None:
    """The upper end of the wait doubles from the base and stays at the cap, however long it lasts."""
    backoff = Backoff(base_s=1, cap_s=10, uniform=highest)
    assert [backoff.next_delay_s() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert [backoff.next_delay_s() for _ in range(5000)][-1] == 10


def test_jitter_is_full_down_to_the_floor() -> None:
    """Each wait may be drawn from anywhere between the floor and the upper end."""
    backoff = Backoff(base_s=1, cap_s=10, floor_s=0.2, uniform=lowest)
    assert {backoff.next_delay_s() for _ in range(6)} == {0.2}


def test_a_stable_connection_makes_the_next_wait_short() -> None:
    """Only a connection that lived for the stable period resets the waits."""
    backoff = Backoff(base_s=1, cap_s=64, stable_s=30, uniform=highest)
    waits = [backoff.next_delay_s() for _ in range(3)]
    backoff.lived(29.9)
    waits.append(backoff.next_delay_s())
    backoff.lived(30)
    waits.append(backoff.next_delay_s())
    assert waits == [1, 2, 4, 8, 1]


def test_slow_wait_is_the_cap() -> None:
    """Where trying soon cannot help, the wait is the cap and counts as no failure."""
    backoff = Backoff(base_s=1, cap_s=64, uniform=highest)
    assert backoff.slow_delay_s() == 64
    assert backoff.next_delay_s() == 1


@pytest.mark.parametrize("wrong", [{"floor_s": 2}, {"base_s": 60}, {"floor_s": -1}])
def test_impossible_waits_are_refused(wrong: dict[str, float]) -> None:
    """Floor, base and cap must be in order."""
    with pytest.raises(ValueError, match="floor"):
        Backoff(**{"base_s": 1, "cap_s": 30, **wrong})
