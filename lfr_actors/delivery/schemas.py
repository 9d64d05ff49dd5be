"""What webhooks say, as JSON Schema 2020-12: from the same declarations that write and read them.

A schema of one kind of event is exact: no other key in `data`. That of all events takes a type or a version that is
not known here by its outer form alone, as a receiver should: there will be more of them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import inspect
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin, get_type_hints

from lfr_actors.delivery.bodies import DELIVERED, PictureLink, SubjectFacts, WebhookTest
from lfr_actors.events.codec import Json
from lfr_actors.events.types import KnownBody

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_MOMENT: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"
_SCALARS: Final[Mapping[Any, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}

Kind = type[KnownBody] | type[WebhookTest]

KINDS: Final[Mapping[str, Kind]] = {kind.NAME: kind for kind in (*DELIVERED, WebhookTest)}
"""Every type that an endpoint may meet, by its name."""


def schema_of(name: str | None = None) -> Json:
    """The schema of webhooks of one type, or of all.

    Raises `ValueError` for a type that is never delivered, naming those that it may be meant for.
    """
    if name is None:
        return _schema_of_all()
    kind = KINDS.get(name)
    if kind is None:
        near = " or ".join(difflib.get_close_matches(name, KINDS, n=3))
        raise ValueError(f"{name!r} is not the type of a webhook; write {near or 'one such as alert.raised'}")
    outer = _outer()
    outer["properties"] |= {
        "type": {"const": kind.NAME},
        "version": {"const": kind.VERSION},
        "data": _object(kind),
    }
    return {
        "$schema": DIALECT,
        "title": f"{kind.NAME} version {kind.VERSION}",
        "description": inspect.getdoc(kind),
        **outer,
    }


def _schema_of_all() -> Json:
    outer = _outer()
    outer["properties"] |= {
        "type": {"type": "string", "examples": list(KINDS)},
        "version": {"type": "integer", "minimum": 1},
        "data": {"type": "object"},
    }
    return {
        "$schema": DIALECT,
        "title": "webhooks of lfr-actors",
        "description": "Types and versions that are not known here are taken by their outer form alone.",
        **outer,
        "allOf": [_when(kind) for kind in KINDS.values()],
        "$defs": {
            name: _object(kind) | {"description": inspect.getdoc(kind)} for name, kind in KINDS.items()
        },
    }


def _when(kind: Kind) -> Json:
    """The data of one kind, for what says that it is of this kind."""
    return {
        "if": {"properties": {"type": {"const": kind.NAME}, "version": {"const": kind.VERSION}}},
        "then": {"properties": {"data": {"$ref": f"#/$defs/{kind.NAME}"}}},
    }


def _outer() -> Json:
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "the webhook-id: the same whenever this event is sent"},
            "seq": {"type": "integer", "minimum": 0, "description": "grows along the log; 0 for a test"},
            "timestamp": _moment() | {"description": "when the event was written"},
            "deployment": {"type": "string", "description": "a deployment's id, or - for the whole site"},
            "subject": _object(SubjectFacts)
            | {"description": "only where the endpoint asks for it and the policy allows it"},
            "pictures": {
                "type": "array",
                "items": _object(PictureLink),
                "description": "only where the endpoint asks for them and the policy allows it",
            },
        },
        "required": ["type", "version", "id", "seq", "timestamp", "deployment", "data"],
    }


def _object(kind: type[Any]) -> Json:
    """A dataclass as `events.codec` writes it: every field, and no other."""
    hints = get_type_hints(kind)
    fields = {field.name: _value(hints[field.name]) for field in dataclasses.fields(kind)}
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _value(hint: Any) -> Json:
    arms = get_args(hint)
    if type(None) in arms:
        (rest,) = (arm for arm in arms if arm is not type(None))
        return {"anyOf": [_value(rest), {"type": "null"}]}
    if hint is dt.datetime:
        return _moment()
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _value(arms[0])}
    if get_origin(hint) is Mapping:
        return {"type": "object", "additionalProperties": _value(arms[1])}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _object(hint)
    return {"type": _SCALARS[hint]}


def _moment() -> Json:
    return {"type": "string", "format": "date-time", "pattern": _MOMENT}
