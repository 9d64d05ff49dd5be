"""What the list said of the subject of an alert, as it is sealed with the alert."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from lfr_actors.messages import SubjectId, Wanted, WantedPicture

MAX_LISTED: Final = 6
"""How many pictures of the list are kept with an alert, the best ones."""


def listed_kind(place: int) -> str:
    """The kind of an alert's picture that is from the list: `list-0` is the best."""
    return f"list-{place}"


def wanted_to_json(wanted: Wanted) -> dict[str, Any]:
    """What is sealed, as plain JSON values; of the pictures the first `MAX_LISTED`."""
    return {
        "subject_id": wanted.subject_id,
        "category": wanted.category,
        "priority": None if wanted.priority is None else str(wanted.priority),
        "legal_basis": wanted.legal_basis,
        "date_of_birth": _text(wanted.date_of_birth),
        "notes": wanted.notes,
        "pictures": [
            {"image_source": each.image_source, "image_taken": _text(each.image_taken)}
            for each in wanted.pictures[:MAX_LISTED]
        ],
    }


def wanted_from_json(facts: Mapping[str, Any]) -> Wanted | None:
    """What was sealed; None for an alert that was raised while the list could not be read."""
    if "pictures" not in facts:
        return None
    return Wanted(
        subject_id=SubjectId(facts["subject_id"]),
        category=facts["category"],
        priority=facts["priority"],
        legal_basis=facts["legal_basis"],
        date_of_birth=_day(facts["date_of_birth"]),
        notes=facts["notes"],
        pictures=tuple(
            WantedPicture(image_source=each["image_source"], image_taken=_day(each["image_taken"]))
            for each in facts["pictures"]
        ),
    )


def _text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
