"""What pydantic found wrong with a deployment file, in the words of somebody who has to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lfr_actors.spec.document import Document, KeyPath, Mistake

SAME_ID = "same_id"
"""Type of the error of two cameras with one id; the loader reports it with its line."""
OF_ITEM = "of_item"
"""Type of an error that only a whole list shows: the index of its `item`, and a `sentence`."""

_MISSING_HINTS: Mapping[KeyPath, str] = MappingProxyType(
    {
        ("recognition", "threshold"): (
            "is missing and has no default, because it depends on the pack, the size of the list and the "
            "place; measure it with people who are not on the list, then write a cosine similarity above 0 "
            "and at most 1, such as 0.955 for the open pack"
        ),
        ("recognition", "pack"): "is missing; write pack: open, insightface:NAME or the folder of a pack",
        ("deployment",): "is missing; write an id that is unique for ever, such as town-2024-09-07",
        ("authority",): "is missing; write {officer: …, reference: …, not_before: …, not_after: …}",
        ("watchlist",): "is missing; write watchlist: {csv: FILE} or {version: NAME}",
        ("cameras",): "is missing; write at least one camera: - {id: NAME, source: file:FILM}",
    }
)


def mistakes_of(error: ValidationError, document: Document, model: type[BaseModel]) -> list[Mistake]:
    """Every mistake in `error`, with its line; values that are unreadable anyhow are left out."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        path: KeyPath = tuple(detail["loc"])
        if detail["type"] == OF_ITEM:
            path = (*path, detail["ctx"]["item"])
        if _said_already(detail, path, document):
            continue
        text = _sentence(detail, path, document, model)
        found.append(document.mistake(path, text, echo=detail["type"] != "extra_forbidden"))
    return found


def _said_already(detail: ErrorDetails, path: KeyPath, document: Document) -> bool:
    """Whether an error only follows from another one: of a value that is unreadable, or inside a list."""
    if detail["type"] == SAME_ID or any(path[: len(bad)] == bad for bad in document.unreadable):
        return True
    value = document.value(path)
    # pydantic counts only the items of a list that are right
    too_short = detail["type"] == "too_short" and isinstance(value, list)
    return too_short and len(value) >= detail["ctx"]["min_length"]


def _sentence(detail: ErrorDetails, path: KeyPath, document: Document, model: type[BaseModel]) -> str:
    """`what is wrong; what would be right` for one of pydantic's errors."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return _MISSING_HINTS.get(path, "is missing; add it")
    if kind == "extra_forbidden":
        return _unknown_key(path, model)
    if kind == OF_ITEM:
        return str(context["sentence"])
    if kind == "value_error":
        return str(context["error"])
    if document.value(path) is None:
        return "has no value; write one, or take the key out if it is optional"
    if kind == "literal_error":
        return f"is not a choice here; write {str(context['expected']).replace(chr(39), '')}"
    if kind == "model_type":
        inner = _model_at(model, path)
        keys = ", ".join(inner.model_fields) if inner else "key: value"
        return f"is not a group of keys; write {{{keys}}}"
    sentence = _SENTENCES.get(kind)
    return sentence(context) if sentence else f"is wrong: {detail['msg']}"


_SENTENCES: Mapping[str, Callable[[dict[str, Any]], str]] = MappingProxyType(
    {
        "tuple_type": lambda _: "is not a list; write [first, second] or lines that start with '- '",
        "string_type": lambda _: "is not text; write one line of text",
        "string_too_short": lambda _: "is empty; write a line of text",
        "string_too_long": lambda c: f"is too long; write at most {c['max_length']} characters",
        "string_pattern_mismatch": lambda _: (
            "is not an id; write letters, digits, dots, dashes and underscores, at most 64, "
            "a letter or a digit first"
        ),
        "too_short": lambda c: (
            "is empty; write at least one"
            if c["actual_length"] == 0
            else f"is too short; write {c['min_length']}"
        ),
        "too_long": lambda c: f"has {c['actual_length']} values; write {c['max_length']}",
        "bool_parsing": lambda _: "is neither true nor false; write one of them",
        "bool_type": lambda _: "is neither true nor false; write one of them",
        "int_parsing": lambda _: "is not a whole number; write digits only",
        "int_type": lambda _: "is not a whole number; write digits only",
        "int_from_float": lambda _: "is not a whole number; write digits only",
        "float_parsing": lambda _: "is not a number; write one such as 0.955",
        "float_type": lambda _: "is not a number; write one such as 0.955",
        "finite_number": lambda _: "is not a finite number; write one such as 0.955",
        "greater_than": lambda c: f"is too small; write more than {c['gt']:g}",
        "greater_than_equal": lambda c: f"is too small; write {c['ge']:g} or more",
        "less_than": lambda c: f"is too large; write less than {c['lt']:g}",
        "less_than_equal": lambda c: f"is too large; write {c['le']:g} or less",
        "datetime_type": lambda _: "is not a date with a time; write 2024-09-07T10:00:00+01:00",
        "path_type": lambda _: "is not a path; write the path of a file",
        "time_delta_type": lambda _: "is not a duration; write 500ms, 1s, 5m, 24h or 31d",
        "dataclass_type": lambda _: "is not a source; write file:FILM, rtsp://HOST/STREAM or device:NUMBER",
    }
)


def _unknown_key(path: KeyPath, model: type[BaseModel]) -> str:
    if ":" in str(path[-1]):
        return "has no space after its colon; write key: value"
    group = _model_at(model, path[:-1])
    known = list(group.model_fields) if group else []
    if len(path) == 1 and (parent := _holder_of(str(path[0]), model)):
        return f"is not known here; write it under {parent}:"
    near = difflib.get_close_matches(str(path[-1]).lower().replace("-", "_"), known, n=1, cutoff=0.65)
    return f"is not a known key; {f'write {near[0]}' if near else 'known here are ' + ', '.join(known)}"


def _holder_of(key: str, model: type[BaseModel]) -> str | None:
    """The part of the file that knows a key which was written beside it; None where several do, or none."""
    parts = {name: _part_in(field.annotation) for name, field in model.model_fields.items()}
    holders = [name for name, part in parts.items() if part and key in part.model_fields]
    return holders[0] if len(holders) == 1 else None


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The part of the schema at a path; None where a plain value stands."""
    current: type[BaseModel] | None = model
    for key in path:
        if isinstance(key, int):
            continue
        field = current.model_fields.get(key) if current else None
        current = _part_in(field.annotation) if field else None
    return current


def _part_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `tuple[Camera, ...]` or `Console | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((part for part in map(_part_in, get_args(annotation)) if part), None)
