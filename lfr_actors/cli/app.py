"""The `lfr` command: groups of commands, one way to fail, one way to print JSON.

Exit status: 0 done, 1 the thing asked for failed, 2 wrong usage or invalid file, 3 refused by authority or
policy. `--json` prints one JSON document on stdout and nothing else; logs and progress go to stderr.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from typer.exceptions import TyperException

from lfr_actors.errors import InvalidFile, LfrError, Refused
from lfr_actors.hardening import harden_process

EXIT_FAILED = 1
EXIT_INVALID = 2
EXIT_REFUSED = 3

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="LFR_HOME", help="Data folder: database, packs, reports.", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]

_PIPED_COLUMNS = 120
stdout = Console(width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
stderr = Console(stderr=True, width=None if sys.stderr.isatty() else _PIPED_COLUMNS)


def say(text: str, style: str | None = None) -> None:
    """A line on stdout as it is: no markup, no folding."""
    stdout.print(text, markup=False, highlight=False, soft_wrap=True, style=style)


def say_aside(text: str, style: str | None = None) -> None:
    """A line on stderr as it is, beside the result."""
    stderr.print(text, markup=False, highlight=False, soft_wrap=True, style=style)


app = typer.Typer(
    name="lfr",
    help="Lawful live facial recognition deployments.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

COMMAND_MODULES: tuple[str, ...] = (
    "demo",
    "run",
    "stop",
    "console",
    "check",
    "watchlist",
    "watchlist_report",
    "watchlist_amend",
    "watchlist_versions",
    "watchlist_proofs",
    "alerts",
    "webhooks",
    "webhook_schema",
    "alert_decisions",
    "bluelist",
    "footage",
    "events",
    "record",
    "purge",
    "hold",
    "keys",
    "retention",
    "notice",
    "receipts",
    "users",
    "tokens",
    "models",
    "scenes",
    "evaluate",
    "evaluate_identify",
    "evaluate_threshold",
    "evaluate_equity",
    "evaluate_film",
    "evaluate_live",
    "bench",
    "doctor",
    "canary",
)
"""Modules of `lfr_actors.cli` that hold commands; each has `register(app)`. In the order of the help."""


def exit_status(error: LfrError) -> int:
    """The exit status for an error of the product."""
    if isinstance(error, InvalidFile):
        return EXIT_INVALID
    if isinstance(error, Refused):
        return EXIT_REFUSED
    return EXIT_FAILED


def main() -> None:
    """Run the command line; errors of the product become one clear message and an exit status.

    So do errors of the disk that name a file: no permission, no space, a file where a folder should be. With
    `--json` the message is also the document on stdout: `{"error": {"kind", "message", "problems"}}`; that of
    wrong usage too, of which typer itself tells people.
    """
    harden_process()
    for name in COMMAND_MODULES:
        importlib.import_module(f"lfr_actors.cli.{name}").register(app)
    try:
        app()
    except SystemExit as leaving:
        if isinstance(leaving.__context__, TyperException):
            _document(type(leaving.__context__).__name__, leaving.__context__.format_message())
        raise
    except LfrError as error:
        problems = error.problems if isinstance(error, InvalidFile) else ()
        _tell(error, str(error), problems)
        sys.exit(exit_status(error))
    except OSError as error:
        if error.filename is None:  # not of a file: a fault of the product, to be seen whole
            raise
        _tell(error, f"{error.filename}: {error.strerror}")
        sys.exit(EXIT_FAILED)


def _tell(error: Exception, message: str, problems: tuple[str, ...] = ()) -> None:
    """The error on stderr and, when JSON was asked for, on stdout too: a script always reads a document."""
    kind = type(error).__name__
    stderr.print(f"[bold red]error[/] {kind}", highlight=False)
    stderr.print(message, markup=False, highlight=False, soft_wrap=True)
    _document(kind, message, problems)


def _document(kind: str, message: str, problems: tuple[str, ...] = ()) -> None:
    """The error as a document on stdout, when JSON was asked for."""
    if "--json" in sys.argv:
        document = {"error": {"kind": kind, "message": message, "problems": problems}}
        stdout.print_json(json.dumps(document, ensure_ascii=False))
