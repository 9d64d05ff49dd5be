"""What came of an alert: one vocabulary, so that different days can be counted together.

Outcome and offence stand in the log for ever and may be published: they are slugs out of fixed lists, and nobody's
own words. What somebody wants to add is a note, sealed with the alert.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from lfr_actors.alerting.case import State


class Outcome(StrEnum):
    """What came of an alert."""

    ARREST = "arrest"
    CHECK_MET = "compliance-check-met"
    CHECK_BREACHED = "compliance-check-breached"
    SAFEGUARDING = "safeguarding"
    MISSING_FOUND = "missing-person-located"
    NO_ACTION = "no-further-action"
    MISIDENTIFICATION = "misidentification"


OUTCOME_WORDS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.ARREST: "arrest",
        Outcome.CHECK_MET: "compliance check: conditions met",
        Outcome.CHECK_BREACHED: "compliance check: conditions breached",
        Outcome.SAFEGUARDING: "safeguarding",
        Outcome.MISSING_FOUND: "missing person located",
        Outcome.NO_ACTION: "no further action",
        Outcome.MISIDENTIFICATION: "misidentification: somebody else was engaged",
    }
)
"""Each outcome for people."""

OUTCOMES_OF: Final[Mapping[State, tuple[Outcome, ...]]] = MappingProxyType(
    {
        State.NOT_ENGAGED: (Outcome.NO_ACTION,),
        State.CONFIRMED_TRUE: (
            Outcome.ARREST,
            Outcome.CHECK_MET,
            Outcome.CHECK_BREACHED,
            Outcome.SAFEGUARDING,
            Outcome.MISSING_FOUND,
            Outcome.NO_ACTION,
        ),
        State.CONFIRMED_FALSE: (Outcome.MISIDENTIFICATION, Outcome.NO_ACTION),
    }
)
"""The states that an outcome follows, and which. In no other state is there one."""

WITH_OFFENCE: Final = frozenset({Outcome.ARREST, Outcome.CHECK_BREACHED})
"""The outcomes of which an offence may be said."""

OFFENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "violence": "violence against the person",
        "sexual-offence": "sexual offence",
        "robbery": "robbery",
        "burglary": "burglary",
        "theft": "theft",
        "vehicle-offence": "vehicle offence",
        "drugs": "drug offence",
        "weapons": "possession of a weapon",
        "public-order": "public order offence",
        "criminal-damage": "criminal damage or arson",
        "fraud": "fraud",
        "terrorism": "terrorism",
        "breach-of-order": "breach of a court order or of bail",
        "breach-of-licence": "breach of licence conditions",
        "failure-to-appear": "failure to appear at court",
        "recall-to-prison": "recalled to prison",
        "unlawfully-at-large": "unlawfully at large",
        "other": "another offence",
    }
)
"""Categories of offences, and their words; a site may have a list of its own."""

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_SLUG: Final = 40


def offence_problem(slug: str) -> str | None:
    """What is wrong with the form of a category of offences; None for a good one."""
    if _SLUG.fullmatch(slug) is None or len(slug) > _LONGEST_SLUG:
        return (
            f"is not a category: write at most {_LONGEST_SLUG} lower-case letters, digits and single dashes, "
            "such as public-order; it stays in the public log for ever"
        )
    return None


def offences_of(slugs: Collection[str] | None) -> Mapping[str, str]:
    """The categories that a site uses, with words; the product's without a list of its own."""
    if slugs is None:
        return OFFENCES
    return MappingProxyType({slug: OFFENCES.get(slug, slug.replace("-", " ")) for slug in slugs})
