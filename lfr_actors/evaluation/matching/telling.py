"""Saying what is being measured, while it is."""

from __future__ import annotations

from typing import Protocol


class Telling(Protocol):
    """Where progress goes."""

    def say(self, words: str) -> None:
        """What begins now, or what was found."""

    def progress(self, part: float) -> None:
        """How much of it is done, 0 to 1."""


class Silent:
    """Tells nobody."""

    def say(self, words: str) -> None:
        """See `Telling.say`."""

    def progress(self, part: float) -> None:
        """See `Telling.progress`."""
