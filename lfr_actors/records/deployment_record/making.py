"""Records from a data folder or from an exported log, and their forms.

record = read_record("lfr-home", deployment="wrexham-2024-09-07")
record_bytes(record, Form.HTML)
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from lfr_actors.errors import LfrError
from lfr_actors.events.chain import Head
from lfr_actors.events.exported import exported_events, exported_head
from lfr_actors.home import named_home
from lfr_actors.records.deployment_record.building import record_of
from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.reading import Progress, Subject, read_traces
from lfr_actors.store.read_only import read_only
from lfr_actors.store.store import Store


class Form(StrEnum):
    """How a record is written."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"
    PDF = "pdf"


def subject_of(deployment: str | None, operation: str | None) -> Subject:
    """Whose record is asked for. Raises `ValueError` unless it is one of the two."""
    if deployment is not None and operation is None:
        return Subject(kind="deployment", name=deployment)
    if operation is not None and deployment is None:
        return Subject(kind="operation", name=operation)
    raise ValueError("name either a deployment or an operation")


def read_record(
    home: Path | str | None = None,
    *,
    deployment: str | None = None,
    operation: str | None = None,
    upto: int | None = None,
    events: Path | str | None = None,
) -> RecordDocument:
    """The record for the public, of a deployment or an operation, from the log up to event `upto`.

    `home` is the data folder, by default that of `LFR_HOME` or the account's; `events` an exported log in its
    place. Changes nothing. Raises `ChainBroken` for a log that was altered, `StoreError` where there is no record.
    """
    subject = subject_of(deployment, operation)
    if events is not None:
        return record_from_export(Path(events), subject, upto=upto)
    return record_from_home(named_home(Path(home) if home else None), subject, upto=upto)


def record_from_home(
    folder: Path,
    subject: Subject,
    *,
    upto: int | None = None,
    exact: bool = False,
    heads: Sequence[Head] = (),
    progress: Progress = lambda _seq: None,
) -> RecordDocument:
    """The record out of the database of a data folder. With `exact`, whoever shows it has to write that down."""

    def made(store: Store) -> RecordDocument:
        noted = store.head()  # before reading: the log may grow meanwhile, and must contain this
        read = read_traces(
            store.iter_events(), subject, upto=upto, expected_heads=(noted, *heads), progress=progress
        )
        return record_of(read, subject, exact=exact)

    return read_only(folder, made)


def record_from_export(
    file: Path,
    subject: Subject,
    *,
    upto: int | None = None,
    heads: Sequence[Head] = (),
    progress: Progress = lambda _seq: None,
) -> RecordDocument:
    """The record out of an exported log. Raises `InvalidFile` for a file that is none."""
    head = exported_head(file)
    read = read_traces(
        exported_events(file), subject, upto=upto, expected_heads=(head, *heads), progress=progress
    )
    return record_of(read, subject)


def record_bytes(document: RecordDocument, form: Form) -> bytes:
    """The record in one of its forms: the same record gives the same bytes."""
    match form:
        case Form.JSON:
            return document.json_bytes()
        case Form.CSV:
            from lfr_actors.records.deployment_record.csv_form import csv_bytes

            return csv_bytes(document)
        case Form.HTML:
            from lfr_actors.records.deployment_record.html_form import html_bytes

            return html_bytes(document)
        case Form.PDF:
            from lfr_actors.records.deployment_record.pdf_form import pdf_bytes

            return pdf_bytes(document)


def file_name(document: RecordDocument, form: Form) -> str:
    """What its file is called: letters that are not safe become dashes. One not for publication says so."""
    safe = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in document.name)
    if not safe.strip(".-"):
        raise LfrError(f"{document.name!r} gives no name for a file: say one with --out")
    kept_inside = "" if document.protected else ".not-for-publication"
    return f"record-{safe}{kept_inside}.{form}"
