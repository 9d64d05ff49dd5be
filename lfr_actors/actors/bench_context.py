"""What every part of `lfr bench matcher` has at hand: sizes, libraries, where results and progress go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from lfr_actors.actors.bench_shards import own_ray, search_patiently
from lfr_actors.actors.ports import Matcher
from lfr_actors.evaluation.matching.peers import FaissFlat, PeerKind
from lfr_actors.evaluation.matching.record import Record
from lfr_actors.evaluation.matching.reference import Reference, make_reference
from lfr_actors.evaluation.matching.setting import BenchSettings
from lfr_actors.evaluation.matching.telling import Telling
from lfr_actors.evaluation.matching.timing import batches
from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.messages import Vectors

CANDIDATES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchContext:
    """One dimension's measurement. `kinds`: the bare libraries that are here."""

    dim: int
    settings: BenchSettings
    record: Record
    kinds: tuple[PeerKind, ...]
    tell: Telling

    def faces(self, templates: int) -> SyntheticFaces:
        """A list of so many templates."""
        return self.settings.faces(templates, self.dim)

    def reference(self, faces: SyntheticFaces, searches: int) -> Reference:
        """So many searches and what an exact search of these faces decides."""
        self.tell.say(f"{searches} searches of {len(faces)} templates of {self.dim} numbers, exactly")
        return make_reference(
            faces,
            searches,
            fpir=self.settings.fpir,
            seed=self.settings.seed,
            progress=self.tell.progress,
        )

    def put(self, part: str, name: str, value: object) -> None:
        """Keep a result."""
        self.record.put(self.dim, part, name, value)

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Carry out what needs actors, with a Ray of its own."""
        with own_ray():
            asyncio.run(work())

    def flat(self) -> FaissFlat | None:
        """An empty exact index of faiss, where it is installed."""
        return FaissFlat(self.dim) if any(kind.library == "faiss" for kind in self.kinds) else None


def contest(
    own: str,
    matcher: Matcher,
    bare: dict[str, Callable[[Vectors], object]],
    queries: Vectors,
    batch: int,
) -> dict[str, Callable[[int], Awaitable[object]]]:
    """The matcher and bare searches as contenders that are asked the same, another batch in every round."""
    parts = batches(len(queries) // batch * batch, batch)

    def asked(number: int) -> Vectors:
        return queries[parts[number * 7 % len(parts)]]

    async def ours(number: int) -> object:
        return await search_patiently(matcher, asked(number))

    def at_once(call: Callable[[Vectors], object]) -> Callable[[int], Awaitable[object]]:
        async def awaited(number: int) -> object:
            return call(asked(number))

        return awaited

    return {own: ours, **{name: at_once(call) for name, call in bare.items()}}
