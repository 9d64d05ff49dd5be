"""The rules of a site for its watchlists, executable: each gives a finding that names rule and rows.

    findings = check(policy, entries_of_rows(rows), occasion)       list_rules: the rules themselves
    require_allowed("list.csv", findings)                           raises `Refused` with every row and why

What the rules are for: a list is made for one operation, reviewed before each deployment and not excessive;
everybody on it is there for a lawful reason; where each picture comes from is recorded; it is built at most 24
hours before (College of Policing, Authorised Professional Practice: Live facial recognition). Under-18s are not
ordinarily on a list. Pure: the day is an argument.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from lfr_actors.errors import Refused
from lfr_actors.watchlist.version import ListVersion

if TYPE_CHECKING:
    from lfr_actors.watchlist.rows import Row

BUILT_WITHIN_CEILING: Final = dt.timedelta(hours=24)
PROOFS_DEFAULT: Final = dt.timedelta(days=31)
PROOFS_CEILING: Final = dt.timedelta(days=366)

SUBJECT_FACTS: Final = ("category", "priority", "legal_basis", "expires", "date_of_birth")
"""Facts that speak of a person; the others speak of a picture."""
FACTS: Final = (*SUBJECT_FACTS, "image_source", "image_taken")
"""What a site may require of every row."""
_SHOWN: Final = 20


class Outcome(StrEnum):
    """What a rule says of a list. Only `REFUSED` stands in its way."""

    PASSED = "passed"
    WARNED = "warned"
    REFUSED = "refused"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPolicy:
    """What a site asks of its lists; without a file only that they are fresh and that under-18s have an authority.

    `None` and empty mean that the site has no such rule. `categories`: for each purpose the categories that it
    allows. `proofs`: how long it can be proven who was on a list.
    """

    max_subjects: int | None = None
    max_pictures: int | None = None
    built_within: dt.timedelta = BUILT_WITHIN_CEILING
    max_picture_age: dt.timedelta | None = None
    require: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    legal_bases: tuple[str, ...] = ()
    proofs: dt.timedelta = PROOFS_DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What the list is for. `today` is the day where the deployment is; `age` how long ago the list was built.

    `under_18_authority` names who decided that somebody under 18 may be on it (`named_authority`).
    """

    today: dt.date
    age: dt.timedelta = dt.timedelta(0)
    purposes: tuple[str, ...] = ()
    under_18_authority: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the rules ask of one picture and its subject. `where` says it to people, such as `line 7`."""

    where: str
    subject_id: str
    category: str | None = None
    priority: str | None = None
    legal_basis: str | None = None
    expires: dt.date | None = None
    date_of_birth: dt.date | None = field(default=None, repr=False)
    image_source: str | None = None
    image_taken: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says. `rows` names each row that it objects to, `where: subject …: why`; `words` is for all.

    No date of birth is ever repeated.
    """

    rule: str
    outcome: Outcome
    words: str
    rows: tuple[str, ...] = field(default=(), repr=False)

    @property
    def refused(self) -> bool:
        """Whether the list may not be used."""
        return self.outcome is Outcome.REFUSED

    def to_json(self) -> dict[str, object]:
        """For reports."""
        return {
            "rule": self.rule,
            "outcome": str(self.outcome),
            "words": self.words,
            "rows": list(self.rows),
        }


def entries_of_rows(rows: Sequence[Row]) -> tuple[Entry, ...]:
    """The entries of a CSV or a folder."""
    return tuple(
        Entry(
            where=row.where,
            subject_id=row.subject_id,
            **{name: getattr(row, name) for name in FACTS},
        )
        for row in rows
    )


def entries_of_version(version: ListVersion) -> tuple[Entry, ...]:
    """The entries of a list that was built; pictures are counted in its order, from 1."""
    subjects = {subject.subject_id: subject for subject in version.subjects}
    return tuple(
        Entry(
            where=f"picture {number}",
            subject_id=picture.subject_id,
            image_source=picture.image_source,
            image_taken=picture.image_taken,
            **{name: getattr(subjects[picture.subject_id], name) for name in SUBJECT_FACTS},
        )
        for number, picture in enumerate(version.pictures, start=1)
    )


def named_authority(text: str) -> str:
    """The authority for under-18s as it was given: rank, name and reference, with commas between.

    Raises `ValueError` (what is wrong; what would be right) when one of them is missing.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 3 or not all(parts):
        raise ValueError(
            "names no authority; write rank, name and reference: Superintendent, A. Example, LFR/2024/031"
        )
    return ", ".join(parts)


def require_allowed(watchlist: str, findings: Sequence[Finding]) -> None:
    """Raise `Refused` when a rule refuses the list: every such rule, and the rows that it names."""
    refused = [finding for finding in findings if finding.refused]
    if not refused:
        return
    lines = []
    for finding in refused:
        lines.append(f"  {finding.rule}: {finding.words}")
        lines += [f"    {row}" for row in finding.rows[:_SHOWN]]
        if len(finding.rows) > _SHOWN:
            lines.append(f"    and {len(finding.rows) - _SHOWN} more")
    rules = "a rule of this site" if len(refused) == 1 else f"{len(refused)} rules of this site"
    raise Refused(
        f"watchlist {watchlist}", "\n".join([f"{rules} would be broken; nothing was built", *lines])
    )
