"""What was measured so far: one JSON document that is on disk after every measurement.

An interrupted measurement is taken up again where it was: parts that are in the file are not made again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.matching.setting import BenchSettings

DONE = "done"
"""Set in a part when all of it is there."""


class Record:
    """The document: `settings`, `machine`, and by dimension the parts. Without a path it is in memory only."""

    def __init__(self, settings: BenchSettings, machine: Mapping[str, object], path: Path | None) -> None:
        self._path = path
        self.document: dict[str, Any] = {
            "settings": settings.to_json(),
            "machine": dict(machine),
            "dims": {},
        }

    @classmethod
    def open(cls, settings: BenchSettings, machine: Mapping[str, object], path: Path | None) -> Record:
        """A new record, or the one in the file when it is of the same settings.

        Raises `InvalidFile` for a file that is something else or of other settings.
        """
        record = cls(settings, machine, path)
        if path is None or not path.exists():
            return record
        try:
            before = json.loads(path.read_text())
            same = before["settings"] == record.document["settings"]
            dims = dict(before["dims"])
        except (ValueError, KeyError, TypeError):
            raise InvalidFile(
                str(path), ("it is not a record of this measurement: name another file",)
            ) from None
        if not same:
            raise InvalidFile(
                str(path), ("it was measured with other sizes: name another file, or delete it",)
            )
        record.document["dims"] = dims
        return record

    def part(self, dim: int, part: str) -> dict[str, Any] | None:
        """A part that is complete, or None."""
        found: dict[str, Any] = self.document["dims"].get(str(dim), {}).get(part, {})
        return found if found.get(DONE) else None

    def put(self, dim: int, part: str, name: str, value: object) -> None:
        """Keep a measurement of a part, on disk before this returns."""
        self.document["dims"].setdefault(str(dim), {}).setdefault(part, {})[name] = value
        if self._path is not None:
            beside = self._path.with_name(self._path.name + ".part")
            beside.write_text(json.dumps(self.document, indent=1) + "\n")
            beside.replace(self._path)

    def begin(self, dim: int, part: str) -> None:
        """Forget what there is of a part that was not completed."""
        self.document["dims"].setdefault(str(dim), {})[part] = {}

    def complete(self, dim: int, part: str) -> None:
        """All of a part is there."""
        self.put(dim, part, DONE, True)
