"""Alerts as `lfr alerts` shows them: documents for scripts, tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from lfr_actors.messages import Wanted
    from lfr_actors.store import AlertRow
    from lfr_actors.store.history import HistoryStep

SHORT_ID: Final = 10
"""How much of an alert id the table shows; `show` takes any unique beginning."""

HIDDEN: Final = "hidden until both have decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An alert to show by itself.

    `hides_score`: two people decide it, and have not. `missing`: the parts of the list that did not answer its
    search. `wanted`: what the list said of the subject, None once it is erased and where it could not be read.
    """

    row: AlertRow
    hides_score: bool
    missing: tuple[str, ...]
    wanted: Wanted | None
    steps: tuple[HistoryStep, ...]


def listed(row: AlertRow, *, hides_score: bool) -> dict[str, Any]:
    """An alert as `lfr alerts list --json` gives it; scripts depend on the keys."""
    return {
        "alert_id": row.alert_id,
        "camera": row.camera_id,
        "captured_at": row.captured_at.isoformat(),
        "media_time_s": row.media_time_s,
        "subject_id": row.subject_id,
        "score": None if hides_score else row.score,
        "state": row.state,
        "deployment": row.deployment_id,
        "track": row.track_id,
        "threshold": row.threshold,
        "hits": row.hits,
        "erased_at": None if row.erased_at is None else row.erased_at.isoformat(),
        "category": row.category,
        "priority": row.priority,
        "verdict": row.verdict,
        "outcome": row.outcome,
    }


def shown(alert: Shown) -> dict[str, Any]:
    """An alert as `lfr alerts show --json` gives it: what the list gives, how it came about, every step."""
    row, wanted = alert.row, alert.wanted
    born = None if wanted is None or wanted.date_of_birth is None else wanted.date_of_birth.isoformat()
    return listed(row, hides_score=alert.hides_score) | {
        "raised_at": row.raised_at.isoformat(),
        "gallery_version": row.gallery_version,
        "gallery_subjects": row.gallery_subjects,
        "missing": list(alert.missing),
        "pack": row.pack,
        "event_seq": row.event_seq,
        "legal_basis": None if wanted is None else wanted.legal_basis,
        "date_of_birth": born,
        "notes": None if wanted is None else wanted.notes,
        "steps": [
            {"seq": each.seq, "at": each.at.isoformat(), "who": each.who, "what": each.what, "why": each.why}
            for each in alert.steps
        ],
    }


def alert_table(rows: Sequence[AlertRow], hides_score: Mapping[str, bool]) -> Table:
    """Alerts as a table for people, times in the local zone. `hides_score` by the id of the alert."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    several = len({row.deployment_id for row in rows}) > 1
    for heading in ("alert", *(["deployment"] if several else []), "captured", "camera", "subject"):
        table.add_column(heading, no_wrap=heading == "alert")
    for heading in ("film time", "score", "threshold", "hits"):
        table.add_column(heading, justify="right")
    prioritised = any(row.priority is not None for row in rows)
    for heading in (*(["priority"] if prioritised else []), "state"):
        table.add_column(heading)
    for row in rows:
        cells = (
            row.alert_id[:SHORT_ID],
            *([row.deployment_id] if several else []),
            row.captured_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            row.camera_id,
            row.subject_id or "erased",
            f"{row.media_time_s:.1f} s",
            "hidden" if hides_score[row.alert_id] else f"{row.score:.3f}",
            f"{row.threshold:.3f}",
            str(row.hits),
            *([row.priority or "–"] if prioritised else []),
            state_words(row),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def state_words(row: AlertRow) -> str:
    """What was decided of an alert, what came of it, and whether it was erased."""
    words = [str(row.state), *([row.outcome] if row.outcome else []), *(["erased"] if row.erased_at else [])]
    return ", ".join(words)


def alert_details(alert: Shown) -> Table:
    """One alert for people: a line a fact, then a line a step."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, fact in (_facts(alert) | _subject_facts(alert.wanted)).items():
        table.add_row(Text(name, style="bold"), Text(fact))
    for each in alert.steps:
        words = each.what if each.who is None else f"{each.what}, by {each.who}"
        at = each.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(Text(at), Text(words if each.why is None else f"{words}: {each.why}"))
    return table


def _facts(alert: Shown) -> dict[str, str]:
    row = alert.row
    score = HIDDEN if alert.hides_score else f"{row.score:.4f}"
    facts = {
        "alert": row.alert_id,
        "state": state_words(row),
        "subject": row.subject_id or "erased",
        "score": f"{score} (threshold {row.threshold:.4f}, {row.hits} searches agreed)",
        "captured": row.captured_at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f %Z"),
        "film time": f"{row.media_time_s:.2f} s",
        "deployment": row.deployment_id,
        "camera": row.camera_id,
        "track": row.track_id,
        "gallery": f"{row.gallery_version} ({row.gallery_subjects} subjects)",
        "pack": row.pack,
    }
    optional = {"category": row.category, "priority": row.priority, "outcome": row.outcome}
    facts |= {name: fact for name, fact in optional.items() if fact is not None}
    if alert.missing:
        facts["search"] = "INCOMPLETE, part of the list did not answer: " + "; ".join(alert.missing)
    if row.erased_at is not None:
        facts["erased"] = row.erased_at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f %Z")
    return facts


def _subject_facts(wanted: Wanted | None) -> dict[str, str]:
    if wanted is None:
        return {}
    born = None if wanted.date_of_birth is None else wanted.date_of_birth.isoformat()
    facts = {"legal basis": wanted.legal_basis, "born": born, "notes": wanted.notes}
    return {name: fact for name, fact in facts.items() if fact is not None}
