"""What a deployment file asks for that somebody should know of: what is not fit, what is kept, who is told.

Said by `lfr check` and at the start of a run: nothing in a file is ignored in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lfr_actors.retention.policy import duration_words

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment


def notices_of(deployment: Deployment) -> tuple[str, ...]:
    """Plain sentences, in the order of the file."""
    return (*_watchlist(deployment), *_pack(deployment), *_footage(deployment), *_webhooks(deployment))


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


def _watchlist(deployment: Deployment) -> list[str]:
    watchlist = deployment.watchlist
    said = []
    if watchlist.under_18_authority is not None:
        said.append(f"people under 18 may be on the list, on the authority of {watchlist.under_18_authority}")
    if watchlist.csv is None:
        return said
    files = f"the list's own files ({watchlist.csv.name} and the pictures it names)"
    if watchlist.erase_source:
        return [*said, f"{files} are erased at the end of the deployment, with the list"]
    return [
        *said,
        f"{files} are not the product's and are not erased by it: erase them at the end, or write "
        f"watchlist.erase_source: true",
    ]


def _footage(deployment: Deployment) -> list[str]:
    kept = duration_words(deployment.retention.footage)
    return [
        f"camera {camera.id} records footage of everybody it sees"
        f"{' around an alert' if camera.footage == 'alerts-only' else ''}, sealed, kept for {kept} at most"
        for camera in deployment.cameras
        if camera.footage != "off"
    ]


def _webhooks(deployment: Deployment) -> list[str]:
    """Who outside the product is told more than numbers, and who would be sent links that nobody answers."""
    said = []
    for webhook in deployment.webhooks:
        if webhook.include:
            extra = " and ".join(
                {"subject": "who an alert may be", "pictures": "links to its pictures"}[each]
                for each in webhook.include
            )
            said.append(f"the webhook {webhook.name} ({webhook.shown}) is told {extra}")
        if "pictures" in webhook.include and deployment.console is None:
            said.append(
                f"the webhook {webhook.name} wants pictures, which only the console hands out: add console"
            )
    return said
