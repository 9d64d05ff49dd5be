"""The patterns by which an endpoint says which events it is told of.

names_of(("alert.*", "camera.lost"))   every name that these mean
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from lfr_actors.delivery.bodies import DELIVERED, is_delivered

DEFAULT_PATTERNS: Final = (
    "deployment.*",
    "alert.*",
    "outcome.*",
    "camera.lost",
    "camera.failed",
    "rate.*",
    "data.erased",
)
"""What an endpoint is told of that does not say."""

_NAMES: Final = tuple(dict.fromkeys(kind.NAME for kind in DELIVERED))


def names_of(patterns: Iterable[str]) -> frozenset[str]:
    """The names that patterns mean: `alert.raised` itself, `alert.*` a family, `*` everything that is delivered.

    Raises `ValueError` (what is wrong; what would be right) for one that means nothing.
    """
    return frozenset(name for pattern in patterns for name in _meant_by(pattern))


def _meant_by(pattern: str) -> tuple[str, ...]:
    if pattern == "*":
        return _NAMES
    if not is_delivered(pattern):
        raise ValueError(f"{pattern!r} is never delivered; it is read in the log: lfr events tail")
    family, _, kind = pattern.partition(".")
    meant = tuple(name for name in _NAMES if name == pattern or (kind == "*" and _family(name) == family))
    if meant:
        return meant
    families = [f"{name}.*" for name in dict.fromkeys(map(_family, _NAMES))]
    near = difflib.get_close_matches(pattern, [*_NAMES, *families], n=1)
    right = f"write {near[0]}" if near else f"write * for all, or some of {', '.join(families)}"
    raise ValueError(f"{pattern!r} is not an event; {right}")


def _family(name: str) -> str:
    return name.partition(".")[0]
