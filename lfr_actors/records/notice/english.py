"""The sign in English. What is kept, and until when, is said in the words of the retention policy itself."""

from __future__ import annotations

import datetime as dt
from typing import Final

from lfr_actors.records.notice.words import Words
from lfr_actors.retention.policy import DEFAULT_POLICY, KEPT_WHAT, DataClass, when_erased
from lfr_actors.spec.purposes import PURPOSES

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def window(begin: dt.datetime, end: dt.datetime) -> str:
    """From when to when, each in the offset in which it is written: `Saturday 7 September 2024, 10:00 to 18:00`."""
    if begin.date() == end.date():
        return f"{_day(begin)}, {begin:%H:%M} to {end:%H:%M}"
    return f"{_day(begin)}, {begin:%H:%M}, to {_day(end)}, {end:%H:%M}"


def _day(moment: dt.datetime) -> str:
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


_PLACE: Final = "hotspot"
_PURPOSES: Final = {name: words for name, words in PURPOSES.items() if name != _PLACE} | {
    "wanted": "people wanted for arrest for an offence"
}

ENGLISH: Final = Words(
    language="en",
    title="Live facial recognition in\N{NO-BREAK SPACE}use\N{NO-BREAK SPACE}here",
    lead=(
        "Cameras here compare the faces of people who pass with a watchlist: a list of people we are looking "
        "for. The system can only raise an alert."
    ),
    one_decides="A person looks at it and decides.",
    two_decide="Two people look at it, each alone, and decide.",
    who="Who",
    provider="Technology provided by",
    where="Where",
    when="When",
    authority="Authority",
    why="Why",
    why_people="We want to find:",
    purposes=_PURPOSES,
    places={
        _PLACE: (
            "This place was chosen because of crime: it is in the upper quarter of the crime rates of its "
            "surroundings."
        )
    },
    not_listed="If you are not on the watchlist",
    not_listed_erased=(
        "If your face raises no alert, the picture of it and its template (the numbers by which it is "
        "compared) are erased {erased}."
    ),
    footage_of_all="CCTV footage of everybody who passes is recorded, and erased {erased}.",
    footage_of_alerts="CCTV footage is recorded around alerts only, and erased {erased}.",
    no_footage="This system records no CCTV footage.",
    mistaken="If the system is wrong",
    mistaken_person="An alert proves nothing: a person compares the pictures and decides.",
    mistaken_erased="A false alert is erased {erased}.",
    kept="What is kept, and for how long",
    kept_what="What",
    kept_until="Erased",
    what={rule.data_class: rule.what for rule in DEFAULT_POLICY.rules} | {DataClass.KEPT: KEPT_WHAT},
    proofs="proof of who was on the watchlist, without names",
    counts_kept="kept: nothing in it says who a person is",
    longer=(
        "Something may be kept for longer for a stated reason, such as evidence, a complaint or a court order; "
        "each such case is recorded."
    ),
    ask="Where to ask",
    rights="Your rights",
    rights_text=(
        "Under the Data Protection Act 2018 you may ask what is held about you, ask for it to be corrected or "
        "erased, and complain to us or to the Information Commissioner (ico.org.uk, 0303 123 1113)."
    ),
    record="The record in figures",
    code="QR code that leads to {url}",
    deployment="Deployment",
    policy="Retention policy {version}, {digest}",
    erased=when_erased,
    window=window,
)
