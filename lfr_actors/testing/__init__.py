"""Doubles to test with: the whole way of a face in one process, without a model, a camera or Ray.

people painted in frames ─► PlayedDetector ─► MeanColourEmbedder ─► a gallery of colours
GivenFrames                 in place of a capture
FakePool, FakeMatcher, FakeDesk   in place of the actors that a camera asks
FakeConsole, FakeCourier          in place of those that serve people and other systems
InProcessCluster            the real actor classes, in the calling process
"""

from lfr_actors.testing.actors import FakeConsole, FakeCourier, FakeDesk, FakeMatcher, FakePool
from lfr_actors.testing.captures import GivenFrames
from lfr_actors.testing.cluster import InProcessCluster
from lfr_actors.testing.people import (
    CHIP_POINTS,
    CHIP_SIZE,
    MeanColourEmbedder,
    Person,
    PlayedDetector,
    gallery_of,
    paint,
    template_of,
)

__all__ = [
    "CHIP_POINTS",
    "CHIP_SIZE",
    "FakeConsole",
    "FakeCourier",
    "FakeDesk",
    "FakeMatcher",
    "FakePool",
    "GivenFrames",
    "InProcessCluster",
    "MeanColourEmbedder",
    "Person",
    "PlayedDetector",
    "gallery_of",
    "paint",
    "template_of",
]
