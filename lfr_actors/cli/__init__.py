"""The commands, one file per group; thin."""

from __future__ import annotations

from lfr_actors.cli.app import main

__all__ = ["main"]
