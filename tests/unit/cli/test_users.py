"""`lfr users` and `lfr tokens`: accounts and tokens from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from lfr_actors.cli import tokens, users
from lfr_actors.console import passwords
from lfr_actors.console.sessions import token_hash
from lfr_actors.errors import Refused
from lfr_actors.people import Role
from lfr_actors.store import Store

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time; their parameters are not what is tested here."""
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: QUICK)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """The store that the commands work on."""
    with Store.open(home) as store:
        yield store


def lfr(*arguments: str, stdin: str | None = None) -> Result:
    """Run a command; errors of the product are the result's exception."""
    app = typer.Typer()
    users.register(app)
    tokens.register(app)
    structlog.reset_defaults()
    return CliRunner().invoke(app, list(arguments), input=stdin)


def document(*arguments: str, stdin: str | None = None) -> Any:
    """The one document that a command prints with `--json`."""
    result = lfr(*arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, (result.exception, result.stderr)
    return json.loads(result.stdout)


def test_the_first_administrator_is_made_here(store: Store) -> None:
    """A password comes from standard input, only its hash is kept, and nothing prints either."""
    result = lfr(
        "users", "add", "anna", "--role", "administrator", "--password-stdin", stdin=f"{PASSWORD}\r\n"
    )
    assert (result.exit_code, result.stdout) == (0, "anna may sign in as administrator\n")
    row = store.people.accounts.require("anna")
    assert row.role is Role.ADMINISTRATOR
    assert row.password_hash is not None
    assert QUICK.verify(row.password_hash, PASSWORD)
    listed = lfr("users", "list").stdout + json.dumps(document("users", "list"))
    assert PASSWORD not in listed
    assert "argon2" not in listed
    assert document("users", "list")["accounts"][0]["has_password"]


def test_accounts_are_changed(store: Store) -> None:
    """Role, password, disabled and enabled; scripts read what it is afterwards."""
    assert "no administrator yet" in lfr("users", "add", "olga", "--role", "operator", "--no-password").stderr
    assert document("users", "role", "olga", "supervisor")["role"] == "supervisor"
    assert document("users", "disable", "olga")["disabled_at"] is not None
    assert "disabled" in lfr("users", "list").stdout
    assert document("users", "enable", "olga")["disabled_at"] is None
    assert document("users", "password", "olga", "--password-stdin", stdin=PASSWORD)["has_password"]
    assert store.people.accounts.require("olga").role is Role.SUPERVISOR


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add", "An na", "--role", "operator", "--no-password"), "2 to 32"),
        (("add", "olga", "--role", "operator", "--password-stdin"), "12 to 256"),
        (("disable", "nobody"), "none of this name"),
        (("password", "nobody", "--password-stdin"), "none of this name"),
    ],
)
def test_what_cannot_be_is_refused(home: Path, arguments: tuple[str, ...], reason: str) -> None:
    """Names, passwords and accounts that cannot be are refused with what would be right."""
    result = lfr("users", *arguments, stdin="short")
    assert isinstance(result.exception, Refused)
    assert reason in str(result.exception)


def test_wrong_usage_is_said(home: Path) -> None:
    """No terminal to ask at, two ways at once, an unknown role, no role, no duration: exit status 2."""
    add = ("users", "add", "olga")
    for arguments in [
        (*add, "--role", "operator"),
        (*add, "--role", "operator", "--no-password", "--password-stdin"),
        (*add, "--role", "chief"),
        add,
        ("tokens", "add", "recorder", "--role", "auditor", "--for", "soon"),
    ]:
        assert lfr(*arguments).exit_code == 2, arguments


def test_a_token_is_shown_once_and_revoked(store: Store) -> None:
    """The token is the only thing on stdout, so that a script can keep it; afterwards only its id is known."""
    result = lfr("tokens", "add", "recorder", "--role", "auditor", "--for", "30d")
    token = result.stdout.strip()
    assert token.startswith("lfr_")
    row = store.people.tokens.get(token_hash(token))
    assert row is not None
    assert (row.name, row.role, (row.expires_at - row.made_at).days) == ("recorder", Role.AUDITOR, 30)
    assert token not in lfr("tokens", "list").stdout
    assert document("tokens", "list")["tokens"][0]["state"] == "good"
    assert document("tokens", "revoke", row.token_id[:4])["state"] == "revoked"
    assert "revoked" in lfr("tokens", "list").stdout
    other = document("tokens", "add", "recorder", "--role", "operator")
    assert store.people.tokens.get(token_hash(other["token"])) is not None
