"""What a language has to say for a sign: every sentence that is not the deployment's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from lfr_actors.retention.policy import ClockStart, DataClass

Language = Literal["en", "cy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Names that users gave stand alone, so that no word before them has to change them.

    `purposes` has every purpose but those in `places`, which say why this place was chosen. `{erased}` in a
    sentence is when something is erased, by the policy. `what` names each class of data in the table.
    """

    language: Language
    title: str
    lead: str
    one_decides: str
    two_decide: str
    who: str
    provider: str
    where: str
    when: str
    authority: str
    why: str
    why_people: str
    purposes: Mapping[str, str]
    places: Mapping[str, str]
    not_listed: str
    not_listed_erased: str
    footage_of_all: str
    footage_of_alerts: str
    no_footage: str
    mistaken: str
    mistaken_person: str
    mistaken_erased: str
    kept: str
    kept_what: str
    kept_until: str
    what: Mapping[DataClass, str]
    proofs: str
    counts_kept: str
    longer: str
    ask: str
    rights: str
    rights_text: str
    record: str
    code: str
    deployment: str
    policy: str
    erased: Callable[[dt.timedelta, ClockStart], str]
    window: Callable[[dt.datetime, dt.datetime], str]


def sentence(text: str) -> str:
    """The text with its first letter large, as a line of its own begins."""
    return text[:1].upper() + text[1:]
