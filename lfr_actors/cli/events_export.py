"""`lfr events export`: the whole log as a file, for an auditor who has no database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, say_aside, stderr
from lfr_actors.cli.opening import say_no_database
from lfr_actors.cli.verification import PROGRESS_EVERY
from lfr_actors.home import lfr_home


def export(
    file: Annotated[Path, typer.Argument(help="Where to, such as log.jsonl.", show_default=False)],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the whole log to a file: sealed parts as ciphertext, and no key.

    Whoever has it can verify every link and make the records: lfr record DEPLOYMENT --events FILE.
    """
    from lfr_actors.events.exported import export_log
    from lfr_actors.store import database_exists
    from lfr_actors.store.read_only import read_only
    from lfr_actors.store.store import Store

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)

    def written(store: Store) -> dict[str, str | int]:
        head = store.head()
        with Progress(console=stderr, transient=True) as bar:
            task = bar.add_task("writing", total=head.seq)

            def told(seq: int) -> None:
                if seq % PROGRESS_EVERY == 0:
                    bar.update(task, completed=seq)

            count = export_log(file, store.iter_events(), head, told)
        return {"file": str(file), "events": count, "head": str(head)}

    result = read_only(folder, written)
    if as_json:
        typer.echo(json.dumps(result, indent=2))
    else:
        words = f"{result['events']} events written to {file}; head of the log {result['head']}"
        say_aside(words)
