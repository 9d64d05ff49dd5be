"""`lfr webhooks`: how endpoints fare, a trial of one, telling one again, and delivering what is left."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, say, stderr, stdout
from lfr_actors.cli.opening import opened
from lfr_actors.errors import InvalidFile
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.delivery.endpoint import Endpoint
    from lfr_actors.delivery.schedule import Answer
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.spec.webhook import Webhook
    from lfr_actors.store import Store

FileArgument = Annotated[Path, typer.Argument(help="The deployment file (YAML).")]
NameArgument = Annotated[str, typer.Argument(help="The name of an endpoint in it.")]

webhooks_app = typer.Typer(
    help="Webhooks: how endpoints fare, try one, tell one again, deliver what is left.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(webhooks_app, name="webhooks")


@webhooks_app.command("list")
def list_endpoints(file: FileArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """How each endpoint of a deployment fares: how far it is, what it answered last, what it will not get."""
    deployment = _deployment(file)
    with opened(lfr_home(home)) as store:
        fares = [_fares(store, deployment, webhook) for webhook in deployment.webhooks]
    if as_json:
        typer.echo(json.dumps(fares, indent=2))
    elif fares:
        stdout.print(_table(fares))
    else:
        say(f"{file} names no webhooks")


@webhooks_app.command("test")
def try_endpoint(
    file: FileArgument, name: NameArgument, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Post one signed `webhook.test` to an endpoint, once, and say what it answered. Nothing is written.

    Exit status 1 unless it answered with a 2xx.
    """
    deployment = _deployment(file)
    endpoint = _endpoint(deployment, file, name, lfr_home(home))
    answer = asyncio.run(_post_trial(endpoint, deployment.deployment))
    document = {
        "endpoint": endpoint.name,
        "host": endpoint.host,
        "status": answer.status,
        "fault": answer.fault,
        "elapsed_ms": round(answer.elapsed_s * 1e3, 1),
        "meaning": str(answer.meaning),
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2))
    else:
        say(f"{endpoint.name} at {endpoint.host}: {answer.words}, {document['elapsed_ms']} ms")
        if answer.status in (401, 403):
            say("it refused who sent this: has it the secret that the deployment file names?")
    if answer.meaning != "accepted":
        raise typer.Exit(EXIT_FAILED)


@webhooks_app.command("replay")
def replay(
    file: FileArgument,
    name: NameArgument,
    after: Annotated[
        int | None,
        typer.Option(min=0, help="Tell it again every event after this number.", show_default=False),
    ] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Try again what it refused; not what is erased or too late.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an endpoint told again. A deployment that runs delivers it by itself, else `lfr webhooks serve` does.

    Receivers know an event by its `webhook-id`, which stays the same.
    """
    from lfr_actors.cli.alerts import account

    if (after is not None) == dead:
        raise typer.BadParameter("give one of them: --after SEQ, or --dead")
    deployment = _deployment(file)
    webhook = _webhook(deployment, file, name)
    with opened(lfr_home(home)) as store:
        if after is not None:
            store.webhooks.replay(webhook.name, deployment.deployment, after, account())
        else:
            store.webhooks.replay_dead(webhook.name, deployment.deployment, account())
        fares = _fares(store, deployment, webhook)
    if as_json:
        typer.echo(json.dumps(fares, indent=2))
    else:
        say(f"{webhook.name}: {fares['waiting']} to deliver")


@webhooks_app.command("serve")
def serve(
    files: Annotated[list[Path], typer.Argument(help="Deployment files (YAML).")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deliver what is left of deployments that ended, until every endpoint has it, or will not get it any more.

    Ctrl-C at any time loses nothing. A deployment that runs is refused: it delivers by itself.
    """
    from lfr_actors.cli.webhooks_serve import serve_deployments

    folder = lfr_home(home)
    deployments = [_deployment(file) for file in files]
    with opened(folder) as store:
        endpoints = [_endpoints(deployment, folder) for deployment in deployments]
        left = serve_deployments(store, deployments, endpoints)
        document = [
            _fares(store, deployment, webhook)
            for deployment in deployments
            for webhook in deployment.webhooks
        ]
    if as_json:
        typer.echo(json.dumps(document, indent=2))
    elif document:
        stdout.print(_table(document))
    if left:
        stderr.print(f"{left} deliveries are left; nothing is lost: serve again", highlight=False)
        raise typer.Exit(EXIT_FAILED)


def _deployment(file: Path) -> Deployment:
    from lfr_actors.spec.deployment import load_deployment

    return load_deployment(file, os.environ)


def _endpoints(deployment: Deployment, home: Path) -> tuple[Endpoint, ...]:
    from lfr_actors.delivery.endpoint import endpoints_of
    from lfr_actors.spec.site import read_site

    return endpoints_of(deployment.webhooks, read_site(home).webhooks)


def _endpoint(deployment: Deployment, file: Path, name: str, home: Path) -> Endpoint:
    from lfr_actors.delivery.endpoint import Endpoint
    from lfr_actors.spec.site import read_site

    return Endpoint.of(_webhook(deployment, file, name), read_site(home).webhooks)


def _webhook(deployment: Deployment, file: Path, name: str) -> Webhook:
    for webhook in deployment.webhooks:
        if webhook.name == name:
            return webhook
    known = ", ".join(webhook.name for webhook in deployment.webhooks) or "none"
    raise InvalidFile(str(file), (f"has no webhook {name!r}; known are: {known}",))


async def _post_trial(endpoint: Endpoint, deployment_id: str) -> Answer:
    from lfr_actors.delivery.bodies import trial_body
    from lfr_actors.delivery.posting import Poster
    from lfr_actors.delivery.signing import signed_headers
    from lfr_actors.store import utc_now

    now, webhook_id = utc_now(), uuid.uuid4().hex
    body = trial_body(endpoint.name, webhook_id, now, deployment_id)
    async with Poster(endpoint) as poster:
        return await poster.post(signed_headers(endpoint.secrets, webhook_id, now, body), body)


def _fares(store: Store, deployment: Deployment, webhook: Webhook) -> dict[str, Any]:
    """An endpoint as `lfr webhooks list --json` gives it; scripts depend on the keys."""
    from lfr_actors.delivery.cursor import Cursor
    from lfr_actors.delivery.patterns import names_of
    from lfr_actors.events.codec import utc_text

    found = store.webhooks.cursor(webhook.name, deployment.deployment)
    cursor = found or Cursor(endpoint=webhook.name, deployment_id=deployment.deployment)
    dead = store.webhooks.dead_letters(webhook.name, deployment.deployment)

    return {
        "deployment": deployment.deployment,
        "endpoint": webhook.name,
        "address": webhook.shown,
        "cursor": cursor.seq,
        "delivered": cursor.delivered,
        "waiting": store.webhooks.waiting(cursor, names_of(webhook.events)),
        "attempts": cursor.attempts,
        "last_answer": cursor.last_answer,
        **{
            key: None if moment is None else utc_text(moment)
            for key, moment in (
                ("last_at", cursor.last_at),
                ("failing_since", cursor.failing_since),
                ("suspended_at", cursor.suspended_at),
                ("next_at", cursor.next_at),
            )
        },
        "dead": [
            {
                "seq": letter.event_seq,
                "name": letter.event_name,
                "reason": letter.reason,
                "attempts": letter.attempts,
                "at": utc_text(letter.at),
                "again": letter.again,
            }
            for letter in dead
        ],
    }


def _table(fares: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    several = len({fare["deployment"] for fare in fares}) > 1
    for heading in ("deployment", "endpoint", "address") if several else ("endpoint", "address"):
        table.add_column(heading, overflow="fold")
    for heading in ("cursor", "delivered", "waiting", "dead"):
        table.add_column(heading, justify="right")
    for heading in ("last answer", "state"):
        table.add_column(heading)
    for fare in fares:
        counts = (fare["cursor"], fare["delivered"], fare["waiting"], len(fare["dead"]))
        of = (fare["deployment"],) if several else ()
        cells = (*of, fare["endpoint"], fare["address"], *map(str, counts))
        table.add_row(*map(Text, cells), Text(fare["last_answer"] or "–"), Text(_state(fare)))
    return table


def _state(fare: dict[str, Any]) -> str:
    if fare["suspended_at"] is not None:
        return f"suspended, asked again at {_clock(fare['next_at'])}"
    if fare["failing_since"] is not None:
        return f"failing since {_clock(fare['failing_since'])}, {fare['attempts']} attempts"
    return "waiting for delivery" if fare["waiting"] else "has everything"


def _clock(moment: str | None) -> str:
    """A time of `list --json` for people, in the local zone."""
    from lfr_actors.events.codec import utc_time

    return "once" if moment is None else utc_time(moment).astimezone().strftime("%H:%M:%S")
