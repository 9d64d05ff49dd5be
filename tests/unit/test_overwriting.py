"""Overwriting arrays, also those that may not be written."""

from __future__ import annotations

import gc

import numpy as np

from lfr_actors.overwriting import lent, overwrite, overwrite_received


def test_every_array_is_overwritten() -> None:
    """Several at once, of any type, views included."""
    whole, chip = np.ones((4, 4), np.float32), np.full((3, 3, 3), 7, np.uint8)
    overwrite(whole[1:3], chip)
    assert whole.sum() == 8
    assert not chip.any()


def test_what_may_not_be_written_stays_unless_it_came_in_a_message() -> None:
    """A read-only array of this process, such as a gallery, is never touched; nor are the bytes of a message
    that is not Ray's.
    """
    constant = np.ones(8, np.float32)
    constant.flags.writeable = False
    view = constant[2:6]
    foreign = np.frombuffer(bytes([1] * 8), np.uint8)
    for array in (constant, view, foreign):
        assert not overwrite_received(array)
        overwrite(array)
    assert constant.all()
    assert foreign.all()


def test_a_writable_array_is_its_owners() -> None:
    """In one process a crop is its camera's, not whoever was asked with it."""
    chip = np.ones((2, 2, 3), np.uint8)
    assert not overwrite_received(chip)
    assert chip.all()


def test_received_arrays_are_overwritten_through_the_kernel() -> None:
    """An array above a buffer of Ray's module is overwritten although it is read-only."""
    buffer = type("SubBuffer", (bytearray,), {"__module__": "ray._raylet"})(b"\x07" * 64)
    received = np.frombuffer(memoryview(buffer).toreadonly(), np.uint8)
    assert not received.flags.writeable
    assert overwrite_received(received)
    assert not any(buffer)


def test_a_lent_array_is_overwritten_when_it_comes_back() -> None:
    """As long as anybody holds the view it is whole; then it is overwritten, and that is told once."""
    told = []
    rows = np.ones((2, 4), np.float32)
    first, second = (lent(row, lambda: told.append(1)) for row in rows)
    held = memoryview(first)
    del first
    gc.collect()
    assert (rows.sum(), told) == (8, [])
    held.release()
    del held
    gc.collect()
    assert (rows.sum(axis=1).tolist(), told) == ([0, 4], [1])
    assert second.all()
