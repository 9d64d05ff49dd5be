from __future__ import annotations

import threading

from lfr_actors.footage.waiting import AlertAt, Item, Missed, PacketQueue
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.footage.takes import given


def taken(queue: PacketQueue) -> list[Item]:
    """Everything in a queue that was closed."""
    queue.close()
    items = []
    while (item := queue.get()) is not None:
        items.append(item)
    return items


def described(items: list[Item]) -> list[object]:
    """Packets by their time; losses as negative numbers."""
    return [
        item.media_time_s
        if isinstance(item, SourcePacket)
        else -item.packets
        if isinstance(item, Missed)
        else item
        for item in items
    ]


def test_full_it_drops_until_a_key_frame_finds_room() -> None:
    """Nothing that depends on a dropped picture is handed over, and the loss is counted where it happened."""
    queue = PacketQueue(waits=False, limit_packets=2)
    for second in range(4):
        queue.put(given(second, key=second == 0))
    first = queue.get()
    queue.put(given(4))
    queue.put(given(5, key=True))
    assert first is not None
    assert described([first, *taken(queue)]) == [0, 1, -3, 5]


def test_it_is_bounded_by_bytes() -> None:
    """Few large pictures fill it too."""
    queue = PacketQueue(waits=False, limit_bytes=100)
    for second in range(5):
        queue.put(given(second, key=True, size=60))
    assert described(taken(queue)) == [0, 1, -3]


def test_an_alert_is_never_dropped() -> None:
    """An alert finds room in a full queue."""
    queue = PacketQueue(waits=False, limit_packets=1)
    queue.put(given(0, key=True))
    queue.put(given(1))
    alert = AlertAt(media_time_s=0.0)
    queue.alert(alert)
    assert described(taken(queue)) == [0, alert, -1]


def test_a_film_waits_for_room() -> None:
    """With `waits` every packet arrives, however slowly they are taken."""
    queue = PacketQueue(waits=True, limit_packets=2)
    packets = [given(second) for second in range(50)]

    def read() -> None:
        for packet in packets:
            queue.put(packet)
        queue.close()

    reader = threading.Thread(target=read)
    reader.start()
    arrived = []
    while (item := queue.get()) is not None:
        arrived.append(item)
    reader.join()
    assert arrived == packets


def test_closing_frees_a_film_that_waits() -> None:
    """A reader that waits for room goes on when the recorder is gone."""
    queue = PacketQueue(waits=True, limit_packets=1)
    queue.put(given(0))
    reader = threading.Thread(target=queue.put, args=(given(1),))
    reader.start()
    queue.close()
    reader.join(10)
    assert not reader.is_alive()
    assert described(taken(queue)) == [0]
