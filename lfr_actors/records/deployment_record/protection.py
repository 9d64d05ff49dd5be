"""Hiding small cells of tables so that nobody can compute them from what is published, each with a proof.

Small counts single people out: one arrest for an offence on one afternoon in one street is a person. A cell of 1 to
`threshold` - 1 is hidden, and then as many others as it takes (complementary suppression; Hundepool et al.,
"Statistical Disclosure Control", 2012). What it takes is proven, not judged by rules of thumb: for every small cell
there is another table of alerts, in which one of its alerts stands in another row, and which agrees with all that
is published: in all tables together, in the totals, and in the records of other deployments. So the count can be at
least two numbers, and cannot be computed.

Where there are several deployments, an alert of another one may stand in the row that was left, so that the sums
over all of them stay as they are. The proof is made of whole numbers. A linear program would find patterns that
hide less, and other patterns with another version of its solver; here two people get the same bytes.

Whoever knows this program must not be able to tell which of two hidden cells was hidden for its own sake: between
cells that would lose as much, a draw decides that depends on the log and on nothing that is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

THRESHOLD: Final = 5
"""Counts below it, and above zero, are hidden."""

Atoms = frozenset[int]
"""The unknowns that a sum is over, by number."""

Move = tuple[int, int]
"""An alert taken out of one unknown and put into another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A count that may be published: `name` is unique; `draw` decides between sums that would lose as much."""

    name: str
    atoms: Atoms
    value: int
    draw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """The unknowns behind all tables.

    `values` are their true counts. Among the unknowns of `movable` alerts may be moved with no total changed;
    those of `mirrored` are the same in all deployments, by name. `known` sums are published in any case, and cannot
    be hidden.
    """

    values: tuple[int, ...]
    movable: Mapping[int, tuple[int, ...]]
    mirrored: Mapping[int, Mapping[str, int]]
    known: frozenset[Atoms]


@dataclass(slots=True)
class Suppression:
    """Names of sums: those that are `hidden`, and the small ones among them that must not become known."""

    hidden: set[str] = field(default_factory=set)
    primary: set[str] = field(default_factory=set)


def suppress(
    universe: Universe, sums: Sequence[Sum], guarded: Sequence[Sum] = (), threshold: int = THRESHOLD
) -> Suppression:
    """What to hide of `sums`. `guarded` were hidden elsewhere, and must not become known by these.

    Raises `ValueError` where a small count cannot be hidden, because what is published in any case tells it.
    """
    small = [one for one in sums if 0 < one.value < threshold and one.atoms not in universe.known]
    names = {one.name for one in small}
    chosen = Suppression(hidden=set(names), primary=names)
    places = _Places(universe, sums)
    for one in sorted([*small, *guarded], key=lambda one: one.name):
        chosen.hidden |= _cheapest(places, chosen.hidden, one)
    return chosen


class _Places:
    """Which sums moves change: those that are known in any case, and those that may be hidden."""

    def __init__(self, universe: Universe, sums: Sequence[Sum]) -> None:
        self.universe = universe
        self._known = _by_atom(universe.known, len(universe.values))
        self._sums = sums
        self._of = _by_atom([one.atoms for one in sums], len(universe.values))

    def changed(self, moves: Sequence[Move]) -> list[Sum] | None:
        """The sums that moves change together; None where one of them is known in any case."""
        if _net(self._known, moves):
            return None
        told = [self._sums[place] for place in sorted(_net(self._of, moves))]
        return None if any(one.atoms in self.universe.known for one in told) else told

    def ways(self, left: int, right: int, atoms: Atoms) -> Iterator[tuple[Move, ...]]:
        """To move an alert: by itself, or with one of another deployment the other way, so that their sums stay.

        The other one does not come back into `atoms`, of which there has to be another count afterwards.
        """
        yield ((left, right),)
        back = self.universe.mirrored[left]
        for name, start in self.universe.mirrored[right].items():
            if start == right or not self.universe.values[start] or name not in back:
                continue
            if start in atoms or back[name] not in atoms:
                yield (left, right), (start, back[name])


def _net(sums_of: Sequence[set[int]], moves: Sequence[Move]) -> set[int]:
    """The places of the sums that are not the same after the moves as before."""
    if len(moves) == 1:
        left, right = moves[0]
        return sums_of[left] ^ sums_of[right]
    net: Counter[int] = Counter()
    for left, right in moves:
        net.subtract(sums_of[left] - sums_of[right])
        net.update(sums_of[right] - sums_of[left])
    return {place for place, change in net.items() if change}


def _by_atom(sums: Iterable[Atoms], atoms: int) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(atoms)]
    for place, one in enumerate(sums):
        for atom in one:
            found[atom].add(place)
    return found


def _cheapest(places: _Places, hidden: set[str], one: Sum) -> set[str]:
    """The sums to hide, besides those hidden already, so that an alert of `one` may as well stand elsewhere."""
    options = []
    for left, right in _moves(places.universe, one.atoms):
        for way in places.ways(left, right, one.atoms):
            apart = places.changed(way)
            if apart is None:
                continue
            told = [each for each in apart if each.name not in hidden]
            if not told:
                return set()
            draws = sorted(each.draw for each in told)
            options.append((sum(1 + each.value for each in told), draws, {each.name for each in told}))
    if not options:
        raise ValueError(f"{one.name} cannot be hidden: what is published in any case tells it")
    return min(options, key=lambda option: option[:2])[2]


def _moves(universe: Universe, atoms: Atoms) -> Iterator[tuple[int, int]]:
    """Every way of moving one alert out of these unknowns."""
    for left in sorted(atoms):
        if universe.values[left]:
            for right in universe.movable[left]:
                if right not in atoms:
                    yield left, right
