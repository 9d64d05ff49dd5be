"""`lfr doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stdout
from lfr_actors.errors import StoreError
from lfr_actors.home import lfr_home, named_home

if TYPE_CHECKING:
    from lfr_actors.doctor import Finding

_MARKS = {"ok": "[green]✓ ok[/]", "warning": "[yellow]! warning[/]", "problem": "[red]✗ problem[/]"}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("doctor")
    def doctor_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Say what works on this machine, what does not, and what to do about it.

        Exit status 1 when there is a problem; warnings are to be weighed before a live deployment.
        """
        from lfr_actors.doctor import diagnose
        from lfr_actors.machine import survey

        findings = diagnose(survey(_folder(home)))
        problems = any(finding.state == "problem" for finding in findings)
        if as_json:
            found = [asdict(finding) for finding in findings]
            stdout.print_json(json.dumps({"problems": problems, "findings": found}, ensure_ascii=False))
        else:
            show(findings)
        if problems:
            raise typer.Exit(EXIT_FAILED)


def _folder(home: Path | None) -> Path:
    """The data folder, also when it cannot be made: that is one of the findings."""
    try:
        return lfr_home(home)
    except StoreError:
        return named_home(home)


def show(findings: tuple[Finding, ...]) -> None:
    """The findings as a table, and how many there are of each kind."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        words = escape(finding.found)
        if finding.advice:
            words += f"\n[cyan]→ {escape(finding.advice)}[/]"
        table.add_row(_MARKS[finding.state], finding.name, words)
    stdout.print(table)
    counts = Counter(finding.state for finding in findings)
    problems, warnings = counts["problem"], counts["warning"]
    verdict = f"{problems} problem{'s' * (problems != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    stdout.print(f"\n{counts['ok']} ok, {verdict}", highlight=False)
