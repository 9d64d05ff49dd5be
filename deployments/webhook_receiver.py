"""A consumer of webhooks: prints every event that a deployment sends, once, after checking who sent it.

    export LFR_WEBHOOK_SECRET="$(lfr webhooks secret)"
    python deployments/webhook_receiver.py &
    lfr demo --webhook http://127.0.0.1:8450/hook

Copy it, and put what your own system does with an event in the place of `print`. When `on_event` raises, the sender
asks again later; when it returns, the same event is never handed over again, also after a restart.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aiohttp import web

from lfr_actors.delivery.bodies import WebhookEvent
from lfr_actors.delivery.receiver import WebhookReceiver
from lfr_actors.delivery.secrets import read_secret
from lfr_actors.delivery.seen import SeenInFile
from lfr_actors.errors import LfrError
from lfr_actors.events.alerts import AlertAdjudicated, AlertRaised, OutcomeRecorded


async def on_event(event: WebhookEvent) -> None:
    """Say what happened; for an alert also when and where, which is all that a receiver is told by default."""
    match event.body:
        case AlertRaised(camera=camera, captured_at=at, score=score, priority=priority):
            said = f"at {camera}, {at:%H:%M:%S} UTC, score {score:.3f}, priority {priority or 'none'}"
        case AlertAdjudicated(verdict=verdict, who=who):
            said = f"{verdict}, says {' and '.join(who)}"
        case OutcomeRecorded(outcome=outcome):
            said = outcome
        case _:
            said = ""
    line = f"{event.seq:>6}  {event.at:%H:%M:%S}  {event.deployment}  {event.type}  {said}"
    print(line.rstrip(), flush=True)  # noqa: T201


def make_app(seen: SeenInFile) -> web.Application:
    """An application that takes webhooks at /hook."""
    receiver = WebhookReceiver([read_secret("LFR_WEBHOOK_SECRET")], seen=seen)
    app = web.Application()
    app.router.add_post("/hook", receiver.handler(on_event))
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=8450)
    parser.add_argument(
        "--seen", type=Path, default=Path("webhooks-seen.db"), help="remembers what was taken"
    )
    chosen = parser.parse_args()
    try:
        web.run_app(make_app(SeenInFile(chosen.seen)), host="127.0.0.1", port=chosen.port)
    except LfrError as error:
        sys.exit(str(error))
