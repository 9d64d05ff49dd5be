"""From costs and a workload to loads, machines, and what breaks first.

    Costs × Workload ─► Load of one camera ─► cameras a machine ─► machines
                    └─► Ceiling of every part of which a deployment has only one ─► what breaks first

Loads are averages; `Machine.use` and `Workload.use` leave room for what comes in bursts. Nothing here is simulated.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lfr_actors.evaluation.capacity.costs import Costs

MAX_PARTS: Final = 256
"""Embedders and matcher shards that a deployment file allows (`resources`)."""
OBSERVE_EVERY_S: Final = 5.0
"""A camera reports so often, in media time (`CameraPlan.observe_every_s`)."""
EVENTS_A_REPORT: Final = 2
"""`camera.observed` and `nonmatch.forgotten`, each a commit of its own."""
LOOK_EVERY_S: Final = 0.5
"""The supervisor asks every camera how it is (`supervisor.WATCH_EVERY_S`)."""
EVENTS_AN_ALERT: Final = 6
"""Raised, seen, adjudicated, engaged, confirmed and an outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What one camera sees and what is asked of it: **assumptions**, each to be replaced by what is known.

    stream_fps, looked_at_fps: frames that arrive and are decoded, and those in which faces are sought, a second.
    faces_per_hour: tracks a camera and hour; 218 is Croydon's 470,000 faces over 24 deployments of 15 cameras, were
        each of them six hours long.
    seconds_in_view: how long a track lasts. searches_per_face: searches a track; `lfr demo` makes 207 of 12 tracks.
    templates: on the list. alerts_per_face: Metropolitan Police, 2,077 alerts of 3,147,436 faces; it grows with the
        list and falls with the threshold.
    seconds_per_alert: an operator's whole attention, from raised to decided and told to the officers.
    operators: at work at a time, for the whole deployment. hours_per_day: that cameras run.
    footage, footage_mbit_s, footage_days: whether it is recorded, at which rate, and how long it is kept.
    stream_mbit_s: what a camera sends over the network.
    use: how full a part may be that there is one of, so that it still answers in time.
    """

    stream_fps: float = 25.0
    looked_at_fps: float = 10.0
    faces_per_hour: float = 218.0
    seconds_in_view: float = 5.0
    searches_per_face: float = 17.0
    templates: int = 2_000
    alerts_per_face: float = 2_077 / 3_147_436
    seconds_per_alert: float = 60.0
    operators: int = 4
    hours_per_day: float = 6.0
    footage: bool = True
    footage_mbit_s: float = 4.0
    footage_days: float = 31.0
    stream_mbit_s: float = 4.0
    use: float = 0.6

    @property
    def faces_in_view(self) -> float:
        """Faces in a frame, on average."""
        return self.faces_per_hour * self.seconds_in_view / 3600

    @property
    def searches_per_s(self) -> float:
        """Searches a camera makes."""
        return self.faces_per_hour * self.searches_per_face / 3600

    @property
    def alerts_per_hour(self) -> float:
        """Alerts a camera raises."""
        return self.faces_per_hour * self.alerts_per_face


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine to put cameras on: cores, memory (GB), network (Gbit/s), and how full each may be."""

    cores: int = 16
    memory_gb: float = 64.0
    network_gbit_s: float = 10.0
    use: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one camera asks for. `cores` by part: busy cores, that is seconds of a core a second."""

    cores: Mapping[str, float]
    memory_mb: float
    network_mbit_s: float
    events_per_s: float

    @property
    def all_cores(self) -> float:
        """Busy cores, all parts together."""
        return sum(self.cores.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """How many cameras one part carries.

    `more_machines`: whether more machines raise it; if not, the deployment has to be divided. `cameras` is
    infinite for a part that nothing is asked of.
    """

    part: str
    cameras: float
    more_machines: bool
    why: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What so many cameras need. Rates and volumes are of all of them together.

    `deployments`: into how many they have to be divided, at least, for no single part to be overloaded;
    `breaks`: what would, in one deployment on enough machines, worst first. `operators` are busy all the time.
    """

    cameras: int
    machines: int
    deployments: int
    operators: int
    alerts_per_hour: float
    searches_per_s: float
    events_per_s: float
    log_gb_per_day: float
    footage_tb: float
    network_gbit_s: float
    breaks: tuple[str, ...]


def load_of(costs: Costs, work: Workload) -> Load:
    """What one camera asks for, its share of embedders and matcher included; shards are for the whole list."""
    searches = work.searches_per_s
    events = EVENTS_A_REPORT / OBSERVE_EVERY_S + EVENTS_AN_ALERT * work.alerts_per_hour / 3600
    cores = {
        "decode": work.stream_fps * costs.decode_ms.value / 1e3,
        "detect": work.looked_at_fps * costs.detect_ms.value / 1e3,
        "follow": work.looked_at_fps * work.faces_in_view * costs.follow_ms.value / 1e3,
        "embed": searches * costs.embed_ms.value / 1e3,
        "search": searches * _search_ms(costs, work.templates) / 1e3,
        "footage": costs.footage_cores.value if work.footage else 0.0,
    }
    embedders = searches * costs.embed_ms.value / 1e3 / work.use
    return Load(
        cores=cores,
        memory_mb=costs.camera_mb.value + embedders * costs.embedder_mb.value,
        network_mbit_s=work.stream_mbit_s + searches * costs.chip_bytes.value * 8 / 1e6,
        events_per_s=events,
    )


def cameras_per_machine(costs: Costs, work: Workload, machine: Machine) -> dict[str, float]:
    """How many cameras one machine carries, by what runs out: `cores`, `memory`, `network`; the least counts."""
    load = load_of(costs, work)
    shared_mb = (
        costs.others_mb.value + costs.shard_mb.value + work.templates * costs.template_bytes.value / 1e6
    )
    return {
        "cores": machine.use * machine.cores / load.all_cores,
        "memory": max(0.0, machine.use * machine.memory_gb * 1e3 - shared_mb) / load.memory_mb,
        "network": machine.use * machine.network_gbit_s * 1e3 / load.network_mbit_s,
    }


def ceilings(costs: Costs, work: Workload, machine: Machine) -> tuple[Ceiling, ...]:
    """What each part carries in one deployment, lowest first."""
    whole = "divide the cameras into deployments"
    found = [
        _of_machine(costs, work, machine),
        Ceiling(
            part="operators",
            cameras=_carried(work.use * work.operators * 3600, work.alerts_per_hour * work.seconds_per_alert),
            more_machines=False,
            why=f"{work.operators} of them, {work.seconds_per_alert:g} s for each alert",
            then="more people, a shorter list or a higher threshold; no machine helps",
        ),
        Ceiling(
            part="supervisor",
            cameras=work.use * LOOK_EVERY_S * 1e3 / costs.call_ms.value,
            more_machines=False,
            why=f"asks every camera each {LOOK_EVERY_S:g} s, one call a camera",
            then=whole,
        ),
        Ceiling(
            part="matcher",
            cameras=_carried(work.use * 1e3, work.searches_per_s * _shard_ms(costs, work)),
            more_machines=False,
            why="every search goes to every shard, a call each",
            then=f"{whole}; more shards shorten the scan, not the call",
        ),
        Ceiling(
            part="embedders",
            cameras=_carried(
                MAX_PARTS * work.use * 1e3,
                work.searches_per_s * (costs.embed_ms.value + costs.call_ms.value),
            ),
            more_machines=False,
            why=f"at most {MAX_PARTS} in a deployment",
            then=whole,
        ),
        Ceiling(
            part="event log",
            cameras=work.use * 1e3 / (load_of(costs, work).events_per_s * costs.event_commit_ms.value),
            more_machines=False,
            why="one chain of hashes: each event waits for the one before",
            then="a database for each deployment; the records are summed, the chains are not",
        ),
        Ceiling(
            part="Ray cluster",
            cameras=costs.cluster_actors.value,
            more_machines=False,
            why="one actor a camera; the largest number that Ray is tested with",
            then="several clusters",
        ),
    ]
    return tuple(sorted(found, key=lambda each: each.cameras))


def first_to_break(found: tuple[Ceiling, ...], cameras: int) -> tuple[Ceiling, ...]:
    """The parts that so many cameras overload, the most overloaded first."""
    return tuple(each for each in sorted(found, key=lambda each: each.cameras) if each.cameras < cameras)


def plan(costs: Costs, work: Workload, machine: Machine, cameras: int) -> Plan:
    """What so many cameras need. Raises `ValueError` for fewer than one, and where a machine carries none."""
    if cameras < 1:
        raise ValueError(f"{cameras} cameras need nothing: at least 1")
    each = min(cameras_per_machine(costs, work, machine).values())
    if each < 1:
        raise ValueError("one machine does not carry one camera: more cores, or fewer frames looked at")
    found = ceilings(costs, work, machine)
    whole = [part.cameras for part in found if not part.more_machines and part.part != "operators"]
    load = load_of(costs, work)
    day_s = work.hours_per_day * 3600
    alerts = cameras * work.alerts_per_hour
    footage_tb = cameras * work.footage_mbit_s / 8 * day_s * work.footage_days / 1e6 if work.footage else 0.0
    return Plan(
        cameras=cameras,
        machines=math.ceil(cameras / math.floor(each)),
        deployments=math.ceil(cameras / max(1, math.floor(min(whole)))),
        operators=math.ceil(alerts * work.seconds_per_alert / 3600 / work.use),
        alerts_per_hour=alerts,
        searches_per_s=cameras * work.searches_per_s,
        events_per_s=cameras * load.events_per_s,
        log_gb_per_day=cameras * load.events_per_s * day_s * costs.event_bytes.value / 1e9,
        footage_tb=footage_tb,
        network_gbit_s=cameras * load.network_mbit_s / 1e3,
        breaks=tuple(part.part for part in first_to_break(found, cameras) if not part.more_machines),
    )


def sensitivity(
    costs: Costs, work: Workload, machine: Machine, factor: float = 2.0
) -> dict[str, tuple[float, float]]:
    """Cameras a machine when one figure alone is `factor` times smaller, and larger; the rest stays as it is.

    In the order of how much it moves. Raises `ValueError` for a factor that is not above 1.
    """
    if not factor > 1:
        raise ValueError(f"a factor of {factor} changes nothing; 2 is usual")

    def carried(costs: Costs, work: Workload) -> float:
        return min(cameras_per_machine(costs, work, machine).values())

    moved: dict[str, tuple[float, float]] = {}
    for name in ("decode_ms", "detect_ms", "follow_ms", "embed_ms", "camera_mb"):
        cost = getattr(costs, name)
        ends = (dataclasses.replace(costs, **{name: cost.times(by)}) for by in (1 / factor, factor))
        low, high = (carried(changed, work) for changed in ends)
        moved[name] = low, high
    for name in ("stream_fps", "looked_at_fps", "faces_per_hour", "templates"):
        value = getattr(work, name)
        kind = type(value)
        low, high = (
            carried(costs, dataclasses.replace(work, **{name: kind(value * by)}))
            for by in (1 / factor, factor)
        )
        moved[name] = low, high
    return dict(sorted(moved.items(), key=lambda each: -abs(each[1][0] - each[1][1])))


def _carried(there_is: float, each_asks: float) -> float:
    """How many cameras a part carries; any number where none of them asks for it."""
    return there_is / each_asks if each_asks else math.inf


def _of_machine(costs: Costs, work: Workload, machine: Machine) -> Ceiling:
    runs_out, cameras = min(cameras_per_machine(costs, work, machine).items(), key=lambda each: each[1])
    return Ceiling(
        part="one machine",
        cameras=cameras,
        more_machines=True,
        why=f"its {runs_out} run out" if runs_out == "cores" else f"its {runs_out} runs out",
        then="another machine: the cameras' actors spread over a Ray cluster",
    )


def _search_ms(costs: Costs, templates: int) -> float:
    return costs.search_fixed_ms.value + costs.search_per_template_us.value * templates / 1e3


def _shard_ms(costs: Costs, work: Workload) -> float:
    """What a search takes of the busiest shard, with as many shards as there may be: the call stays."""
    return costs.call_ms.value + _search_ms(costs, math.ceil(work.templates / MAX_PARTS))
