"""From a log to the traces of a record: the whole chain is verified first, and nothing is said of a broken one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lfr_actors.errors import ChainBroken, LfrError, StoreError
from lfr_actors.events.chain import ORIGIN, BrokenLink, Head, check
from lfr_actors.events.deployments import DeploymentStarted
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import SITE
from lfr_actors.records.deployment_record.trace import DeploymentTrace

Progress = Callable[[int], None]
"""Told of the number of an event, each time another was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose record it is: of one deployment, or of all deployments of an operation."""

    kind: Literal["deployment", "operation"]
    name: str

    def takes(self, event: StoredEvent) -> bool:
        """Whether this event makes its deployment a part of the record."""
        if self.kind == "deployment":
            return event.deployment_id == self.name
        return event.name == DeploymentStarted.NAME and event.public.get("operation") == self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The deployments in the order of their first start, and the place in the log up to which was read."""

    traces: tuple[DeploymentTrace, ...]
    head: Head


def read_traces(
    events: Iterable[StoredEvent],
    subject: Subject,
    *,
    upto: int | None = None,
    expected_heads: Sequence[Head] = (),
    progress: Progress = lambda _seq: None,
) -> Read:
    """Verify a whole log, and fold the events of the subject up to number `upto`, all without it.

    Everything is verified, also what comes after `upto`. `expected_heads` are places that the log must contain.
    Raises `ChainBroken` naming the event at which the log was altered, `StoreError` when `upto` is not in the log,
    when there is no such deployment or operation, or its start cannot be read.
    """
    fold = _Fold(subject, upto)
    found = check(fold.passing(events, progress), expected_heads)
    if isinstance(found, BrokenLink):
        raise ChainBroken("event log", str(found))
    if upto is not None and not 1 <= upto <= found.head.seq:
        raise StoreError("event log", f"has events 1 to {found.head.seq}, and none with the number {upto}")
    if fold.fault is not None:
        raise fold.fault
    return Read(traces=fold.result(), head=fold.head)


class _Fold:
    """Events on their way through the verification. A fault waits until the chain is known to be whole."""

    def __init__(self, subject: Subject, upto: int | None) -> None:
        self._subject, self._upto = subject, upto
        self._traces: dict[str, DeploymentTrace] = {}
        self._operations: set[str] = set()
        self._names: set[str] = set()
        self.head = ORIGIN
        self.fault: LfrError | None = None

    def passing(self, events: Iterable[StoredEvent], progress: Progress) -> Iterator[StoredEvent]:
        for event in events:
            progress(event.seq)
            if self.fault is None and (self._upto is None or event.seq <= self._upto):
                self.head = Head(seq=event.seq, hash=event.hash)
                try:
                    self._take(event)
                except LfrError as error:  # said after the verification, which may find the reason for it
                    self.fault = error
            yield event

    def _take(self, event: StoredEvent) -> None:
        if event.name == DeploymentStarted.NAME:
            self._names.add(event.deployment_id)
            self._operations.add(str(event.public.get("operation") or ""))
        if event.deployment_id == SITE:
            for trace in self._traces.values():
                trace.add(event)
            return
        if event.deployment_id not in self._traces and self._subject.takes(event):
            self._traces[event.deployment_id] = DeploymentTrace(event.deployment_id)
        if event.deployment_id in self._traces:
            self._traces[event.deployment_id].add(event)

    def result(self) -> tuple[DeploymentTrace, ...]:
        """The traces. Raises `StoreError` where there is nothing to make a record of."""
        kind, name = self._subject.kind, self._subject.name
        for trace in self._traces.values():
            if not trace.runs:
                unread = ", ".join(sorted(trace.opaque)) or "no start"
                reason = f"its start cannot be read: the log has {unread} of it, and this software reads"
                raise StoreError(
                    f"deployment {trace.name}",
                    f"{reason} {DeploymentStarted.NAME} version {DeploymentStarted.VERSION}",
                )
        if not self._traces:
            known = self._names if kind == "deployment" else self._operations - {""}
            has = f"it has {', '.join(sorted(known))}" if known else f"it has no {kind} at all"
            raise StoreError("event log", f"has no {kind} {name!r}; {has}")
        return tuple(sorted(self._traces.values(), key=lambda trace: (trace.runs[0].started_at, trace.name)))
