"""What a deployment file asks for and this version will not do, and what is not fit for the purpose.

Said by `lfr check` and at the start of a run: nothing in a file is ignored in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lfr_actors.spec.duration import show_duration

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment


def notices_of(deployment: Deployment) -> tuple[str, ...]:
    """Plain sentences, in the order of the file."""
    return (*_pack(deployment), *_cameras(deployment), *_services(deployment))


def _pack(deployment: Deployment) -> list[str]:
    recognition = deployment.recognition
    if recognition.pack != "open":
        return []
    live = ", ".join(camera.id for camera in deployment.cameras if camera.source.is_live)
    if not live:
        return []
    if recognition.accepted_rates:
        accepted = recognition.accepted_rates
        return [f"the open pack is used on live cameras ({live}); its rates were accepted: {accepted}"]
    return [
        f"the open pack is for demonstration, drills and development and is not fit for a live deployment "
        f"(cameras {live}); use another pack, or write under recognition.accepted_rates who accepted its "
        f"measured rates, and where"
    ]


def _cameras(deployment: Deployment) -> list[str]:
    return [
        f"footage is not recorded by this version: camera {camera.id} asks for footage: {camera.footage}"
        for camera in deployment.cameras
        if camera.footage != "off"
    ]


def _services(deployment: Deployment) -> list[str]:
    kept = show_duration(deployment.retention.alerts)
    said = [
        f"nothing is erased on schedule by this version: erase alerts by hand within {kept} of the end, "
        "the watchlist at the end"
    ]
    if deployment.webhooks:
        shown = ", ".join(webhook.shown for webhook in deployment.webhooks)
        said.append(f"webhooks are not delivered by this version: {shown}")
    if deployment.resources.matcher_shards > 1:
        shards = deployment.resources.matcher_shards
        said.append(f"the gallery is not divided by this version: one matcher shard is started, not {shards}")
    if deployment.console:
        said.append(f"the console is not served by this version: port {deployment.console.port} stays closed")
    return said
