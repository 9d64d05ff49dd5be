"""What is measured, on which machine, and about how long it will take."""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass

from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.machine import usable_cores

PARTS = ("actor", "large", "growth", "kill", "removal")
"""Parts of the measurement, in the order in which they are made; each can be made alone."""
DIMS = (128, 512)
GROWTH = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_BUILD_MS = {128: 0.28, 512: 0.85}
"""Of one template of a million in hnswlib 0.8 on two cores (M 16, ef_construction 200), measured."""
_INDEXES = 3.5
"""Ours, hnswlib's and usearch's are built; what is beside the building takes half as long as one."""
_OWN_BYTES = 3 * 2**30
"""What is needed beside an index: the interpreter, Ray, a block of scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """Sizes in templates. `batch`: searches in one call. `rounds`: calls of each contender that are timed.

    `searches`: those whose decisions are compared, half of them of people on the list.
    """

    actor_templates: int = 17_000
    large_templates: int = 1_000_000
    kill_templates: int = 100_000
    removal_templates: int = 20_000
    searches: int = 10_000
    rounds: int = 400
    batch: int = 8
    pictures: int = 4
    shards: int = 2
    fpir: float = 0.01
    seed: int = 20_240_907

    @classmethod
    def sized(cls, templates: int, searches: int) -> BenchSettings:
        """Nothing larger than `templates`."""
        full = cls()
        return cls(
            actor_templates=min(full.actor_templates, templates),
            large_templates=templates,
            kill_templates=min(full.kill_templates, templates),
            removal_templates=min(full.removal_templates, templates),
            searches=searches,
        )

    @classmethod
    def quick(cls) -> BenchSettings:
        """Small: to see that everything works, not to know how well."""
        return cls(
            actor_templates=4_000,
            large_templates=20_000,
            kill_templates=8_000,
            removal_templates=4_000,
            searches=1_000,
            rounds=60,
        )

    def faces(self, templates: int, dim: int) -> SyntheticFaces:
        """A list of so many templates, `pictures` to a person."""
        people = max(1, templates // self.pictures)
        return SyntheticFaces(people=people, pictures=self.pictures, dim=dim, seed=self.seed)

    def to_json(self) -> dict[str, object]:
        """For a JSON document."""
        return asdict(self)


def machine() -> dict[str, object]:
    """What figures depend on: cores, the load average of the last minute, memory."""
    return {
        "usable_cores": usable_cores(),
        "load_average": round(os.getloadavg()[0], 2),
        "memory_available_gib": round(available_bytes() / 2**30, 1),
    }


def threads() -> int:
    """How many threads every contender gets."""
    return max(1, math.floor(usable_cores()))


def available_bytes() -> int:
    """Memory that this machine could give now."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def build_estimate_s(templates: int, dim: int) -> float:
    """About how long one HNSW index takes to build here.

    The time of a template grows with the logarithm of their number; other lengths lie between those measured.
    """
    per_ms = _BUILD_MS[128] + (_BUILD_MS[512] - _BUILD_MS[128]) * (dim - 128) / 384
    growth = math.log(max(templates, 2)) / math.log(1_000_000)
    return max(per_ms, 0.05) * 1e-3 * templates * growth * 2 / threads()


def estimate_s(settings: BenchSettings, parts: tuple[str, ...], dims: tuple[int, ...]) -> float:
    """About how long these parts take here, most of it building indexes."""
    total = 0.0
    for dim in dims:
        built = {
            "actor": 10 + _INDEXES * build_estimate_s(settings.actor_templates, dim),
            "large": _INDEXES * build_estimate_s(settings.large_templates, dim),
            "growth": sum(
                2.5 * build_estimate_s(size, dim) for size in GROWTH if size <= settings.large_templates
            ),
            "kill": 30 + 2 * build_estimate_s(settings.kill_templates, dim),
            "removal": 40.0,
        }
        if "large" in parts:  # the largest step of the growth is taken from there
            built["growth"] -= 2.5 * build_estimate_s(settings.large_templates, dim)
        total += sum(max(0.0, built[part]) for part in parts)
    return total


def fits(templates: int, bytes_per_template: float) -> bool:
    """Whether a list and its index fit this machine's memory."""
    return templates * bytes_per_template + _OWN_BYTES < available_bytes()


def duration_words(seconds: float) -> str:
    """`40 s`, `25 min`, `1 h 10 min`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
