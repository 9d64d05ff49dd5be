"""Running `lfr` commands in tests."""

from __future__ import annotations

import functools
import json
import sys
from types import ModuleType
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import alert_decisions, alerts, hold, purge
from lfr_actors.cli.app import main


def lfr(*arguments: str) -> Result:
    """Run a command that works with what is kept; errors of the product are the result's exception."""
    structlog.reset_defaults()  # a process of its own would not know the stderr of the one before
    return CliRunner().invoke(_app(), list(arguments))


@functools.cache
def _app() -> typer.Typer:
    app = typer.Typer()
    modules: tuple[ModuleType, ...] = (alerts, alert_decisions, hold, purge)
    for module in modules:
        module.register(app)
    return app


def document(*arguments: str) -> Any:
    """What a command that succeeds prints with `--json`: one document on stdout and nothing else."""
    result = lfr(*arguments, "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    return json.loads(result.stdout)


def failing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, Any], str]:
    """Run the program itself on what must fail: its exit status, the error's document, what stderr says."""
    structlog.reset_defaults()
    monkeypatch.setattr(sys, "argv", ["lfr", *arguments, "--json"])
    with pytest.raises(SystemExit) as stopped:
        main()
    told = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, json.loads(told.out)["error"], told.err
