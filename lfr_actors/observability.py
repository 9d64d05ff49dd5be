"""Logs: one structured line a decision, to stderr, with nothing in it that could identify a person."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import numpy as np
import structlog

_FORBIDDEN_KEYS = re.compile(
    r"(template|embedding|vector|image|picture|chip|crop|jpeg|frame_data|full_name|person|password|secret|token"
    r"|key_material|cookie|authorization|csrf)",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_SECRETS = re.compile(
    r"(wh(?:sec|sk)_|\blfr_(?=[\w-]{30})|bearer (?=\S{16})|/api/v1/pictures/|\blfr(?:-form)?=)[\w+/=.-]+",
    re.IGNORECASE,
)
"""Webhook secrets, API tokens, picture links and session cookies, wherever in a text; their beginning may stay."""
_REDACTED = "[redacted]"


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: no biometric data, picture, name or secret passes, whatever its key.

    Values under forbidden keys, arrays and bytes are replaced; user and password are cut from every URL, webhook
    secrets, tokens, picture links and session cookies from every text, the event's own too. Nested mappings and
    sequences are searched.
    """
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: str, value: Any) -> Any:
    if key and _FORBIDDEN_KEYS.search(key):
        return _REDACTED
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, (bytes, bytearray, memoryview, np.ndarray)):
        return _REDACTED
    if isinstance(value, dict):
        return {inner: _clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", item) for item in value]
    if isinstance(value, BaseException):
        return _plain(f"{type(value).__name__}: {value}")
    return value


def _plain(text: str) -> str:
    return _SECRETS.sub(rf"\1{_REDACTED}", _CREDENTIALS.sub("", text))


def configure_logging(*, level: str = "info", as_json: bool = False) -> None:
    """Send structlog's lines to stderr: JSON lines for machines, coloured ones for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
