"""`lfr tokens`: with what other systems sign in to the JSON API. A token is shown once, when it is made."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.alerts import account as account_here
from lfr_actors.cli.app import HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import opened
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home
from lfr_actors.people import Role
from lfr_actors.spec.duration import parse_duration

if TYPE_CHECKING:
    from lfr_actors.store.api_tokens import TokenRow

tokens_app = typer.Typer(
    help="Tokens: with what other systems sign in to the JSON API.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(tokens_app, name="tokens")


@tokens_app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the system that will hold it.")],
    role: Annotated[Role, typer.Option(help="What it may do.", show_default=False)],
    good_for: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long it is good: up to 366d.")
    ] = "90d",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and show it, this once. The system sends it as `Authorization: Bearer TOKEN`."""
    from lfr_actors.console.sessions import new_token, token_hash
    from lfr_actors.store.api_tokens import TOKEN_PREFIX

    life = _duration(good_for)
    token = TOKEN_PREFIX + new_token()
    with opened(lfr_home(home)) as store:
        row = store.people.tokens.issue(name, token_hash(token), role, life, who=account_here())
        now = store.people.now()
    if as_json:
        typer.echo(json.dumps(_document(row, now) | {"token": token}, indent=2))
        return
    typer.echo(token)
    note = f"token {row.token_id} of {name}, {role}, until {row.expires_at.astimezone():%Y-%m-%d %H:%M}"
    for line in (note, "keep it where only that system can read it; it is not shown again"):
        stderr.print(line, markup=False, highlight=False, soft_wrap=True)


@tokens_app.command("list")
def list_tokens(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List every token that was made, without the token itself."""
    with opened(lfr_home(home)) as store:
        rows, now = store.people.tokens.listed(), store.people.now()
    if as_json:
        typer.echo(json.dumps({"tokens": [_document(row, now) for row in rows]}, indent=2))
        return
    if not rows:
        stdout.print("no tokens")
        return
    table = Table("id", "name", "role", "until", "state", box=None, pad_edge=False)
    for row in rows:
        until = f"{row.expires_at.astimezone():%Y-%m-%d %H:%M}"
        state = Text(_state(row, now), style="" if row.is_good(now) else "red")
        table.add_row(row.token_id, Text(row.name), Text(row.role), until, state)
    stdout.print(table)


@tokens_app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The token's id, or a unique beginning.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse a token from now on."""
    with opened(lfr_home(home)) as store:
        row = store.people.tokens.revoke(token_id, who=account_here())
        now = store.people.now()
    if as_json:
        typer.echo(json.dumps(_document(row, now), indent=2))
    else:
        words = f"token {row.token_id} of {row.name} is refused from now on"
        stdout.print(words, markup=False, highlight=False, soft_wrap=True)


def _duration(text: str) -> dt.timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint="--for") from error


def _state(row: TokenRow, now: dt.datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "good" if row.is_good(now) else "expired"


def _document(row: TokenRow, now: dt.datetime) -> dict[str, Any]:
    """A token as `--json` gives it."""
    return {
        "token_id": row.token_id,
        "name": row.name,
        "role": row.role,
        "made_at": utc_text(row.made_at),
        "expires_at": utc_text(row.expires_at),
        "state": _state(row, now),
    }
