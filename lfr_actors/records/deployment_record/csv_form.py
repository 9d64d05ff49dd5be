"""The record as CSV: one row a deployment, in the columns in which such records are published."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from lfr_actors.events.codec import utc_text
from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.figures import Rate
from lfr_actors.records.deployment_record.parts import DeploymentPart

COLUMNS: Final = (
    "deployment",
    "operation",
    "force",
    "date",
    "place",
    "started_at",
    "ended_at",
    "duration_s",
    "state",
    "purposes",
    "watchlist_subjects",
    "thresholds",
    "faces_seen_tracks",
    "tracks_searched",
    "searches",
    "alerts",
    "true_alerts",
    "confirmed_true",
    "false_alerts",
    "confirmed_false",
    "cannot_tell",
    "undecided",
    "engagements",
    "not_engaged",
    "arrests",
    "other_outcomes",
    "false_alert_rate_over_faces",
    "false_alert_rate_over_faces_low",
    "false_alert_rate_over_faces_high",
    "false_alert_rate_over_alerts",
    "false_alert_rate_over_alerts_low",
    "false_alert_rate_over_alerts_high",
    "pack",
    "reconciles",
    "interim",
    "not_for_publication",
    "log_head",
)
"""Columns; scripts depend on them. Empty is insufficient data. `date` is that of the first start, in UTC."""


def csv_bytes(document: RecordDocument) -> bytes:
    """The rows, UTF-8 with a heading line and line feeds; `reconciles` is that of the whole record."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for part in document.deployments:
        writer.writerow(_row(document, part))
    return text.getvalue().encode()


def _row(document: RecordDocument, part: DeploymentPart) -> dict[str, Any]:
    identity, counts = part.identity, part.counts
    return {
        "deployment": identity.deployment,
        "operation": identity.operation,
        "force": identity.force,
        "date": identity.started_at.date().isoformat(),
        "place": _text(identity.location),
        "started_at": utc_text(identity.started_at),
        "ended_at": None if identity.ended_at is None else utc_text(identity.ended_at),
        "duration_s": identity.duration_s,
        "state": identity.state,
        "purposes": " ".join(purpose.name for purpose in identity.purposes),
        "watchlist_subjects": None if part.watchlist is None else part.watchlist.subjects,
        "thresholds": " ".join(f"{each.low:g}" for each in part.thresholds if each.scope == "deployment"),
        "faces_seen_tracks": counts.faces_seen,
        **{name: getattr(counts, name) for name in COLUMNS if name in type(counts).model_fields},
        **_rate("false_alert_rate_over_faces", part.rates.false_over_faces),
        **_rate("false_alert_rate_over_alerts", part.rates.false_over_alerts),
        "pack": part.models.pack,
        "reconciles": _yes(document.reconciliation.holds),
        "interim": _yes(identity.state != "closed"),
        "not_for_publication": _yes(not document.protected),
        "log_head": document.provenance.head,
    }


def _rate(name: str, rate: Rate | None) -> dict[str, float | None]:
    values = (None, None, None) if rate is None else (rate.rate, rate.low, rate.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _text(words: str) -> str:
    """Free text that no spreadsheet takes for a formula."""
    return f"'{words}" if words[:1] in tuple("=+-@\t\r") else words


def _yes(value: bool) -> str:
    return "yes" if value else "no"
