"""`lfr users`: who may sign in to the console, and in which role. The first administrator is made here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.alerts import account as account_here
from lfr_actors.cli.app import HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import opened
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home
from lfr_actors.people import Role, account_name

if TYPE_CHECKING:
    from lfr_actors.store.accounts import AccountRow, Accounts

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="2 to 32 of a to z, 0 to 9 and . - _")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, a line.")
]

users_app = typer.Typer(help="Accounts: who may sign in to the console, in which role.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(users_app, name="users")


@users_app.command("add")
def add(
    name: NameArgument,
    role: Annotated[Role, typer.Option(help="What the person is there for.", show_default=False)],
    password_stdin: StdinOption = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For consoles behind a proxy that signs people in.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account. Without --password-stdin the password is asked for, twice."""
    if password_stdin and no_password:
        raise typer.BadParameter("give either --password-stdin or --no-password")
    account_name(name)
    hashed = None if no_password else _hashed(name, password_stdin)
    with _accounts(home) as accounts:
        row = accounts.add(name, role, hashed, who=account_here())
        has_administrator = any(
            each.role is Role.ADMINISTRATOR and each.is_enabled for each in accounts.listed()
        )
    _show(row, as_json, f"{name} may sign in as {role}")
    if not has_administrator:
        hint = "no administrator yet: accounts are managed with lfr users alone, until one is added"
        stderr.print(hint, markup=False, highlight=False, soft_wrap=True)


@users_app.command("list")
def list_users(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List every account."""
    with _accounts(home) as accounts:
        rows = accounts.listed()
    if as_json:
        typer.echo(json.dumps({"accounts": [_document(row) for row in rows]}, indent=2))
        return
    if not rows:
        stdout.print("no accounts; lfr users add NAME --role administrator makes the first", highlight=False)
        return
    table = Table("name", "role", "since", "password", "state", box=None, pad_edge=False)
    for row in rows:
        since = f"{row.made_at.astimezone():%Y-%m-%d %H:%M}"
        password = "set" if row.password_hash else "none"
        state = Text("enabled") if row.is_enabled else Text("disabled", style="red")
        table.add_row(Text(row.account), Text(row.role), since, password, state)
    stdout.print(table)


@users_app.command("disable")
def disable(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Let nobody sign in as an account any more; its sessions end at once."""
    with _accounts(home) as accounts:
        row = accounts.set_disabled(name, True, who=account_here())
    _show(row, as_json, f"{name} is disabled; its sessions have ended")


@users_app.command("enable")
def enable(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Enable an account again."""
    with _accounts(home) as accounts:
        row = accounts.set_disabled(name, False, who=account_here())
    _show(row, as_json, f"{name} is enabled")


@users_app.command("role")
def set_role(
    name: NameArgument,
    role: Annotated[
        Role, typer.Argument(help="What the person is there for from now on.", show_default=False)
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an account another role, from its next request on."""
    with _accounts(home) as accounts:
        row = accounts.set_role(name, role, who=account_here())
    _show(row, as_json, f"{name} is {role} from now on")


@users_app.command("password")
def set_password(
    name: NameArgument,
    password_stdin: StdinOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an account another password; its sessions end at once."""
    with _accounts(home) as accounts:
        accounts.require(name)
        hashed = _hashed(name, password_stdin)
        row = accounts.set_password(name, hashed, who=account_here())
    _show(row, as_json, f"{name} has another password; its sessions have ended")


@contextmanager
def _accounts(home: Path | None) -> Iterator[Accounts]:
    with opened(lfr_home(home)) as store:
        yield store.people.accounts


def _hashed(name: str, from_stdin: bool) -> str:
    """The hash of a password from standard input, or asked for at the terminal. Raises `Refused` for a poor one."""
    from lfr_actors.console.passwords import LONGEST, Passwords, check_password

    if from_stdin:
        password = sys.stdin.readline(4 * LONGEST).rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise typer.BadParameter("there is no terminal to ask for the password; use --password-stdin")
    check_password(password, name)
    return Passwords().hash_now(password)


def _document(row: AccountRow) -> dict[str, Any]:
    """An account as `--json` gives it."""
    return {
        "account": row.account,
        "role": row.role,
        "made_at": utc_text(row.made_at),
        "disabled_at": None if row.disabled_at is None else utc_text(row.disabled_at),
        "has_password": row.password_hash is not None,
    }


def _show(row: AccountRow, as_json: bool, words: str) -> None:
    if as_json:
        typer.echo(json.dumps(_document(row), indent=2))
    else:
        stdout.print(words, markup=False, highlight=False, soft_wrap=True)
