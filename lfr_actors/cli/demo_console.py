"""The console of `lfr demo`: where it is, an account to sign in with, and how long it stays."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from rich.markup import escape

from lfr_actors.cli.app import stderr
from lfr_actors.cli.console import USUAL_PORT
from lfr_actors.errors import NotReady, Refused

if TYPE_CHECKING:
    from lfr_actors.spec.console import Console
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.store import Store

ACCOUNT: Final = "demo"
SECRET_VARIABLE: Final = "LFR_WEBHOOK_SECRET"
_PORTS: Final = 20


def served(deployment: Deployment, *, console: bool, webhook: str | None) -> Deployment:
    """The demo's deployment, with or without the console, and with a webhook if one is asked for."""
    changed: dict[str, object] = {"console": _on_free_port(deployment.console) if console else None}
    if webhook is not None:
        from lfr_actors.spec.webhook import Webhook

        secret = os.environ.get(SECRET_VARIABLE, "")
        if not secret:
            raise Refused(
                "--webhook",
                f"deliveries are signed: set {SECRET_VARIABLE} to the secret of the receiver, whsec_…",
            )
        host = urlsplit(webhook).hostname
        allow = [host] if host in ("127.0.0.1", "::1", "localhost") else []
        asked = {"name": "demo", "url": webhook, "secret": secret, "allow": allow}
        changed["webhooks"] = (Webhook.model_validate(asked),)
    return deployment.model_copy(update=changed)


def _on_free_port(settings: Console | None) -> Console:
    """The console on its own port, or the next that is free. Raises `NotReady` when none of some is."""
    from lfr_actors.console.serving import check_servable
    from lfr_actors.spec.console import Console

    first = settings or Console(port=USUAL_PORT)
    for port in range(first.port, first.port + _PORTS):
        tried = first.model_copy(update={"port": port})
        try:
            check_servable(tried, dt.datetime.now(dt.UTC))
        except NotReady:
            continue
        return tried
    raise NotReady(
        "console", f"no port from {first.port} to {port} is free: end what has them, or --no-console"
    )


def make_account(store: Store) -> None:
    """An account to try the console with, and its password, said once; another password at each demo."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.console.passwords import Passwords
    from lfr_actors.people import Role

    password = secrets.token_urlsafe(12)
    hashed, who = Passwords().hash_now(password), account()
    accounts = store.people.accounts
    if accounts.get(ACCOUNT) is None:
        accounts.add(ACCOUNT, Role.SUPERVISOR, hashed, who=who)
    else:
        accounts.set_password(ACCOUNT, hashed, who=who)
        accounts.set_disabled(ACCOUNT, False, who=who)
    stderr.print(
        f"sign in to the console as [bold]{ACCOUNT}[/] with the password [bold]{escape(password)}[/]",
        highlight=False,
    )


def stay(home: Path, settings: Console) -> None:
    """Serve the console after the film until Enter or Ctrl-C; not at all where nobody sits at a terminal."""
    if not (sys.stdin.isatty() and stderr.is_terminal):
        return
    from lfr_actors.cli.opening import opened
    from lfr_actors.console.serving import address_of

    with opened(home) as store:
        stderr.print(
            f"the console stays at [bold]{escape(address_of(settings))}[/]; Enter or Ctrl-C ends it",
            highlight=False,
        )
        asyncio.run(_until_enter(store, settings))


async def _until_enter(store: Store, settings: Console) -> None:
    from lfr_actors.console.open_console import serve_console

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    loop.add_reader(sys.stdin, ended.set)
    try:
        await serve_console(store, settings, ended)
    finally:
        loop.remove_reader(sys.stdin)
