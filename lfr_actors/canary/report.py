"""What the hunt found, by place and time, and whether that is what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lfr_actors.canary.controls import CONTROL
from lfr_actors.canary.places import WEBHOOKS
from lfr_actors.canary.search import Searched

DURING, ONE, TEN, AFTER = "during", "1 s", "10 s", "after the run"
LIMITS = (
    "The film itself is the test's own material and is not searched.",
    "What the decoder holds is YUV and the film's packets: their memory is FFmpeg's. The decoder's pictures are "
    "searched for and shown; packets are searched for on disks, where they may only be sealed.",
    "The database is the data folder's own; the files and the memory of a PostgreSQL server are not searched.",
    "Nobody looks at the console meanwhile: previews of cameras, with every face blurred, are not made.",
    "Pages that were swapped out are read back from swap; the swap device is not searched.",
    "A kind that the hunt does not know (another colour space, a compressed vector) is not found.",
)
REPORTED_ONLY = frozenset({"decoder's picture"})
"""Kinds that are shown and do not decide: memory that belongs to a library, in no form the product made."""


MUST_BE_SEARCHED = ("camera", "embedder", "matcher", "alert desk", "console", "courier", "driver")
"""Processes without whose memory a hunt proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One look: `memory` by process, `places` everything else."""

    when: str
    memory: tuple[Searched, ...]
    places: tuple[Searched, ...] = ()

    @property
    def after_pass_s(self) -> float | None:
        """When the first copy began; None where no memory was copied."""
        return min((one.began_s for one in self.memory if one.began_s is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """What was found of one kind in one place; `count` pieces."""

    when: str
    place: str
    where: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole hunt. `outcome` is the deployment's own; `controls` the kinds that had to be found."""

    pack: str
    threshold: float
    deployment: str
    cameras: int
    pass_s: float
    timed_by: str
    moments: tuple[Moment, ...]
    controls: frozenset[str]
    outcome: dict[str, object] = field(repr=False)

    @property
    def survivors(self) -> list[Survivor]:
        """Everything found after the pass, controls aside."""
        return [found for moment in self.moments if moment.when != DURING for found in survivors_of(moment)]

    @property
    def problems(self) -> list[str]:
        """Why the hunt proves nothing; empty when it does."""
        return [
            *_not_seen(self.moments),
            *_not_searched(self.moments),
            *_not_told(self.moments),
            *_controls_missed(self.moments, self.controls),
        ]

    @property
    def broken(self) -> list[Survivor]:
        """The survivors that break the promise: on a disk or in shared memory, or in memory after 10 s."""
        places = {searched.place for moment in self.moments for searched in moment.places}
        return [
            found
            for found in self.survivors
            if found.kind not in REPORTED_ONLY and (found.place in places or found.when != ONE)
        ]

    @property
    def passed(self) -> bool:
        """Whether the promise holds, and the hunt could have found otherwise."""
        return not self.problems and not self.broken


def survivors_of(moment: Moment) -> list[Survivor]:
    """What one look found, controls aside, added up by place, part and kind."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for searched in (*moment.memory, *moment.places):
        for find in searched.finds:
            if not find.kind.startswith(CONTROL):
                counts[searched.place, find.where, find.kind] += find.count
    return [
        Survivor(when=moment.when, place=place, where=where, kind=kind, count=count)
        for (place, where, kind), count in sorted(counts.items())
    ]


def _not_seen(moments: Iterable[Moment]) -> list[str]:
    """Whether the canary was really searched for: its pixels and its template were in the camera meanwhile."""
    for moment in moments:
        if moment.when == DURING:
            seen = {find.kind for one in moment.memory if one.place == "camera" for find in one.finds}
            missing = sorted({"pixels", "template, float32"} - seen)
            if missing:
                return [
                    f"while the canary passed, its {' and its '.join(missing)} were not in the camera's memory: "
                    "it was not searched, perhaps because this machine is too busy"
                ]
            return []
    return ["the memory was not looked at while the canary passed"]


def _not_searched(moments: Iterable[Moment]) -> list[str]:
    """Processes that handle faces whose memory could not be searched: nothing is known of them."""
    problems = []
    for moment in moments:
        if moment.when in (ONE, TEN):
            read = {one.place for one in moment.memory if one.size_bytes}
            why = {reason for one in moment.memory for reason in one.not_searched}
            for place in MUST_BE_SEARCHED:
                if place not in read:
                    problems.append(f"{moment.when}: the memory of {place} was not searched {sorted(why)}")
    return problems


def _not_told(moments: Iterable[Moment]) -> list[str]:
    """Whether webhooks came at all: without any, what they say was not searched."""
    told = [one.size_bytes for moment in moments for one in moment.places if one.place == WEBHOOKS]
    return [] if any(told) else ["no webhook came: what they say was not searched"]


def _controls_missed(moments: Iterable[Moment], controls: frozenset[str]) -> list[str]:
    """Where a control was put and not found."""
    problems = []
    for moment in moments:
        if moment.when == DURING:
            continue
        looked = [("driver", one) for one in moment.memory if one.place == "driver"]
        looked += [(one.place, one) for one in moment.places if one.place in CONTROL_PLACES]
        for place, searched in looked:
            missing = sorted(controls - searched.kinds)
            if missing:
                problems.append(f"{moment.when}: {', '.join(missing)} not found in {place}")
    return problems


CONTROL_PLACES = ("data folder, the rest", "/dev/shm")
"""Where files with controls are put."""


def as_document(report: Report) -> dict[str, object]:
    """The report as a JSON document."""
    return {
        "passed": report.passed,
        "pack": report.pack,
        "threshold": report.threshold,
        "deployment": report.deployment,
        "cameras": report.cameras,
        "pass_s": report.pass_s,
        "timed_by": report.timed_by,
        "problems": report.problems,
        "survivors": [_survivor(one) for one in report.survivors],
        "broken": [_survivor(one) for one in report.broken],
        "moments": [
            {
                "when": moment.when,
                "after_pass_s": moment.after_pass_s,
                "memory": [_searched(one) for one in moment.memory],
                "places": [_searched(one) for one in moment.places],
            }
            for moment in report.moments
        ],
        "limits": list(LIMITS),
        "outcome": report.outcome,
    }


def _survivor(one: Survivor) -> dict[str, object]:
    return {"when": one.when, "place": one.place, "where": one.where, "kind": one.kind, "count": one.count}


def _searched(one: Searched) -> dict[str, object]:
    found: Counter[str] = Counter()
    for find in one.finds:
        found[find.kind] += find.count
    return {
        "place": one.place,
        "bytes": one.size_bytes,
        "files": one.files,
        "began_s": one.began_s,
        "ended_s": one.ended_s,
        "found": dict(sorted(found.items())),
        "not_searched": one.not_searched,
    }
