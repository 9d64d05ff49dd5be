from __future__ import annotations

import asyncio
import threading

import pytest

from lfr_actors.vision.sources.handover import Handover


async def test_a_slot_of_one_keeps_the_newest() -> None:
    """An unread frame is replaced and counted; the reader gets the newest."""
    slot: Handover[int] = Handover(capacity=1, replace=True)
    assert all(slot.put(number) for number in range(5))
    assert await slot.get() == 4
    assert slot.dropped == 4


async def test_a_reader_that_waits_is_woken_by_the_thread() -> None:
    """`get` waits without blocking the loop until another thread hands something over."""
    slot: Handover[str] = Handover(capacity=1, replace=True)
    waiting = asyncio.create_task(slot.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    thread = threading.Thread(target=slot.put, args=("frame",))
    thread.start()
    assert await asyncio.wait_for(waiting, 5) == "frame"
    thread.join()


async def test_back_pressure_loses_nothing() -> None:
    """Without replacing, a fast thread waits for a slow reader, and every item arrives in order."""
    queue: Handover[int] = Handover(capacity=3, replace=False)

    def produce() -> None:
        for number in range(200):
            queue.put(number)
        queue.finish()

    thread = threading.Thread(target=produce)
    thread.start()
    got = []
    while (item := await queue.get()) is not None:
        got.append(item)
    thread.join()
    assert got == list(range(200))
    assert queue.dropped == 0


async def test_finish_lets_the_rest_be_taken() -> None:
    """What was handed over before the end is still taken; afterwards there is nothing, again and again."""
    queue: Handover[int] = Handover(capacity=3, replace=False)
    queue.put(1)
    queue.finish()
    queue.finish()
    assert not queue.put(2)
    assert [await queue.get(), await queue.get(), await queue.get()] == [1, None, None]


async def test_close_frees_a_thread_that_waits() -> None:
    """Closing forgets what was not taken and ends a `put` that waits for room."""
    queue: Handover[int] = Handover(capacity=1, replace=False)
    queue.put(1)
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(queue.put(2)))
    thread.start()
    queue.close()
    thread.join(5)
    assert answers == [False]
    assert await queue.get() is None


async def test_cancelled_reader_leaves_the_item_for_the_next() -> None:
    """A reader that is cancelled while it waits takes nothing with it."""
    slot: Handover[int] = Handover(capacity=1, replace=True)
    waiting = asyncio.create_task(slot.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    slot.put(1)
    assert await slot.get() == 1


async def test_get_gives_other_tasks_a_turn() -> None:
    """A reader that never has to wait still lets the loop run others."""
    queue: Handover[int] = Handover(capacity=10, replace=False)
    for number in range(10):
        queue.put(number)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(10):
        await queue.get()
    task.cancel()
    assert turns >= 9


def test_a_loop_that_is_gone_does_not_stop_the_thread() -> None:
    """Handing over after the reader's loop was closed raises nothing."""
    slot: Handover[int] = Handover(capacity=1, replace=True)
    loop = asyncio.new_event_loop()
    task = loop.create_task(slot.get())
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    assert slot.put(1)
    slot.finish()
    task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_capacity_below_one_is_refused() -> None:
    """A hand-over that could hold nothing is a mistake."""
    with pytest.raises(ValueError, match="at least 1"):
        Handover(capacity=0, replace=True)


def test_everything_nobody_gets_is_dropped_by_name() -> None:
    """What was replaced, refused after the end, or left behind at the close is handed back, each once."""
    dropped: list[int] = []
    slot: Handover[int] = Handover(capacity=1, replace=True, on_dropped=dropped.append)
    for number in range(3):
        slot.put(number)
    assert dropped == [0, 1]
    slot.close()
    slot.close()
    assert not slot.put(3)
    assert dropped == [0, 1, 2, 3]


def test_what_waits_can_be_seen() -> None:
    """Both what waits to be taken and what waits to be handed over, in order, until the close."""
    dropped: list[int] = []
    queue: Handover[int] = Handover(capacity=1, replace=False, on_dropped=dropped.append)
    assert queue.waiting() == ()
    queue.put(1)
    thread = threading.Thread(target=queue.put, args=(2,))
    thread.start()
    while len(queue.waiting()) < 2:
        thread.join(0.001)
    assert queue.waiting() == (1, 2)
    queue.close()
    thread.join()
    assert queue.waiting() == ()
    assert sorted(dropped) == [1, 2]
