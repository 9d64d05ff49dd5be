"""What people said of themselves: a CSV `person,ATTRIBUTE,…`, and the groups that follow from it.

One row a person; each further column is an attribute, its values are as people gave them. An empty cell, or one of
`UNSAID`, is no value: it is counted as "not stated", and nothing is put in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.identity import hidden_character, same_but_for_case
from lfr_actors.watchlist.spreadsheet import read_sheet

PERSON: Final = "person"
NOT_STATED: Final = "not stated"
"""The group of those who were asked and did not say."""
UNSAID: Final = frozenset(
    {
        "",
        NOT_STATED,
        "prefer not to say",
        "prefer not to answer",
        "prefer not to state",
        "rather not say",
        "not given",
        "declined",
    }
)
"""Cells that give no value, in any case of letters."""
CROSSED: Final = " × "
"""Between the attributes of an intersection, and between their values."""
MAX_GROUPS: Final = 20
"""Groups that one attribute may have; with more it is no grouping but a description of persons."""
_LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels of a trial. `values` holds for each person one value an attribute, in the order of `attributes`.

    `lines` says where each person stands in the file; `notes` how it was read.
    """

    attributes: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """People by group of one attribute, or of several crossed.

    `attribute` is its name, such as `age` or `sex × age`; `group_of` holds everybody who was labelled, with
    `NOT_STATED` for who did not say (of a crossing: any of it). `groups` are the groups which somebody named, in
    order of their names.
    """

    attribute: str
    group_of: Mapping[str, str] = field(repr=False)
    groups: tuple[str, ...]


def read_labels(path: Path) -> Labels:
    """The labels of a CSV (commas, semicolons or tabs; UTF-8), at least one person and one attribute.

    Raises `InvalidFile` with every mistake, each with its line and what would be right: a person twice, groups that
    differ only in capital letters, cells too many or too few, characters that nobody sees.
    """
    sheet = read_sheet(path)
    if not sheet.records:
        raise InvalidFile(
            str(path), ("the file is empty: its first line must be person and at least one attribute",)
        )
    header_line, header = sheet.records[0]
    names = [name.strip() for name in header]
    problems = [f"line {header_line}: {problem}" for problem in _header_problems(names)]
    if problems:
        raise InvalidFile(str(path), tuple(problems))
    own = names.index(PERSON)
    attributes = tuple(name for name in names if name != PERSON)
    values: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    for line, record in sheet.records[1:]:
        cells = [cell.strip() for cell in record]
        mistakes = list(_row_problems(cells, names, lines, own))
        problems += [f"line {line}: {mistake}" for mistake in mistakes]
        if not mistakes:
            person = cells.pop(own)
            values[person] = tuple(NOT_STATED if is_unsaid(cell) else cell for cell in cells)
            lines[person] = line
    problems += _doubtful_groups(attributes, values, lines)
    if not problems and not values:
        problems.append("no row below the header: at least one person has to be labelled")
    if problems:
        raise InvalidFile(str(path), tuple(problems))
    return Labels(attributes=attributes, values=values, lines=lines, notes=sheet.notes)


def is_unsaid(cell: str) -> bool:
    """Whether a cell gives no value: empty, or words for it."""
    return " ".join(cell.split()).casefold() in UNSAID


def group_by(labels: Labels, attributes: Sequence[str]) -> Grouping:
    """People by one attribute, or by each combination of several that somebody gave.

    Raises `ValueError` for an attribute that the labels do not have and for more than `MAX_GROUPS` groups.
    """
    for name in attributes:
        if name not in labels.attributes:
            raise ValueError(f"the labels have no column {name!r}; they have {', '.join(labels.attributes)}")
    if not attributes or len(set(attributes)) != len(attributes):
        raise ValueError("name at least one attribute, and each only once")
    places = [labels.attributes.index(name) for name in attributes]
    group_of: dict[str, str] = {}
    for person, values in labels.values.items():
        own = [values[place] for place in places]
        group_of[person] = NOT_STATED if NOT_STATED in own else CROSSED.join(own)
    groups = sorted(set(group_of.values()) - {NOT_STATED})
    name = CROSSED.join(attributes)
    if len(groups) > MAX_GROUPS:
        raise ValueError(
            f"{name!r} has {len(groups)} different values: at most {MAX_GROUPS} make groups. Write classes, "
            f"such as 30-39 for an age, or name other columns with --by"
        )
    return Grouping(attribute=name, group_of=group_of, groups=tuple(groups))


def _header_problems(names: Sequence[str]) -> Iterator[str]:
    if PERSON not in names:
        yield f"the required column {PERSON!r} is missing: it names people as the folder of pictures does"
    if not any(name and name != PERSON for name in names):
        yield "no attribute: needs at least one column beside 'person', such as the age group that people gave"
    for place, name in enumerate(names, start=1):
        if not name:
            yield f"column {place} has no name"
        elif names.index(name) != place - 1:
            yield f"column {name!r} is there more than once"
        elif CROSSED.strip() in name or "," in name:
            yield f"column {name!r}: its name may hold neither a comma nor {CROSSED.strip()}"
        elif (hidden := hidden_character(name)) is not None or len(name) > _LONGEST_VALUE:
            yield f"column {place}: its name {_unfit(hidden)}"


def _row_problems(
    cells: Sequence[str], names: Sequence[str], lines: Mapping[str, int], own: int
) -> Iterator[str]:
    if len(cells) != len(names):
        yield f"{len(cells)} cells where the header has {len(names)}"
        return
    if not cells[own]:
        yield "names no person"
    elif cells[own] in lines:
        yield f"the same person as in line {lines[cells[own]]}: one row a person"
    for name, cell in zip(names, cells, strict=True):
        hidden = hidden_character(cell)
        if hidden is not None or (name != PERSON and len(cell) > _LONGEST_VALUE):
            yield f"column {name!r}: the value {_unfit(hidden)}"


def _unfit(hidden: str | None) -> str:
    if hidden is not None:
        return f"holds a character that nobody sees ({hidden}); take it out"
    return f"is longer than {_LONGEST_VALUE} characters"


def _doubtful_groups(
    attributes: Sequence[str], values: Mapping[str, tuple[str, ...]], lines: Mapping[str, int]
) -> Iterator[str]:
    """Groups of one attribute that may be one group written in two ways: whoever made the file has to say."""
    for place, name in enumerate(attributes):
        first = {own[place]: lines[person] for person, own in reversed(list(values.items()))}
        for later, earlier in same_but_for_case(own[place] for own in values.values()):
            yield (
                f"line {first[later]}: {name!r} is {later!r} and in line {first[earlier]} {earlier!r}: write one, "
                f"if they are one group"
            )
