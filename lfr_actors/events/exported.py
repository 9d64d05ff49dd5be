"""The log as a file: one JSON object a line, so that somebody without the database can verify it and fold it.

    first line      {"format", "events", "head"}
    other lines     one event each, every text as it was written; sealed parts as ciphertext (base64)

The keys are not in it: what is sealed stays so. Nothing is left out, or the chain could not be verified.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from lfr_actors.errors import InvalidFile
from lfr_actors.events.chain import Head
from lfr_actors.events.log import StoredEvent
from lfr_actors.private_file import partial_of

FORMAT: Final = "lfr-actors event log, version 1"

_TEXTS: Final = ("event_id", "deployment", "name", "at", "public", "prev_hash", "hash")
_FIELDS: Final = frozenset({"seq", "version", "sealed", "key_id", *_TEXTS})


def export_log(
    path: Path, events: Iterable[StoredEvent], head: Head, progress: Callable[[int], None] = lambda _seq: None
) -> int:
    """Write the events up to `head` to a file of mode 0600, in one step; how many there were.

    Raises `OSError` when it cannot be written.
    """
    partial = partial_of(path)
    count = 0
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii", newline="\n"
    ) as file:
        os.fchmod(file.fileno(), 0o600)  # also where a partial file was left behind
        file.write(json.dumps({"format": FORMAT, "events": head.seq, "head": str(head)}) + "\n")
        for event in events:
            if event.seq > head.seq:
                break
            file.write(json.dumps(_line(event)) + "\n")
            progress(event.seq)
            count += 1
    partial.replace(path)
    return count


def exported_head(path: Path) -> Head:
    """Where the exported log ends, as its first line says. Raises `InvalidFile` for another kind of file."""
    for first in _lines(path):
        if first.get("format") == FORMAT and isinstance(first.get("head"), str):
            try:
                return Head.parse(first["head"])
            except ValueError as error:
                raise InvalidFile(str(path), (f"line 1: {error}",)) from error
        break
    raise InvalidFile(str(path), (f"line 1: is not an exported log: its format is not {FORMAT!r}",))


def exported_events(path: Path) -> Iterator[StoredEvent]:
    """The events in a file, in its order, unverified. Raises `InvalidFile` naming the line that is no event."""
    for number, value in enumerate(_lines(path), start=1):
        if number > 1:
            yield _event(path, number, value)


def _line(event: StoredEvent) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "deployment": event.deployment_id,
        "name": event.name,
        "version": event.version,
        "at": event.written_at,
        "public": event.public_json,
        "sealed": None if event.sealed is None else base64.b64encode(event.sealed).decode(),
        "key_id": event.key_id,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise InvalidFile(str(path), (f"line {number}: is not JSON: {error}",)) from error
                if not isinstance(value, dict):
                    raise InvalidFile(str(path), (f"line {number}: is not an object",))
                yield value
    except OSError as error:
        raise InvalidFile(str(path), (f"cannot be read: {error.strerror}",)) from error


def _event(path: Path, number: int, value: dict[str, Any]) -> StoredEvent:
    where = f"line {number}"
    if set(value) != _FIELDS:
        raise InvalidFile(
            str(path), (f"{where}: is not an event: has {sorted(value)}, not {sorted(_FIELDS)}",)
        )
    texts_fit = all(isinstance(value[name], str) for name in _TEXTS)
    optional_fit = all(isinstance(value[name], str | None) for name in ("sealed", "key_id"))
    if not (texts_fit and optional_fit and all(type(value[name]) is int for name in ("seq", "version"))):
        raise InvalidFile(str(path), (f"{where}: is not an event: a field is not of the type it should be",))
    try:
        sealed = None if value["sealed"] is None else base64.b64decode(value["sealed"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidFile(str(path), (f"{where}: its sealed part is not base64",)) from error
    return StoredEvent(
        seq=value["seq"],
        event_id=value["event_id"],
        deployment_id=value["deployment"],
        name=value["name"],
        version=value["version"],
        written_at=value["at"],
        public_json=value["public"],
        sealed=sealed,
        key_id=value["key_id"],
        prev_hash=value["prev_hash"],
        hash=value["hash"],
    )
