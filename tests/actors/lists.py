"""Lists of people made of a colour, as shards are told to load them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import numpy as np

from lfr_actors.actors.ports import GalleryOrder
from lfr_actors.testing import template_of
from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.gallery import Gallery
from tests.actors.colours import BLUE, GREEN, RED

THRESHOLD = 0.9
FIRST = {"red-1": RED, "blue-3": BLUE}
SECOND = {"green-1": GREEN, "blue-3": BLUE}


def list_of(people: Mapping[str, Colour]) -> Gallery:
    """Everybody on the list, whom `THRESHOLD` recognises."""
    return Gallery.of(
        list(people),
        np.stack([template_of(colour) for colour in people.values()]),
        pack="colours",
        thresholds=dict.fromkeys(people, THRESHOLD),
    )


class Vault:
    """Where lists are loaded from.

    `given` are the parts that were, in any order, as they are now; `fault` is raised in place of one.

    Nothing is given before `open` is set.
    """

    def __init__(self) -> None:
        self.given: list[Gallery] = []
        self.fault: Exception | None = None
        self.open = threading.Event()
        self.open.set()
        self.asked = threading.Event()

    def order(self, people: Mapping[str, Colour], generation: int) -> GalleryOrder:
        """The order to answer from these."""
        return GalleryOrder(version=list_of(people).version, generation=generation, load=self._load(people))

    def _load(self, people: Mapping[str, Colour]) -> Callable[[int, int], Gallery]:
        def load(part: int, parts: int) -> Gallery:
            self.asked.set()
            if not self.open.wait(10):
                raise TimeoutError("the test never opened the vault")
            if self.fault is not None:
                raise self.fault
            gallery = list_of(people).part(part, parts)
            self.given.append(gallery)
            return gallery

        return load
