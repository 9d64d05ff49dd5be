"""Versions of watchlists as tables, lines and JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from lfr_actors.events.codec import utc_text

if TYPE_CHECKING:
    from lfr_actors.store.objects import ObjectRow
    from lfr_actors.store.watchlists import VersionRow
    from lfr_actors.watchlist.diff import Difference
    from lfr_actors.watchlist.version import ListVersion

SHORT_VERSION = 12
"""How much of a version's name the table shows; every command takes any unique beginning."""


def listed(row: VersionRow) -> dict[str, Any]:
    """A version as `lfr watchlist list --json` gives it; scripts depend on the keys."""
    body = row.sealed
    return {
        "version": body.version,
        "previous": body.previous,
        "deployment": row.deployment_id,
        "sealed_at": utc_text(row.sealed_at),
        "built_at": utc_text(body.built_at),
        "event": row.seq,
        "pack": body.pack,
        "subjects": body.subjects,
        "templates": body.templates,
        "blue": body.blue,
        "added": body.added,
        "removed": body.removed,
        "reason": body.reason,
        "who": body.who,
        "root": body.root,
        "public_key": body.public_key,
        "object_id": body.object_id,
        "kept_until": _moment(row.list_row.due_at),
        "erased_at": _moment(row.list_row.erased_at),
        "proof_object_id": body.proof_object_id,
        "proofs_kept_until": _moment(row.proof_row.due_at),
        "proofs_erased_at": _moment(row.proof_row.erased_at),
    }


def version_table(rows: Sequence[VersionRow]) -> Table:
    """Versions as a table for people, times in the local zone."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("version", no_wrap=True)
    table.add_column("sealed", no_wrap=True)
    table.add_column("for", overflow="fold")
    for heading in ("subjects", "templates"):
        table.add_column(heading, justify="right")
    for heading in ("why", "list", "proofs"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        body = row.sealed
        blue = f" ({body.blue} blue)" if body.blue else ""
        cells = [
            body.version[:SHORT_VERSION],
            _short(row.sealed_at),
            row.deployment_id or "–",
            f"{body.subjects}{blue}",
            str(body.templates),
            body.reason,
            _state(row.list_row),
            _state(row.proof_row),
        ]
        style = "" if row.list_row.is_readable else "dim"
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _state(row: ObjectRow) -> str:
    if row.erased_at is not None:
        return f"erased {_short(row.erased_at)}"
    if row.erasing_at is not None:
        return "being erased"
    return "until its deployment ends" if row.due_at is None else f"until {_short(row.due_at)}"


def _short(moment: dt.datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def contents(version: ListVersion) -> dict[str, Any]:
    """Who is on a version as `lfr watchlist show --json` gives it; no template and no portrait."""
    pictures: dict[str, list[dict[str, Any]]] = {}
    for picture in version.pictures:
        facts = asdict(picture)
        facts.pop("portrait_jpeg")
        pictures.setdefault(facts.pop("subject_id"), []).append(_plain(facts))
    return {
        "version": version.version,
        "pack": version.pack,
        "built_at": utc_text(version.built_at),
        "subjects": [
            _plain(asdict(each)) | {"pictures": pictures[each.subject_id]} for each in version.subjects
        ],
    }


def subject_table(subjects: Sequence[dict[str, Any]]) -> Table:
    """Subjects as a table for people."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    names = ("subject_id", "category", "priority", "legal_basis", "expires", "date_of_birth")
    for heading in (*names, "pictures", "notes"):
        table.add_column(heading.replace("_", " "), overflow="fold")
    for each in subjects:
        cells = [*(str(each[name] or "") for name in names), str(len(each["pictures"])), each["notes"] or ""]
        table.add_row(*(Text(cell) for cell in cells))
    return table


def difference_document(found: Difference) -> dict[str, Any]:
    """A difference as `lfr watchlist diff --json` gives it; scripts depend on the keys."""
    return {
        "before": found.before,
        "after": found.after,
        "added": [_plain(asdict(each)) for each in found.added],
        "removed": [_plain(asdict(each)) for each in found.removed],
        "changed": [asdict(each) for each in found.changed],
        "unchanged": found.unchanged,
        "other_pack": found.other_pack,
    }


def difference_lines(found: Difference) -> list[str]:
    """A difference in words, a line for each subject."""
    lines = [f"+ {each.subject_id} {_in_words(each.category, each.legal_basis)}" for each in found.added]
    lines += [f"- {each.subject_id} {_in_words(each.category, each.legal_basis)}" for each in found.removed]
    for change in found.changed:
        said = [f"{fact.name}: {fact.before or 'none'} -> {fact.after or 'none'}" for fact in change.facts]
        said += [f"picture added: {sha256[:SHORT_VERSION]}" for sha256 in change.pictures_added]
        said += [f"picture removed: {sha256[:SHORT_VERSION]}" for sha256 in change.pictures_removed]
        said += [f"{change.reenrolled} pictures enrolled anew"] if change.reenrolled else []
        lines.append(f"~ {change.subject_id} {'; '.join(said)}")
    lines += ["the templates are of another model pack"] if found.other_pack else []
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed"
    return [*lines, f"{counts}, {found.unchanged} as before"]


def _in_words(*facts: str | None) -> str:
    return ", ".join(fact for fact in facts if fact)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as JSON values."""
    return {name: fact.isoformat() if isinstance(fact, dt.date) else fact for name, fact in facts.items()}


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
