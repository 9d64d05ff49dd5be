"""`lfr receipts`: the proof of what was erased, and how late."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home
from lfr_actors.private_file import write_private
from lfr_actors.retention.policy import DataClass

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.events.chain import Head
    from lfr_actors.retention.receipts import Receipt
    from lfr_actors.store import Store

SHORT_ID = 10
"""How much of an id and of a key's fingerprint the table shows; JSON and CSV have all of it."""

PROGRESS_EVERY = 1_000

DeploymentOption = Annotated[
    str | None, typer.Option(help="Only what belonged to this deployment.", show_default=False)
]
ClassOption = Annotated[
    DataClass | None, typer.Option("--class", help="Only data of this class.", show_default=False)
]

receipts_app = typer.Typer(help="Receipts of what was erased: list them, export them.", no_args_is_help=True)


class ExportFormat(StrEnum):
    """How receipts are written to a file."""

    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(receipts_app, name="receipts")


@receipts_app.command("list")
def list_receipts(
    deployment: DeploymentOption = None,
    data_class: ClassOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what was erased, oldest first, and how late, by class."""
    receipts, _ = _read(lfr_home(home), deployment, data_class)
    if as_json:
        from lfr_actors.retention.receipts import lateness_json

        found = [receipt.to_json() for receipt in receipts]
        document = {"receipts": found, "lateness": lateness_json(receipts, _classes(data_class))}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    if not receipts:
        stdout.print("no receipts")
        return
    stdout.print(receipts_table(receipts))
    for line in (*rule_lines(receipts), f"lateness: {lateness_line(receipts, _classes(data_class))}"):
        stdout.print(line, markup=False, highlight=False, soft_wrap=True)


@receipts_app.command("export")
def export_receipts(
    file: Annotated[Path, typer.Argument(help="Where to: FILE.json or FILE.csv.", show_default=False)],
    chosen: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="Needed where the name does not say it.", show_default=False),
    ] = None,
    deployment: DeploymentOption = None,
    data_class: ClassOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the receipts to a file for an auditor.

    JSON also holds the head of the log, against which each receipt's place in the chain can be checked.
    """
    from lfr_actors.retention.receipts import lateness_json, receipts_csv

    form = chosen or _format_of(file)
    receipts, head = _read(lfr_home(home), deployment, data_class)
    if head is None:
        raise typer.Exit(EXIT_FAILED)
    if form is ExportFormat.CSV:
        content = receipts_csv(receipts)
    else:
        document = {
            "head": str(head),
            "receipts": [receipt.to_json() for receipt in receipts],
            "lateness": lateness_json(receipts, _classes(data_class)),
        }
        content = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        write_private(file, content)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}") from error
    if as_json:
        written = {"file": str(file), "format": str(form), "receipts": len(receipts), "head": str(head)}
        typer.echo(json.dumps(written, indent=2))
    else:
        count = f"{len(receipts)} receipt{'' if len(receipts) == 1 else 's'}"
        stderr.print(f"{count} written to {file}; head of the log {head}", markup=False, soft_wrap=True)


def receipts_table(receipts: Sequence[Receipt]) -> Table:
    """Receipts as a table for people, a line each, times in the local zone."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    several = len({receipt.deployment_id for receipt in receipts}) > 1
    table.add_column("event", justify="right")
    for heading in ("class", "object", *(["deployment"] if several else []), "held"):
        table.add_column(heading, no_wrap=heading in ("class", "object"))
    for heading in ("due", "done"):
        table.add_column(heading, no_wrap=True)
    table.add_column("late", justify="right", no_wrap=True)
    table.add_column("key", no_wrap=True)
    for receipt in receipts:
        kind, colon, name = receipt.object_id.partition(":")
        cells = (
            str(receipt.seq),
            str(receipt.data_class),
            f"{kind}{colon}{name[:SHORT_ID]}",
            *([receipt.deployment_id] if several else []),
            receipt.items_words,
            receipt.due_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            receipt.done_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            "simulated" if receipt.simulated else f"{receipt.lateness_s:.3g} s",
            receipt.key_fingerprint[:SHORT_ID] if receipt.key_fingerprint else "never sealed",
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def rule_lines(receipts: Sequence[Receipt]) -> list[str]:
    """The rules by which these were erased, each once, with how many."""
    counts = Counter((receipt.rule, receipt.policy_version) for receipt in receipts)
    return [
        f"{count} by the rule {rule} (policy version {version})" for (rule, version), count in counts.items()
    ]


def lateness_line(receipts: Sequence[Receipt], classes: Sequence[DataClass]) -> str:
    """How late each of the classes was erased: median and longest over the real erasures."""
    from lfr_actors.retention.receipts import lateness_by_class

    return "; ".join(
        f"{data_class} insufficient data"
        if late is None
        else f"{data_class} median {late.median_s:.3g} s, longest {late.longest_s:.3g} s of {late.count}"
        for data_class, late in lateness_by_class(receipts, classes).items()
    )


def _classes(chosen: DataClass | None) -> tuple[DataClass, ...]:
    from lfr_actors.retention.receipts import ERASABLE

    return ERASABLE if chosen is None else (chosen,)


def _format_of(file: Path) -> ExportFormat:
    try:
        return ExportFormat(file.suffix.lower().removeprefix("."))
    except ValueError as error:
        reason = f"{file.name} ends neither in .json nor in .csv; give --format"
        raise typer.BadParameter(reason, param_hint="FILE") from error


def _read(
    folder: Path, deployment: str | None, data_class: DataClass | None
) -> tuple[list[Receipt], Head | None]:
    """The receipts asked for, oldest first, and the head of a log that holds them; None without a database.

    The database is read and not changed.
    """
    from lfr_actors.store import database_exists
    from lfr_actors.store.read_only import read_only

    if not database_exists(folder):
        stderr.print(f"no database in {folder}", markup=False, highlight=False)
        return [], None

    def read(store: Store) -> tuple[list[Receipt], Head | None]:
        from lfr_actors.retention.receipts import receipts_in

        receipts = [
            receipt
            for receipt in receipts_in(_counted(store, deployment))
            if data_class is None or receipt.data_class == data_class
        ]
        return receipts, store.head()  # after reading: the log may have grown, and must hold them all

    return read_only(folder, read)


def _counted(store: Store, deployment: str | None) -> Iterator[StoredEvent]:
    """Every event, with a progress bar on stderr where there are many."""
    with Progress(console=stderr, transient=True) as progress:
        task = progress.add_task("reading", total=store.head().seq)
        for event in store.iter_events(deployment_id=deployment):
            if event.seq % PROGRESS_EVERY == 0:
                progress.update(task, completed=event.seq)
            yield event
