"""`lfr evaluate`: the group of commands that measure accuracy, each in a module of its own."""

from __future__ import annotations

import typer

evaluate_app = typer.Typer(
    help="Measure how well faces are recognised: rates with intervals, tables, plots.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the group; the commands add themselves to `evaluate_app`."""
    app.add_typer(evaluate_app, name="evaluate")
