"""A YAML file as plain values, with the line of each: the first half of reading a deployment file.

Scalars stay the text that was written; the schema decides what `24`, `on` or `2024-09-07` mean. A list of
events is read rather than a tree, so neither aliases nor depth can make a small file large in memory.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as yaml_events
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from lfr_actors.errors import InvalidFile
from lfr_actors.spec.environment import fill
from lfr_actors.spec.syntax import explain

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys and, in lists, places from 0."""

MAX_FILE_BYTES = 200_000
_MAX_DEPTH = 16
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NEVER_ECHOED = frozenset({"source", "url", "secret", "next_secret"})
_MAX_ECHO = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake: its line (from 1), the key path as people write it, and `what is wrong; what is right`."""

    line: int
    path: str
    text: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.path}: {self.text}" if self.path else f"line {self.line}: {self.text}"
        )


def shown_path(path: KeyPath) -> str:
    """`cameras[1].zone[0]`; places in lists count from 0.

    Of a key that is no word only the beginning is shown: without a space after the colon, as in
    `{secret:value}`, YAML takes the value for a part of the key.
    """
    parts = (f"[{key}]" if isinstance(key, int) else f".{_shown_key(key)}" for key in path)
    return "".join(parts).removeprefix(".")


def _shown_key(key: str) -> str:
    word = re.match(r"[A-Za-z0-9_-]{0,40}", key)
    begin = word[0] if word else ""
    return begin if begin == key else begin + "…"


@dataclass(slots=True, kw_only=True)
class Document:
    """What a file holds. `data` may hold passwords from the environment."""

    data: dict[str, Any] = field(default_factory=dict, repr=False)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    from_environment: set[KeyPath] = field(default_factory=set)
    unreadable: set[KeyPath] = field(default_factory=set)
    """Values that have a mistake already; what the schema says of them would only confuse."""

    def line(self, path: KeyPath) -> int:
        """The line of a value, or of the nearest group around it."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)

    def value(self, path: KeyPath) -> Any:
        """The value at a path; None when there is none."""
        value: Any = self.data
        for key in path:
            here = len(value) > key if isinstance(value, list) and isinstance(key, int) else False
            if not here and not (isinstance(value, dict) and key in value):
                return None
            value = value[key]
        return value

    def mistake(self, path: KeyPath, text: str, *, echo: bool = True) -> Mistake:
        """A mistake at a path. With `echo`, what was written is repeated, unless it may be a secret."""
        value = self.value(path)
        secret = path in self.from_environment or bool(_NEVER_ECHOED.intersection(path))
        if echo and isinstance(value, str) and value and not secret:
            text = f"{value if len(value) <= _MAX_ECHO else value[: _MAX_ECHO - 1] + '…'!r} {text}"
        return Mistake(line=self.line(path), path=shown_path(path), text=text)


def read_document(
    path: Path,
    environment: Mapping[str, str],
    *,
    what: str = "deployment",
    first: str = "deployment: an id that is unique for ever",
) -> Document:
    """The one mapping in a YAML file: of a `what`, which begins as in `first`; both stand in messages.

    Raises `InvalidFile` for what cannot be read at all (no file, not UTF-8, not YAML, not a mapping); other
    mistakes (a key twice, an alias, a variable that is not set) are in the document's `mistakes`.
    """
    text = _text_of(path, what)
    try:
        return _Builder(environment, what, first).build(text)
    except _NotAMapping as error:
        raise InvalidFile(str(path), (str(error),)) from None
    except MarkedYAMLError as error:
        raise InvalidFile(str(path), (explain(error, text),)) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InvalidFile(str(path), (f"line {line}: holds a control character; take it out",)) from None
    except YAMLError as error:
        raise InvalidFile(
            str(path), (f"is not YAML: {type(error).__name__}; write key: value lines",)
        ) from None


def _text_of(path: Path, what: str) -> str:
    try:
        raw = path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else None
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); give the path of a {what} file"
        raise InvalidFile(str(path), (reason,)) from None
    if raw is None:
        reason = f"is larger than {MAX_FILE_BYTES // 1000} KB; a {what} file has a few dozen lines"
        raise InvalidFile(str(path), (reason,))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidFile(str(path), (f"line {line}: is not UTF-8; save the file as UTF-8 text",)) from None


class _NotAMapping(Exception):
    pass


class _Builder:
    """Makes plain values of YAML events, remembering lines."""

    def __init__(self, environment: Mapping[str, str], what: str, first: str) -> None:
        self._environment = environment
        self._what = what
        self._empty = f"is empty; write key: value lines, starting with {first}"
        self._events: Any = None
        self._document = Document()

    def build(self, text: str) -> Document:
        self._events = YAML(typ="rt").parse(io.StringIO(text))
        documents = 0
        for event in self._events:
            if isinstance(event, yaml_events.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    line = event.start_mark.line + 1
                    raise _NotAMapping(
                        f"line {line}: a second document starts here; keep one {self._what} in a file"
                    )
            elif isinstance(event, yaml_events.MappingStartEvent):
                self._document.lines[()] = event.start_mark.line + 1
                self._document.data = self._value(event, (), 0)
            elif isinstance(event, yaml_events.NodeEvent):
                if isinstance(event, yaml_events.ScalarEvent) and event.value in _NULLS:
                    raise _NotAMapping(self._empty)
                line = event.start_mark.line + 1
                raise _NotAMapping(f"line {line}: the file is not a group of keys; write key: value lines")
        if not documents:
            raise _NotAMapping(self._empty)
        return self._document

    def _value(self, event: Any, path: KeyPath, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            line = event.start_mark.line + 1
            raise _NotAMapping(
                f"line {line}: is nested deeper than {_MAX_DEPTH} levels; nothing here needs that"
            )
        if isinstance(event, yaml_events.AliasEvent) or event.anchor:
            self._note(
                path, "uses an anchor or alias (& or *); write the value out, or quote text that starts so"
            )
        if isinstance(event, yaml_events.AliasEvent):
            return None
        if event.tag is not None:
            self._note(path, "has a tag (!…); write the plain value, or quote text that starts with !")
        if isinstance(event, yaml_events.MappingStartEvent):
            return self._mapping(path, depth + 1)
        if isinstance(event, yaml_events.SequenceStartEvent):
            return self._sequence(path, depth + 1)
        return self._scalar(event, path)

    def _mapping(self, path: KeyPath, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml_events.MappingEndEvent):
                break
            line = event.start_mark.line + 1
            if not isinstance(event, yaml_events.ScalarEvent):
                raise _NotAMapping(f"line {line}: a key is not plain text; write key: value")
            at = (*path, event.value)
            if event.value in result:
                first = self._document.lines[at]
                text = f"appears a second time, first on line {first}; keep one"
                self._document.mistakes.append(Mistake(line=line, path=shown_path(at), text=text))
                self._skip(depth)
                continue
            self._document.lines[at] = line
            result[event.value] = self._value(next(self._events), at, depth)
        return result

    def _skip(self, depth: int) -> None:
        """Read over the value of a key that appears again; its own mistakes are of no interest."""
        kept, self._document = self._document, Document()
        self._value(next(self._events), ("",), depth)
        self._document = kept

    def _sequence(self, path: KeyPath, depth: int) -> list[Any]:
        result: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml_events.SequenceEndEvent):
                break
            at = (*path, len(result))
            self._document.lines[at] = event.start_mark.line + 1
            result.append(self._value(event, at, depth))
        return result

    def _scalar(self, event: Any, path: KeyPath) -> str | None:
        text: str = event.value
        if event.implicit[0] and text in _NULLS:
            return None
        filled = fill(text, self._environment)
        for problem in filled.problems:
            self._note(path, problem)
        if filled.uses_environment:
            self._document.from_environment.add(path)
        return filled.text

    def _note(self, path: KeyPath, text: str) -> None:
        line = self._document.line(path)
        self._document.mistakes.append(Mistake(line=line, path=shown_path(path), text=text))
        self._document.unreadable.add(path)
