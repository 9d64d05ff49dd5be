"""What a version says of its subjects and pictures, as the values that are written, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lfr_actors.messages import SubjectId
from lfr_actors.watchlist.version import Picture, Priority, Subject


def subject_facts(subject: Subject) -> dict[str, Any]:
    """What is written of a subject, for JSON."""
    return {
        "subject_id": subject.subject_id,
        "category": subject.category,
        "priority": subject.priority,
        "legal_basis": subject.legal_basis,
        "expires": _text(subject.expires),
        "date_of_birth": _text(subject.date_of_birth),
        "notes": subject.notes,
    }


def subject_of(facts: Mapping[str, Any]) -> Subject:
    """The subject of whom this was written."""
    return Subject(
        subject_id=SubjectId(facts["subject_id"]),
        category=facts["category"],
        priority=None if facts["priority"] is None else Priority(facts["priority"]),
        legal_basis=facts["legal_basis"],
        expires=_date(facts["expires"]),
        date_of_birth=_date(facts["date_of_birth"]),
        notes=facts["notes"],
    )


def picture_facts(picture: Picture) -> dict[str, Any]:
    """What is written of a picture, for JSON: all but its portrait, of which the length."""
    return {
        "subject_id": picture.subject_id,
        "image": picture.image,
        "sha256": picture.sha256,
        "image_source": picture.image_source,
        "image_taken": _text(picture.image_taken),
        "quality": picture.quality,
        "portrait_bytes": len(picture.portrait_jpeg),
    }


def picture_of(facts: Mapping[str, Any], portrait_jpeg: bytes) -> Picture:
    """The picture of which this was written, with its portrait."""
    return Picture(
        subject_id=SubjectId(facts["subject_id"]),
        image=facts["image"],
        sha256=facts["sha256"],
        image_source=facts["image_source"],
        image_taken=_date(facts["image_taken"]),
        quality=facts["quality"],
        portrait_jpeg=portrait_jpeg,
    )


def _text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
