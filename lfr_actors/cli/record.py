"""`lfr record`: what happened, for the public; made from the log alone, and only from one that was not altered."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, say_aside, stderr
from lfr_actors.errors import Refused
from lfr_actors.home import named_home
from lfr_actors.private_file import write_private

if TYPE_CHECKING:
    from lfr_actors.events.chain import Head
    from lfr_actors.records.deployment_record.document import RecordDocument
    from lfr_actors.records.deployment_record.making import Form
    from lfr_actors.records.deployment_record.reading import Subject

PROGRESS_EVERY = 1_000


class RecordFormat(StrEnum):
    """In what form the record is written."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"
    PDF = "pdf"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("record")(record)


def record(
    deployment: Annotated[
        str | None, typer.Argument(help="The id of the deployment.", show_default=False)
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option(help="All deployments of this operation together, each listed.", show_default=False),
    ] = None,
    form: Annotated[
        RecordFormat | None,
        typer.Option(
            "--format", help="html unless --out or --json says otherwise; csv has one row a deployment."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File, or folder for several forms. Without: json and csv go to stdout, the others to "
            "record-NAME.html or .pdf in the working directory.",
            show_default=False,
        ),
    ] = None,
    upto: Annotated[
        int | None,
        typer.Option(
            metavar="SEQ",
            min=1,
            help="As the log stood after this event: makes an earlier record again.",
            show_default=False,
        ),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact", help="With small counts: NOT FOR PUBLICATION. The log notes that you looked."
        ),
    ] = False,
    events: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read this exported log (lfr events export) and no database.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A signed checkpoint that the log must contain. May be given several times.",
            show_default=False,
        ),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the schema of the JSON form, and nothing else.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the record of a deployment, or of an operation, from the log.

    The whole log is verified first; of one that was altered no record is made. A record that does not add up is
    written, says so at its top, and makes the exit status 1.
    """
    if schema:
        from lfr_actors.records.deployment_record.document import record_schema

        typer.echo(json.dumps(record_schema(), indent=2))
        return
    from lfr_actors.records.deployment_record.making import subject_of

    try:
        subject = subject_of(deployment, operation)
    except ValueError as error:
        raise typer.BadParameter(f"{error}: lfr record DEPLOYMENT, or lfr record --operation NAME") from error
    forms = _forms(form, out, as_json=as_json)
    heads = _heads(checkpoint or [])
    folder = named_home(home)
    document = _made(folder, events, subject, upto, heads, exact=exact)
    if exact:
        _note(folder, document)
    files = _written(document, forms, out, as_json=as_json)
    _say(document, files)
    if not document.reconciliation.holds:
        raise typer.Exit(EXIT_FAILED)


def _forms(chosen: RecordFormat | None, out: Path | None, *, as_json: bool) -> list[Form]:
    """The forms asked for: by name, by the ending of the file, JSON for a script, the page for people."""
    from lfr_actors.records.deployment_record.making import Form

    if chosen is RecordFormat.ALL:
        if out is not None and out.exists() and not out.is_dir():
            raise typer.BadParameter(f"{out} is a file; several forms need a folder", param_hint="--out")
        return list(Form)
    if chosen is None and out is not None and not out.is_dir():
        endings = {f".{each}": each for each in Form}
        if out.suffix not in endings:
            raise typer.BadParameter(
                f"{out} does not say which form: end it in {', '.join(endings)}, or say --format",
                param_hint="--out",
            )
        return [endings[out.suffix]]
    if chosen is None:
        return [Form.JSON if as_json else Form.HTML]
    return [Form(chosen)]


def _heads(files: list[Path]) -> list[Head]:
    """The places that signed checkpoints say the log contains."""
    from lfr_actors.cli.verification import read_checkpoint

    points = [read_checkpoint(file) for file in files]
    for point in points:
        point.verify()
        signed = f"the log must contain event {point.seq} as site key {point.public_key} signed it"
        say_aside(signed)
    return [point.head for point in points]


def _made(
    folder: Path, events: Path | None, subject: Subject, upto: int | None, heads: list[Head], *, exact: bool
) -> RecordDocument:
    from lfr_actors.records.deployment_record.making import record_from_export, record_from_home

    if exact and events is not None:
        reason = "whoever looks at small counts is noted in the log, and a file can note nobody"
        raise Refused("--exact with --events", f"{reason}: make it from the data folder")
    with Progress(console=stderr, transient=True) as bar:
        task = bar.add_task("verifying the log", total=None)

        def told(seq: int) -> None:
            if seq % PROGRESS_EVERY == 0:
                bar.update(task, completed=seq)

        if events is not None:
            return record_from_export(events, subject, upto=upto, heads=heads, progress=told)
        return record_from_home(folder, subject, upto=upto, exact=exact, heads=heads, progress=told)


def _note(folder: Path, document: RecordDocument) -> None:
    """Write down who looks at counts that are not protected, before they are shown."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.events.types import SITE, AccessViewed
    from lfr_actors.store import Store

    of = document.name if document.kind == "deployment" else SITE
    with Store.open(folder) as store:
        what = f"record:{document.kind}:{document.name}:exact"
        store.append(of, AccessViewed(what=what, who=account(), why="the record with small counts"))


def _written(
    document: RecordDocument, forms: list[Form], out: Path | None, *, as_json: bool
) -> list[Path] | None:
    """Write the forms, or print the one that goes to stdout; None for the latter."""
    from lfr_actors.records.deployment_record.making import Form, file_name, record_bytes

    printed = (Form.JSON,) if as_json else (Form.JSON, Form.CSV)
    if out is None and len(forms) == 1 and forms[0] in printed:
        sys.stdout.buffer.write(record_bytes(document, forms[0]))
        return None
    content = {each: record_bytes(document, each) for each in forms}  # all, before anything is written
    several = len(forms) > 1 or (out is not None and out.is_dir())
    if several and out is not None:
        out.mkdir(parents=True, exist_ok=True)
    paths = []
    for each, data in content.items():
        path = (out or Path()) / file_name(document, each) if several or out is None else out
        write_private(path, data)
        paths.append(path)
    if as_json:
        written = {
            "files": [str(path) for path in paths],
            "reconciles": document.reconciliation.holds,
            "interim": document.interim,
            "head": document.provenance.head,
        }
        typer.echo(json.dumps(written, indent=2))
    return paths


def _say(document: RecordDocument, files: list[Path] | None) -> None:
    """On stderr: where it is, and what a reader must know first."""
    for path in files or ():
        say_aside(f"written to {path}")
    for words in document.statements:
        say_aside(words)
    head = f"made from the log up to {document.provenance.head}"
    say_aside(head)
