"""`lfr watchlist prove`: prove to a person that they are, or are not, on a version; and check such a proof."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.alerts import account, said
from lfr_actors.cli.app import HomeOption, JsonOption, say, say_aside
from lfr_actors.cli.moments import shown
from lfr_actors.cli.opening import opened
from lfr_actors.cli.watchlist_versions import database_folder
from lfr_actors.errors import InvalidFile, Tampered
from lfr_actors.events.codec import utc_text
from lfr_actors.home import named_home

if TYPE_CHECKING:
    from lfr_actors.store import Store
    from lfr_actors.store.watchlists import VersionRow
    from lfr_actors.watchlist.proof_file import ProofFile

_ROOT_DIGITS = 64


def register(app: typer.Typer) -> None:
    """Add the command to `lfr watchlist`."""
    del app
    from lfr_actors.cli.watchlist import watchlist_app

    watchlist_app.command("prove")(prove)


def prove(
    version: Annotated[
        str | None,
        typer.Argument(help="The version's name, or a beginning that no other has.", show_default=False),
    ] = None,
    subject: Annotated[
        str | None, typer.Argument(help="The subject's id, exactly as on lists.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the proof to this file.", show_default=False)
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(
            "--why",
            help="Why it is proven; kept in the log for ever, so without names.",
            callback=said,
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--check", help="Check the proof in this file instead.", show_default=False)
    ] = None,
    root: Annotated[
        str | None,
        typer.Option(
            "--root",
            metavar="HEX",
            help="With --check: the root that was published; without it, the log of this data folder is asked.",
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that a subject is on a version of a watchlist, or is not; also when the list is erased.

    `lfr watchlist prove VERSION SUBJECT` makes the proof: that it was made is written to the log, with your
    account's name, and not whom it is about. `lfr watchlist prove --check FILE` says what a proof proves, and exits
    with 1 when that is nothing; it needs no keys, and with --root no data folder.
    """
    if file is not None:
        if version is not None or out is not None or why is not None:
            raise typer.BadParameter("--check takes nothing but --root: it looks at a file")
        _check(file, _root_of(root), home, as_json=as_json)
        return
    if version is None or subject is None:
        raise typer.BadParameter("give VERSION and SUBJECT, or --check FILE")
    if root is not None:
        raise typer.BadParameter("goes with --check", param_hint="--root")
    _make(version, subject, out, why, home, as_json=as_json)


def _make(
    version: str, subject: str, out: Path | None, why: str | None, home: Path | None, *, as_json: bool
) -> None:
    """Prove it, once the log says that somebody does."""
    from lfr_actors.events.types import SITE, AccessViewed
    from lfr_actors.store.list_proofs import membership_proof
    from lfr_actors.watchlist.membership import check
    from lfr_actors.watchlist.proof_file import ProofFile, document, statement

    with opened(database_folder(home)) as store:
        row, proof = membership_proof(store, version, subject)
        public_key = base64.b64decode(row.sealed.public_key)
        included = check(proof, row.sealed.root, public_key)
        file = ProofFile(
            included=included,
            version=row.version,
            root=row.sealed.root,
            public_key=public_key,
            proof=proof,
        )
        body = AccessViewed(what=f"watchlist:{row.version}:proof", who=account(), why=why)
        store.append(row.deployment_id or SITE, body)
        written = document(file, sealed_at=utc_text(row.sealed_at), event=row.seq)
        if out is not None:
            _write(store, row, out, written)
    if as_json:
        typer.echo(json.dumps(written, indent=2, ensure_ascii=False))
        return
    say(statement(file))
    say(f"sealed {shown(row.sealed_at)} (event {row.seq}); root {file.root}")
    if out is None:
        say("with --out FILE or --json it becomes a proof that can be handed over")


def _write(store: Store, row: VersionRow, out: Path, written: dict[str, Any]) -> None:
    """Write a proof where the operator wants it; this copy goes when no other could be made any more."""
    from lfr_actors.private_file import write_private
    from lfr_actors.retention.policy import ClockStart, DataClass
    from lfr_actors.spec.site import read_site
    from lfr_actors.store.files import REPORT, NewFile, retain_files
    from lfr_actors.store.store import utc_now

    policy, now = read_site(store.home).retention.policy(), utc_now()
    until = row.proof_row.due_at or now
    new = NewFile(
        path=out,
        kind=REPORT,
        rule=policy.rule_of(DataClass.WATCHLIST),
        clock=ClockStart.MADE,
        lifetime=max(until - now, dt.timedelta(0)),
    )
    retain_files(store, [new], deployment_id=None, policy_version=policy.version, clock_started_at=now)
    try:
        write_private(out, json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise typer.BadParameter(f"{out} cannot be written: {error.strerror}") from error
    say_aside(f"proof written to {out}: hand it over; this copy is erased at {shown(until)}")


def _check(path: Path, root: str | None, home: Path | None, *, as_json: bool) -> None:
    """Say what a proof proves against a root that somebody gave, or that the log has."""
    from lfr_actors.watchlist.proof_file import checked, parse, statement

    file = parse(str(path), _read(path))
    if root is not None and root != file.root:
        raise Tampered(str(path), f"is a proof against root {file.root}, not against the one given")
    row = None if root is not None else _published(file, home, str(path))
    said_of = statement(checked(str(path), file))
    # A root does not say which version it is of: only the log ties the two together.
    against = "the root given; that it is of this version is what the file says"
    if row is not None:
        against = f"event {row.seq} of the log, sealed {shown(row.sealed_at)}"
    if as_json:
        document = {
            "statement": said_of,
            "version": file.version,
            "version_from": "file" if row is None else "log",
            "subject_id": file.proof.subject_id,
            "included": file.included,
            "count": file.proof.count,
            "root": file.root,
            "event": None if row is None else row.seq,
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    say(f"proven: {said_of}")
    say(f"root {file.root}, checked against {against}")


def _published(file: ProofFile, home: Path | None, name: str) -> VersionRow:
    """What the log says of the version. Wrong usage where there is no log that knows it and no root was given."""
    from lfr_actors.store import database_exists
    from lfr_actors.store.read_only import read_only
    from lfr_actors.store.watchlists import versions

    folder = named_home(home)
    rows: list[VersionRow] = []
    if database_exists(folder):
        rows = [row for row in read_only(folder, versions) if row.version == file.version]
    if not rows:
        reason = f"the log of {folder} has no version {file.version}: give the root that was published"
        raise typer.BadParameter(reason, param_hint="--root")
    key = base64.b64encode(file.public_key).decode()
    for row in rows:
        if (row.sealed.root, row.sealed.public_key) == (file.root, key):
            return row
    raise Tampered(name, f"the log committed to version {file.version} with another root or key")


def _read(path: Path) -> bytes:
    from lfr_actors.watchlist.proof_file import MAX_BYTES

    if not path.is_file():
        raise InvalidFile(str(path), ("is not a file; write the proof's path",))
    with path.open("rb") as source:
        return source.read(MAX_BYTES + 1)


def _root_of(text: str | None) -> str | None:
    if text is None:
        return None
    root = text.strip().lower()
    if len(root) != _ROOT_DIGITS or set(root) - set("0123456789abcdef"):
        raise typer.BadParameter(f"a root is {_ROOT_DIGITS} hexadecimal digits", param_hint="--root")
    return root
