"""What a deployment is: who authorised it, where and when, against which list, with which cameras.

    deployment = load_deployment(Path("wrexham.yaml"), os.environ)

Every value is checked here, before anything starts, and all mistakes are reported at once. What needs the
disk is asked separately (`missing_inputs`), so that a missing film need not stop the other cameras.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from lfr_actors.errors import InvalidFile
from lfr_actors.spec.adjudication import Adjudication
from lfr_actors.spec.authority import Authority, WindowState, window_state
from lfr_actors.spec.camera import Camera
from lfr_actors.spec.console import Console
from lfr_actors.spec.document import Document, KeyPath, Mistake, read_document
from lfr_actors.spec.measurement import Measurement
from lfr_actors.spec.mistakes import SAME_ID, mistakes_of
from lfr_actors.spec.notice import Notice
from lfr_actors.spec.notices import notices_of
from lfr_actors.spec.part import Identifier, Part, Text, base_folder
from lfr_actors.spec.purposes import check_purpose
from lfr_actors.spec.recognition import Confirm, Recognition
from lfr_actors.spec.retention import Retention
from lfr_actors.spec.source import SourceAddress
from lfr_actors.spec.webhook import Webhook
from lfr_actors.watchlist.policy import named_authority

__all__ = [
    "Adjudication",
    "Authority",
    "Camera",
    "Confirm",
    "Console",
    "Deployment",
    "Measurement",
    "Recognition",
    "Resources",
    "Retention",
    "SourceAddress",
    "Watchlist",
    "Webhook",
    "WindowState",
    "load_deployment",
    "window_state",
]

_VERSION = re.compile(r"[0-9a-f]{6,32}")


class Watchlist(Part):
    """The operational list: a CSV of subjects and pictures, an absolute path; or a version sealed before.

    `version` is the name of one, hexadecimal, or a beginning that no other has. `under_18_authority` names who
    decided that somebody under 18 may be on the list, and where: without it nobody may. With `erase_source` the
    CSV and the pictures it names are erased with the list, at the end of the deployment; without, only what the
    product made of them is.
    """

    csv: Path | None = None
    version: str | None = None
    under_18_authority: Text | None = None
    erase_source: bool = False

    @field_validator("csv", mode="before")
    @classmethod
    def _absolute(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str | Path):
            return value
        if not str(value).strip() or "\0" in str(value):
            raise ValueError("names no file; write the path of the watchlist's CSV file")
        return (base_folder(info) / Path(str(value).strip()).expanduser()).resolve()

    @field_validator("version")
    @classmethod
    def _hexadecimal(cls, value: str | None) -> str | None:
        name = None if value is None else value.strip().lower()
        if name is not None and not _VERSION.fullmatch(name):
            raise ValueError(
                "is not the name of a list; write 6 to 32 hexadecimal digits, as `lfr watchlist list` shows them"
            )
        return name

    @field_validator("under_18_authority")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        return None if value is None else named_authority(value)

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if (self.csv is None) == (self.version is None):
            raise ValueError(
                "needs exactly one list; write {csv: FILE}, or {version: NAME} of one that `lfr watchlist build` "
                "sealed"
            )
        if self.erase_source and self.csv is None:
            raise ValueError("has no files to erase; take erase_source out, or write csv in place of version")
        return self


class Resources(Part):
    """How many there are of the actors that come in numbers."""

    embedders: int = Field(default=1, ge=1, le=256)
    matcher_shards: int = Field(default=1, ge=1, le=256)


class Deployment(Part):
    """One deployment, as its file says. Frozen and picklable; its text shows no password and no secret."""

    deployment: Identifier
    operation: Identifier | None = None
    force: Text | None = None
    provider: Text | None = None
    location: Text
    purposes: tuple[Annotated[Text, AfterValidator(check_purpose)], ...] = Field(min_length=1)
    authority: Authority
    watchlist: Watchlist
    recognition: Recognition
    cameras: tuple[Camera, ...] = Field(min_length=1)
    retention: Retention = Retention()
    webhooks: tuple[Webhook, ...] = ()
    adjudication: Adjudication = Adjudication()
    measurement: Measurement = Measurement()
    console: Console | None = None
    notice: Notice | None = None
    resources: Resources = Resources()

    _lines: dict[KeyPath, int] = PrivateAttr(default_factory=dict)

    @field_validator("purposes")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names the same purpose twice; write each once")
        return value

    @field_validator("cameras")
    @classmethod
    def _unique_ids(cls, value: tuple[Camera, ...]) -> tuple[Camera, ...]:
        if len({camera.id for camera in value}) < len(value):
            raise PydanticCustomError(SAME_ID, "two cameras have the same id; give each its own")
        return value

    @field_validator("webhooks")
    @classmethod
    def _unique_names(cls, value: tuple[Webhook, ...]) -> tuple[Webhook, ...]:
        if len({webhook.name for webhook in value}) < len(value):
            raise PydanticCustomError(SAME_ID, "two webhooks have the same name; give each its own")
        return value

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over what the deployment says, without passwords and secrets, moments in UTC."""
        said = self.model_dump(mode="json")
        for key in ("not_before", "not_after"):
            said["authority"][key] = getattr(self.authority, key).astimezone(dt.UTC).isoformat()
        canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def is_live(self) -> bool:
        """Whether any camera is a stream or a device rather than a film."""
        return any(camera.source.is_live for camera in self.cameras)

    def notices(self) -> tuple[str, ...]:
        """What the file asks for that somebody should know of before it runs."""
        return notices_of(self)

    def line_of(self, *path: str | int) -> int | None:
        """The line of the file of a value, or of the nearest group around it; None without a file."""
        for end in range(len(path), -1, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return None


def load_deployment(path: Path, environment: Mapping[str, str]) -> Deployment:
    """The deployment in a YAML file; `${NAME}` reads `environment`, relative paths start from its folder.

    Raises `InvalidFile` with every mistake, each `line N: key.path: what is wrong; what would be right`. No
    message repeats the value of an environment variable, of an address or of a secret.
    """
    document = read_document(path, environment)
    mistakes = [
        *document.mistakes,
        *_same_ids(document, "cameras", "id", "camera"),
        *_same_ids(document, "webhooks", "name", "webhook"),
    ]
    deployment = None
    try:
        deployment = Deployment.model_validate(document.data, context={"base": path.resolve().parent})
    except ValidationError as error:
        mistakes += mistakes_of(error, document, Deployment)
    if deployment is None or mistakes:
        shown = sorted(set(mistakes), key=lambda mistake: (mistake.line, mistake.path))
        raise InvalidFile(str(path), tuple(str(mistake) for mistake in shown))
    deployment._lines.update(document.lines)
    return deployment


def _same_ids(document: Document, part: str, key: str, what: str) -> list[Mistake]:
    """Cameras or webhooks named as another one is, also when other mistakes spoil the deployment."""
    items = document.data.get(part)
    first: dict[str, int] = {}
    found = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        name = item.get(key) if isinstance(item, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            path: KeyPath = (part, index, key)
            other = document.line((part, first[name], key))
            text = f"is also the {key} of the {what} on line {other}; give each {what} its own"
            found.append(document.mistake(path, text))
        first.setdefault(name, index)
    return found
