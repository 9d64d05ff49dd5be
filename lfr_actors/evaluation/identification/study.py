"""Open-set identification measured on a folder of people: everything from the pictures to the figures.

    study = identify(Path("people"), load_pack("open", …))
    study.points[0].tpir.exact

Pure values come out; the templates that they are made of are overwritten before `identify` returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from lfr_actors.evaluation.identification.looking import Found, Look, Progress, look_at
from lfr_actors.evaluation.identification.material import Material, material_of, stacked
from lfr_actors.evaluation.identification.people import LabelledPicture, People, read_people
from lfr_actors.evaluation.identification.points import (
    RatePoint,
    point_at,
    point_for,
    ranks,
)
from lfr_actors.evaluation.identification.protocol import Enrol, Use, assign, count_uses
from lfr_actors.evaluation.identification.repeats import Repeats, repeat_on_halves
from lfr_actors.evaluation.identification.suspects import Suspicion, find_suspects
from lfr_actors.evaluation.intervals import Proportion
from lfr_actors.evaluation.list_size import ListSizeRates, sub_list_rates
from lfr_actors.evaluation.searches import Searches
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.packs import LoadedPack, PackInfo

DEFAULT_FPIRS: Final = (0.05, 0.01, 0.005, 0.001)
DEFAULT_REPEATS: Final = 20
_PARTS: Final = (32, 16, 8, 4, 2, 1)
"""Lists of a 32nd of the people, a 16th … and all of them."""


class KeptLooks(Protocol):
    """Where looks of earlier measurements are kept; `template_cache.TemplateCache` is one."""

    notes: list[str]

    def load(self) -> dict[str, Look]:
        """Looks by SHA-256 of the picture's file; whoever asked overwrites them."""

    def keep(self, looks: Sequence[Look]) -> None:
        """Keep these looks too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked. `fpirs` are targets for which a threshold is chosen, `thresholds` are given as they are.

    `repeats`: how often one half of the people chooses the threshold for the other; 0 for not. `seed` of everything
    that is drawn. `draws` of a bootstrap.
    """

    fpirs: tuple[float, ...] = DEFAULT_FPIRS
    thresholds: tuple[float, ...] = ()
    enrol: Enrol = Enrol.FIRST
    repeats: int = DEFAULT_REPEATS
    seed: int = 1
    confidence: float = 0.95
    draws: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What there was, and what it was used for. Every count is of pictures unless it says people.

    `pictures` and `people` are all that the folder has, `uses` says what became of how many pictures.
    `not_acquired_*` are searches without a face. `unsearched_people` are on the list and no picture was left to
    search for them. `nearest_middle`: several faces and none stood out. `refused`: used here, and enrolment would
    have refused them.
    """

    pictures: int
    people: int
    uses: dict[Use, int]
    listed_people: int
    mated_people: int
    non_mated_people: int
    unsearched_people: int
    people_without_face: int
    empty_folders: int
    not_acquired_mated: int
    not_acquired_non_mated: int
    nearest_middle: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """Rates on one set of pictures: its counts, its searches, a point for every target and threshold, ranks."""

    counts: Counts
    searches: Searches = field(repr=False)
    points: tuple[RatePoint, ...]
    ranks: tuple[tuple[int, Proportion | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One picture and what became of it; names people, and is not for publication."""

    picture: LabelledPicture
    use: Use
    found: Found | None
    faces: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IdentificationStudy:
    """What was measured. `main` counts every picture as labelled; `undoubted` leaves out those in `suspicion`.

    `undoubted` is None where nothing is in doubt. Leaving pictures out by their scores flatters: it is the other
    end of what errors in the labels can explain, not a better figure. `computed` pictures were looked at now, the
    others were kept from before. `empty`: people whose folder holds no picture. `list_sizes`: what the main figures
    would have been on shorter lists.
    """

    folder: str
    pack: PackInfo
    provider: str
    settings: Settings
    main: Figures
    undoubted: Figures | None
    suspicion: Suspicion
    repeats: tuple[Repeats, ...]
    list_sizes: tuple[ListSizeRates, ...]
    fates: tuple[Fate, ...] = field(repr=False)
    empty: tuple[str, ...] = field(repr=False)
    notes: tuple[str, ...]
    computed: int

    @property
    def searches(self) -> Searches:
        """The searches of the main figures."""
        return self.main.searches

    @property
    def points(self) -> tuple[RatePoint, ...]:
        """The main figures at each target and threshold, as asked for."""
        return self.main.points


def identify(
    folder: Path,
    pack: LoadedPack,
    settings: Settings | None = None,
    *,
    leave_out: Path | None = None,
    kept: KeptLooks | None = None,
    progress: Progress | None = None,
    workers: int = 2,
) -> IdentificationStudy:
    """Measure a pack on a folder of people; see the package for the protocol.

    `leave_out`: a file of pictures that somebody looked at and found wrong. Raises `InvalidFile` for a folder or
    file that cannot be used. Whatever data is missing for a rate makes that rate None with its reason, never zero.
    """
    settings = settings or Settings()
    people = read_people(folder, leave_out)
    with looked_at(people, pack, kept, progress, workers) as (looks, computed):
        uses = assign(people.pictures, looks, settings.enrol)
        material = material_of(people.pictures, looks, uses, pack.embedder.dim)
        try:
            main = _figures(people, looks, uses, material.search(), settings)
            repeats = repeat_on_halves(material, settings.fpirs, settings.repeats, settings.seed)
        finally:
            material.overwrite()
        suspicion = _suspicion(people.pictures, looks, uses, pack.embedder.dim)
        undoubted = _undoubted(people, looks, suspicion, settings, pack.embedder.dim)
        return IdentificationStudy(
            folder=folder.resolve().name,
            pack=pack.info,
            provider=pack.provider,
            settings=settings,
            main=main,
            undoubted=undoubted,
            suspicion=suspicion,
            repeats=repeats,
            list_sizes=_list_sizes(main),
            fates=_fates(people, looks, uses),
            empty=people.empty,
            notes=(*people.notes, *(kept.notes if kept is not None else ())),
            computed=computed,
        )


@contextmanager
def looked_at(
    people: People,
    pack: LoadedPack,
    kept: KeptLooks | None = None,
    progress: Progress | None = None,
    workers: int = 2,
) -> Iterator[tuple[tuple[Look, ...], int]]:
    """Every picture's look while the block runs, and how many were computed now; overwritten after it."""
    known = {} if kept is None else kept.load()
    looks: tuple[Look, ...] = ()
    try:
        looks = look_at(
            people.pictures, pack.detector, pack.embedder, kept=known, progress=progress, workers=workers
        )
        new = [look for look in looks if look.sha256 not in known]
        if kept is not None:
            kept.keep(new)
        yield looks, len(new)
    finally:
        for look in (*known.values(), *looks):
            if look.template is not None:
                overwrite(look.template)


def _figures(
    people: People, looks: Sequence[Look], uses: Sequence[Use], searches: Searches, settings: Settings
) -> Figures:
    points = [
        *(
            point_for(searches, target, settings.seed, settings.draws, settings.confidence)
            for target in settings.fpirs
        ),
        *(
            point_at(searches, threshold, settings.seed, settings.draws, settings.confidence)
            for threshold in settings.thresholds
        ),
    ]
    return Figures(
        counts=_counts(people, looks, uses, searches),
        searches=searches,
        points=tuple(points),
        ranks=ranks(searches, settings.confidence),
    )


def _list_sizes(figures: Figures) -> tuple[ListSizeRates, ...]:
    """Rates on shorter lists at the threshold of every point, the whole list last; none where nobody is on it."""
    whole = figures.searches.subjects
    sizes = sorted({max(1, whole // part) for part in _PARTS}) if whole else []
    thresholds = [point.threshold for point in figures.points if point.threshold is not None]
    return tuple(
        found for threshold in thresholds for found in sub_list_rates(figures.searches, threshold, sizes)
    )


def _counts(people: People, looks: Sequence[Look], uses: Sequence[Use], searches: Searches) -> Counts:
    pictures = people.pictures
    by_use: dict[Use, set[str]] = {use: set() for use in Use}
    for picture, use in zip(pictures, uses, strict=True):
        by_use[use].add(picture.person)
    used = [look for look, use in zip(looks, uses, strict=True) if use is Use.LIST or use.is_search]
    faceless = ~searches.acquired
    return Counts(
        pictures=len(pictures) + len(people.left_out),
        people=len({picture.person for picture in (*pictures, *people.left_out)}),
        uses=count_uses(uses) | {Use.LEFT_OUT: len(people.left_out)},
        listed_people=len(by_use[Use.LIST]),
        mated_people=len(by_use[Use.MATED]),
        non_mated_people=len(by_use[Use.NON_MATED]),
        unsearched_people=len(by_use[Use.LIST] - by_use[Use.MATED]),
        people_without_face=len(by_use[Use.NOT_LISTED]),
        empty_folders=len(people.empty),
        not_acquired_mated=int((faceless & searches.mated).sum()),
        not_acquired_non_mated=int((faceless & ~searches.mated).sum()),
        nearest_middle=sum(look.found is Found.NEAREST_MIDDLE for look in used),
        refused=sum(look.refused is not None and look.acquired for look in used),
    )


def _suspicion(
    pictures: Sequence[LabelledPicture], looks: Sequence[Look], uses: Sequence[Use], dim: int
) -> Suspicion:
    """Doubts about the pictures with a face that are the list or searched."""
    compared = [
        place
        for place, use in enumerate(uses)
        if (use is Use.LIST or use.is_search) and looks[place].acquired
    ]
    templates = stacked([looks[place] for place in compared], dim)
    try:
        return find_suspects([pictures[place] for place in compared], templates)
    finally:
        overwrite(templates)


def _undoubted(
    people: People, looks: Sequence[Look], suspicion: Suspicion, settings: Settings, dim: int
) -> Figures | None:
    """The figures without what is in doubt; None where nothing is."""
    out = suspicion.pictures_in_doubt(people.pictures)
    if not out:
        return None
    left = [place for place, picture in enumerate(people.pictures) if picture.name not in out]
    fewer = replace(
        people,
        pictures=tuple(people.pictures[place] for place in left),
        left_out=(*people.left_out, *(picture for picture in people.pictures if picture.name in out)),
    )
    left_looks = [looks[place] for place in left]
    uses = assign(fewer.pictures, left_looks, settings.enrol)
    material: Material = material_of(fewer.pictures, left_looks, uses, dim)
    try:
        return _figures(fewer, left_looks, uses, material.search(), settings)
    finally:
        material.overwrite()


def _fates(people: People, looks: Sequence[Look], uses: Sequence[Use]) -> tuple[Fate, ...]:
    """Every picture in the order of names."""
    fates = [
        Fate(picture=picture, use=use, found=look.found, faces=look.faces, reason=look.reason)
        for picture, look, use in zip(people.pictures, looks, uses, strict=True)
    ]
    fates += [
        Fate(picture=picture, use=Use.LEFT_OUT, found=None, faces=0, reason="") for picture in people.left_out
    ]
    return tuple(sorted(fates, key=lambda fate: (fate.picture.person, fate.picture.name)))
