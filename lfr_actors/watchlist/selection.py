"""A list from another one: those of its subjects that meet every condition, `category=warrant,recall-to-prison`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.version import ListVersion, Subject

FIELDS: Final = ("category", "priority", "legal_basis", "subject_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A field of a subject and the values of which it has to have one; `None` is an empty field."""

    field: str
    values: frozenset[str | None]

    @classmethod
    def parse(cls, text: str) -> Condition:
        """The condition written as `field=value,value`; an empty value asks for an empty field.

        Raises `ValueError` (what is wrong; what would be right).
        """
        name, sign, values = text.partition("=")
        if not sign or name.strip() not in FIELDS:
            raise ValueError(
                f"{text!r} is no condition; write FIELD=VALUE,VALUE with one of {', '.join(FIELDS)}"
            )
        return cls(field=name.strip(), values=frozenset(value.strip() or None for value in values.split(",")))

    def holds(self, subject: Subject) -> bool:
        """Whether the subject has one of the values."""
        return getattr(subject, self.field) in self.values


def select(version: ListVersion, conditions: Sequence[Condition]) -> ListVersion:
    """The version of those subjects who meet all the conditions; without any, of everybody.

    It is as old as the list that it was taken from: choosing from a list does not review it. Raises
    `WatchlistError` when nobody is left, or a condition asks for what no subject has: a value that is misspelt.
    """
    for condition in conditions:
        if not any(condition.holds(subject) for subject in version.subjects):
            known = sorted({str(getattr(subject, condition.field) or "") for subject in version.subjects})
            said = "" if condition.field == "subject_id" else f"; it has {', '.join(map(repr, known[:12]))}"
            raise WatchlistError(version.version, f"nobody on it has this {condition.field}{said}")
    left_out = [
        subject.subject_id
        for subject in version.subjects
        if not all(condition.holds(subject) for condition in conditions)
    ]
    if len(left_out) == len(version.subjects):
        raise WatchlistError(version.version, "nobody on it meets all the conditions")
    return version.without(left_out, built_at=version.built_at)
