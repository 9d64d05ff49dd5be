"""The whole record as one value, and its published schema (JSON Schema 2020-12).

    document.json_bytes()          the record; the same events give the same bytes
    RecordDocument.from_json(text) read back
    record_schema()                what `lfr record --schema` prints

A deployment's record has one entry in `deployments`; an operation's has one for each of its deployments, and its
counts, rates and tables are sums over them. List sizes and thresholds are stated for each and never summed.
"""

from __future__ import annotations

import json
from typing import Any, Final, Literal, Self

from pydantic import ValidationError

from lfr_actors.records.deployment_record.figures import (
    Counts,
    Definition,
    Figure,
    Moment,
    Part,
    Rates,
    Reconciliation,
    Table,
)
from lfr_actors.records.deployment_record.parts import DeploymentPart

FORMAT: Final = "lfr-actors deployment record, version 1"
SCHEMA_ID: Final = "urn:lfr-actors:deployment-record:1"


class Provenance(Part):
    """From what the record was made, so that anybody with the same events can make it again, byte for byte.

    `head` is `SEQ:HASH` of the last event that was read of the log, `events` how many the log had up to it,
    `events_of_record` how many of them were of these deployments. `last_event_at` is the time of the last of those.
    """

    software: str
    software_version: str
    head: str
    events: int
    events_of_record: int
    last_event_at: Moment
    words: str


class RecordDocument(Part):
    """The record. `kind` says whether `name` is a deployment or an operation.

    `statements` stand at the top: what a reader must know before any figure, such as that the record is interim,
    does not reconcile, or is not for publication. `interim`: a deployment runs still, or was stopped and may be
    resumed, or its process was lost. `protected`: small cells of tables are hidden.
    """

    format: Literal["lfr-actors deployment record, version 1"] = FORMAT
    kind: Literal["deployment", "operation"]
    name: str
    title: str
    interim: bool
    protected: bool
    statements: tuple[str, ...]
    headline: tuple[Figure, ...]
    counts: Counts
    rates: Rates
    tables: tuple[Table, ...]
    deployments: tuple[DeploymentPart, ...]
    reconciliation: Reconciliation
    provenance: Provenance
    definitions: tuple[Definition, ...]

    def json_bytes(self) -> bytes:
        """The record as JSON: UTF-8, fields in their order, two spaces, a line feed at the end."""
        value = self.model_dump(mode="json")
        return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record that `json_bytes` wrote. Raises `ValueError` naming the first field that does not fit."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise ValueError(f"is not a record: {where}: {first['msg']}") from error


def record_schema() -> dict[str, Any]:
    """The schema of the JSON form, JSON Schema 2020-12."""
    schema = RecordDocument.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}
