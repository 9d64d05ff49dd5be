"""Which picture goes on the list, which is searched, and which is left out: a pure rule over labels and looks.

    two or more pictures    the first by name goes on the list, every other is a mated search      (--enrol first)
                            all but the last go on the list, the last is a mated search     (--enrol all-but-one)
    one picture             a non-mated search: the person is on no list

Roles follow from files alone, before anybody knows what a detector finds in them: a search without a face stays a
search, and a mated one is a miss (failure to acquire, ISO/IEC 19795-1). Only a picture for the list that has no
face gives its place to the person's next one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from enum import StrEnum

from lfr_actors.evaluation.identification.looking import Found, Look
from lfr_actors.evaluation.identification.people import LabelledPicture


class Enrol(StrEnum):
    """How many of a person's pictures go on the list."""

    FIRST = "first"
    ALL_BUT_ONE = "all-but-one"


class Use(StrEnum):
    """What a picture was used for, or why it was not."""

    LIST = "list"
    MATED = "mated"
    NON_MATED = "non-mated"
    NO_LIST_FACE = "no-face-for-the-list"
    NOT_LISTED = "person-without-a-face"
    REPEATED = "same-file-again"
    CONTRADICTED = "same-file-of-two-people"
    UNREADABLE = "unreadable"
    LEFT_OUT = "left-out"

    @property
    def is_search(self) -> bool:
        """Whether the picture was searched."""
        return self in (Use.MATED, Use.NON_MATED)


USE_WORDS: dict[Use, str] = {
    Use.LIST: "on the list",
    Use.MATED: "searched, the person is on the list",
    Use.NON_MATED: "searched, the person is not on the list",
    Use.NO_LIST_FACE: "was for the list and shows no face; another picture of the person was taken",
    Use.NOT_LISTED: "of a person with several pictures and no face in any that was for the list: not enrolled",
    Use.REPEATED: "left out: the same file is there already under this person",
    Use.CONTRADICTED: "left out: the same file is there under another person too, so one of the labels is wrong",
    Use.UNREADABLE: "left out: no picture could be read",
    Use.LEFT_OUT: "left out by the file of --leave-out",
}
"""Each use in plain words."""


def assign(
    pictures: Sequence[LabelledPicture], looks: Sequence[Look], enrol: Enrol = Enrol.FIRST
) -> tuple[Use, ...]:
    """The use of every picture, in their order, which is the order in which a person's pictures count."""
    owners: dict[str, set[str]] = defaultdict(set)
    for picture, look in zip(pictures, looks, strict=True):
        owners[look.sha256].add(picture.person)
    uses: dict[int, Use] = {}
    usable: dict[str, list[int]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for place, (picture, look) in enumerate(zip(pictures, looks, strict=True)):
        file = (picture.person, look.sha256)
        if look.found is Found.UNREADABLE:
            uses[place] = Use.UNREADABLE
        elif len(owners[look.sha256]) > 1:
            uses[place] = Use.CONTRADICTED
        elif file in seen:
            uses[place] = Use.REPEATED
        else:
            seen.add(file)
            usable[picture.person].append(place)
    for own in usable.values():
        uses |= _of_person(own, looks, enrol)
    return tuple(uses[place] for place in range(len(pictures)))


def _of_person(own: Sequence[int], looks: Sequence[Look], enrol: Enrol) -> dict[int, Use]:
    """The uses of one person's usable pictures, by their places."""
    if len(own) == 1:
        return {own[0]: Use.NON_MATED}
    for_list = own if enrol is Enrol.FIRST else own[:-1]
    with_face = [place for place in for_list if looks[place].acquired]
    if not with_face:
        return dict.fromkeys(own, Use.NOT_LISTED)
    if enrol is Enrol.ALL_BUT_ONE:
        listed = {place: Use.LIST if place in with_face else Use.NO_LIST_FACE for place in for_list}
        return listed | {own[-1]: Use.MATED}
    first = with_face[0]
    return {
        place: Use.NO_LIST_FACE if place < first else Use.LIST if place == first else Use.MATED
        for place in own
    }


def count_uses(uses: Sequence[Use]) -> dict[Use, int]:
    """Pictures by use, every use named."""
    counts = Counter(uses)
    return {use: counts[use] for use in Use}
