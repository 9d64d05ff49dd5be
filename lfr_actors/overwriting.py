"""Overwriting the memory of pictures and templates, also where an array may not be written.

Dropping an array leaves its bytes where they were until something else needs the place: numpy keeps small
blocks for reuse, and so do allocators. What this product owns is therefore overwritten before it is dropped.
"""

from __future__ import annotations

import ctypes
import functools
import os
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def overwrite(*arrays: Array) -> None:
    """Fill arrays with zeros; of those that may not be written, the ones that arrived in a message."""
    for array in arrays:
        if array.flags.writeable:
            array.fill(0)
        else:
            overwrite_received(array)


def overwrite_received(array: Array) -> bool:
    """Overwrite an array that arrived read-only in a message of Ray; False, and nothing done, for any other.

    Ray hands an argument or a result over as a view of a buffer that it copied out of the message for this
    one call, so that nobody else reads it (and marks it read-only as if it were shared). The kernel writes
    the zeros: memory that really may not be written is an error there and not the end of the process.
    """
    if array.flags.writeable or not array.flags.c_contiguous or not _came_in_a_message(array):
        return False
    try:
        zeros = os.open("/dev/zero", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return bool(_libc_read()(zeros, array.ctypes.data, array.nbytes) == array.nbytes)
    finally:
        os.close(zeros)


def lent(array: Array, then: Callable[[], None] = lambda: None) -> Array:
    """A view of an array that overwrites it, and calls `then`, when the last who holds the view lets go.

    For a result: whoever sends it on is done with it at a moment that nobody else hears of.
    """
    view = array.view()
    finalizer = weakref.finalize(view, _return, array, then)
    finalizer.atexit = False
    return view


def _return(array: Array, then: Callable[[], None]) -> None:
    overwrite(array)
    then()


def _came_in_a_message(array: Array) -> bool:
    """Whether the memory below a chain of views is a buffer of Ray's and not another array's."""
    base: Any = array
    while base is not None:
        if isinstance(base, np.ndarray):
            base = base.base
        elif isinstance(base, memoryview):
            base = base.obj
        else:
            return type(base).__module__ == "ray._raylet"
    return False


@functools.cache
def _libc_read() -> Callable[[int, int, int], int]:
    read = ctypes.CDLL(None).read
    read.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
    read.restype = ctypes.c_ssize_t
    return read
