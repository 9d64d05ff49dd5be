"""Event bodies to plain JSON values and back, by the types their fields declare.

Declared types may be `str`, `int`, `float`, `bool`, `datetime`, another dataclass, `tuple[X, …]`,
`Mapping[str, X]`, and any of these `| None`. Whatever does not fit its declaration is refused in both
directions, so that what is written can always be read again. NumPy numbers are written as plain numbers, and
what of a text is no character as "?".
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import numbers
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Json = dict[str, Any]
"""A JSON object: string keys; values None, bool, int, finite float, str, list or Json."""

Value = TypeVar("Value")


def encode(value: Any) -> Json:
    """A dataclass instance as a JSON object, keys in order of its fields.

    Raises `TypeError` or `ValueError` naming the field whose value does not fit its declared type.
    """
    kind: Any = type(value)
    return {
        name: _encode(hint, getattr(value, name), f"{kind.__name__}.{name}")
        for name, hint in _field_types(kind).items()
    }


def decode(kind: type[Value], data: Mapping[str, Any]) -> Value:
    """The instance of dataclass `kind` that `encode` wrote as `data`.

    Raises `TypeError` or `ValueError` naming the field that is missing, unknown or of another type.
    """
    key: Any = kind
    hints = _field_types(key)
    unknown = sorted(set(data) - set(hints))
    missing = sorted(set(hints) - set(data))
    if unknown or missing:
        raise ValueError(f"{kind.__name__}: unknown fields {unknown}, missing fields {missing}")
    return kind(
        **{name: _decode(hint, data[name], f"{kind.__name__}.{name}") for name, hint in hints.items()}
    )


@cache
def _field_types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def utc_text(moment: dt.datetime) -> str:
    """An aware time as fixed-width UTC text, `2024-09-07T09:00:00.000000Z`; sorts as the times do.

    Raises `ValueError` for a time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def utc_time(text: str) -> dt.datetime:
    """The aware UTC time that `utc_text` wrote. Raises `ValueError` for any other form."""
    if len(text) != 27 or not text.endswith("Z"):
        raise ValueError(f"{text!r} is not a time such as 2024-09-07T09:00:00.000000Z")
    return dt.datetime.fromisoformat(text[:-1]).replace(tzinfo=dt.UTC)


def _encode(hint: Any, value: Any, where: str) -> Any:
    optional, hint = _without_none(hint)
    if value is None and optional:
        return None
    if dataclasses.is_dataclass(hint) and isinstance(value, _class(hint)):
        return encode(value)
    if hint is dt.datetime and isinstance(value, dt.datetime):
        return utc_text(value)
    if get_origin(hint) is tuple and isinstance(value, tuple | list):
        return [_encode(get_args(hint)[0], item, where) for item in value]
    if get_origin(hint) is Mapping and isinstance(value, Mapping):
        return {_text(key, where): _encode(get_args(hint)[1], item, where) for key, item in value.items()}
    return _scalar(hint, value, where)


def _decode(hint: Any, value: Any, where: str) -> Any:
    optional, hint = _without_none(hint)
    if value is None and optional:
        return None
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return decode(_class(hint), value)
    if hint is dt.datetime and isinstance(value, str):
        return utc_time(value)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_decode(get_args(hint)[0], item, where) for item in value)
    if get_origin(hint) is Mapping and isinstance(value, Mapping):
        return {_text(key, where): _decode(get_args(hint)[1], item, where) for key, item in value.items()}
    return _scalar(hint, value, where)


def _scalar(hint: Any, value: Any, where: str) -> Any:
    """The value as exactly the declared type: `bool`, `str`, `int` or a finite `float`."""
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str:
        return _text(value, where)
    if hint in (int, float) and isinstance(value, bool):
        raise TypeError(f"{where}: expected {hint.__name__}, got bool")
    if hint is int and isinstance(value, numbers.Integral):
        return int(value)
    if hint is float and isinstance(value, numbers.Real):
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{where}: {number} cannot be written, a finite number can")
        return number
    raise TypeError(f"{where}: expected {getattr(hint, '__name__', hint)}, got {type(value).__name__}")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{where}: expected str, got {type(value).__name__}")
    # Half of a surrogate pair, as the name of a file may bring it, is no text: no page could show the log again.
    return str(value) if value.isascii() else value.encode("utf-8", "replace").decode()


def _without_none(hint: Any) -> tuple[bool, Any]:
    """Whether None is allowed, and the declared type without it."""
    if get_origin(hint) in (types.UnionType, Union):
        rest = [arm for arm in get_args(hint) if arm is not types.NoneType]
        if len(rest) == 1:
            return True, rest[0]
    return False, hint


def _class(hint: Any) -> type[Any]:
    if not isinstance(hint, type):
        raise TypeError(f"{hint} is not a class")
    return hint
