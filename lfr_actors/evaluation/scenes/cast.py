"""Who walks, who is on the list, and which photograph is for what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.scenes.duplicates import PhotographIndex

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_NUMBERED = re.compile(r"^(?P<name>.+?)[_-]\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on the list. `enrolled`: the pictures of the list; `filmed`: the one that walks, or None.

    `filmed` is None for people who are on the list and do not walk.
    """

    identity: str
    subject_id: str
    enrolled: tuple[Path, ...]
    filmed: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passer:
    """A person who walks by and is not on the list; may be in a cast more than once."""

    identity: str
    filmed: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """Somebody who walks: `subject_id` is None for people not on the list."""

    identity: str
    filmed: Path
    subject_id: str | None

    @property
    def target(self) -> bool:
        """Whether the person is on the list."""
        return self.subject_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody of a scene: `targets` walk and are listed, `passers` only walk, `members` are only listed.

    `same_photograph` says that targets are filmed from the photograph they are enrolled with, so that the
    scene shows how a pipeline works and says nothing about its accuracy.

    Raises `ValueError` when somebody is both listed and a passer-by, a subject id occurs twice, a target has
    no picture to film, or a target is filmed from an enrolled photograph though `same_photograph` is false.
    """

    targets: tuple[Member, ...]
    passers: tuple[Passer, ...]
    members: tuple[Member, ...] = ()
    same_photograph: bool = False

    def __post_init__(self) -> None:
        listed = [one.identity for one in self.listed]
        both = sorted(set(listed) & {one.identity for one in self.passers})
        if both:
            raise ValueError(f"{both[0]} is on the list and also a passer-by who should not be on it")
        subjects = [one.subject_id for one in self.listed]
        if len(set(subjects)) != len(subjects) or len(set(listed)) != len(listed):
            raise ValueError("a person or subject id is on the list twice")
        for one in self.targets:
            if one.filmed is None:
                raise ValueError(f"target {one.identity} has no photograph to film")
            if one.filmed in one.enrolled and not self.same_photograph:
                raise ValueError(f"target {one.identity} would be filmed from an enrolled photograph")

    @property
    def listed(self) -> tuple[Member, ...]:
        """Everybody on the list, in order of subject id."""
        return tuple(sorted((*self.targets, *self.members), key=lambda one: one.subject_id))

    @property
    def walkers(self) -> tuple[Walker, ...]:
        """Everybody who walks, targets first."""
        targets = tuple(
            Walker(identity=one.identity, filmed=one.filmed, subject_id=one.subject_id)
            for one in self.targets
            if one.filmed is not None
        )
        return targets + tuple(
            Walker(identity=one.identity, filmed=one.filmed, subject_id=None) for one in self.passers
        )


def photographs(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Photographs by person: a folder for each person, or files NAME_0001.jpg side by side.

    Raises `InvalidFile` when the folder is missing or holds no pictures.
    """
    if not folder.is_dir():
        raise InvalidFile(str(folder), ("is not a folder; give the folder that holds the faces",))
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in PICTURES or not path.is_file():
            continue
        numbered = _NUMBERED.match(path.stem)
        flat = numbered["name"] if numbered else path.stem
        found.setdefault(flat if path.parent == folder else path.parent.name, []).append(path)
    if not found:
        raise InvalidFile(
            str(folder),
            ("holds no pictures; expected NAME/NAME_0001.jpg or NAME_0001.jpg (also png, bmp, webp)",),
        )
    return {name: tuple(paths) for name, paths in found.items()}


def cast_from_folder(
    folder: Path, *, targets: int, passers: int, gallery: int, rng: np.random.Generator
) -> Cast:
    """A cast drawn from a folder of faces: `gallery` people on the list, `targets` of whom walk.

    A target needs two photographs: one is enrolled, another filmed. Nobody has two parts, and people of whom
    a photograph is also filed under another name are left out. Raises `ValueError` for numbers that
    contradict each other, `InvalidFile` for too few people or a picture that cannot be read.
    """
    if not (0 <= targets <= gallery and passers >= 0 and targets + passers > 0):
        raise ValueError(
            f"{targets} targets, {passers} passers and a gallery of {gallery}: somebody has to walk, "
            "and the gallery includes the targets"
        )
    people = photographs(folder)
    names = sorted(people)
    several = [name for name in names if len(people[name]) >= 2]
    others = passers + gallery - targets
    _require(folder, len(names), len(several), targets=targets, others=others)
    known = PhotographIndex()

    def choose(pool: list[str], count: int) -> list[str]:
        shuffled = (pool[place] for place in rng.permutation(len(pool)))
        return list(islice((name for name in shuffled if known.accept(people[name])), count))

    wanted = choose(several, targets)
    rest = choose([name for name in names if name not in set(wanted)], others)
    # Counted again: people left out because their photograph has two names are not there any more.
    _require(folder, len(wanted) + len(rest), len(wanted), targets=targets, others=others)

    return _assign(people, wanted, rest[:passers], rest[passers:], rng)


def _assign(
    people: dict[str, tuple[Path, ...]],
    targets: list[str],
    passers: list[str],
    members: list[str],
    rng: np.random.Generator,
) -> Cast:
    """Subject ids and photographs by chance for people whose parts are known."""
    listed = sorted((*targets, *members))
    numbers = rng.permutation(len(listed))
    subjects = {name: f"S{number + 1:04d}" for name, number in zip(listed, numbers, strict=True)}

    def draw(name: str, count: int) -> list[Path]:
        return [people[name][place] for place in rng.permutation(len(people[name]))[:count]]

    target_members = []
    for name in targets:
        enrolled, filmed = draw(name, 2)
        target_members.append(
            Member(identity=name, subject_id=subjects[name], enrolled=(enrolled,), filmed=filmed)
        )
    return Cast(
        targets=tuple(target_members),
        passers=tuple(Passer(identity=name, filmed=draw(name, 1)[0]) for name in passers),
        members=tuple(
            Member(identity=name, subject_id=subjects[name], enrolled=tuple(draw(name, 1)))
            for name in members
        ),
    )


def _require(folder: Path, people: int, several: int, *, targets: int, others: int) -> None:
    """Raise `InvalidFile` unless there are enough people, and enough of them with two photographs."""
    problems = []
    if several < targets:
        problems.append(
            f"{targets} people with two photographs are needed as targets "
            f"(one to enrol, one to film); {several} found"
        )
    if people < targets + others:
        problems.append(
            f"{targets + others} people are needed: {targets} targets, and {others} others "
            f"for the passers-by and the rest of the list; {people} found"
        )
    if problems:
        raise InvalidFile(str(folder), tuple(problems))
