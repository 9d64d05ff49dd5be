"""What `lfr check` has to say of who decides the alerts of a deployment, and who is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lfr_actors.errors import NotReady, Refused, SecretRefused

if TYPE_CHECKING:
    import datetime as dt

    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.spec.document import Mistake
    from lfr_actors.spec.site import Site


def serving_mistakes(deployment: Deployment, site: Site, now: dt.datetime) -> Iterator[Mistake]:
    """For what a run would not start: the console's certificate, secrets in files, what the site does not allow."""
    from lfr_actors.console.serving import check_certificate
    from lfr_actors.delivery.endpoint import Endpoint
    from lfr_actors.spec.inputs import mistake_at

    console = deployment.console
    if console is not None:
        try:
            check_certificate(console, now)
        except NotReady as error:
            yield mistake_at(deployment, ("console", "tls"), error.reason)
    for index, webhook in enumerate(deployment.webhooks):
        try:
            Endpoint.of(webhook, site.webhooks)
        except Refused as error:
            yield mistake_at(deployment, ("webhooks", index, "include"), error.reason)
        except SecretRefused as error:
            yield mistake_at(deployment, ("webhooks", index), f"{error.what}: {error.reason}")


def serving_summary(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Who decides, where, and who is told, as pairs of a heading and words."""
    from lfr_actors.console.serving import address_of
    from lfr_actors.spec.duration import show_duration

    adjudication, console = deployment.adjudication, deployment.console
    deciders = "two operators, each without seeing the other" if adjudication.two_person else "one operator"
    within = show_duration(adjudication.acknowledge_within)
    yield "deciding", f"{deciders}; escalated when nobody acknowledges within {within}"
    if console is not None:
        reach = "this machine only" if console.tls is None else "TLS"
        signed_in = f", people sign in at {', '.join(console.proxy.addresses)}" if console.proxy else ""
        locks = f"locks after {show_duration(console.idle_lock)}"
        yield "console", f"{address_of(console)} ({reach}{signed_in}, {locks})"
    yield (
        "webhooks",
        "\n".join(
            f"{webhook.name}: {webhook.shown} ({', '.join(webhook.events)})"
            for webhook in deployment.webhooks
        ),
    )
