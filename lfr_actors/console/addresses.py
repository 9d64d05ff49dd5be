"""The addresses of pages: ids are quoted, so that one can never lead anywhere else."""

from __future__ import annotations

from urllib.parse import quote


def deployment_url(deployment_id: str) -> str:
    """The page of a deployment."""
    return f"/d/{quote(deployment_id, safe='')}"


def alert_url(alert_id: str) -> str:
    """The page of an alert."""
    return f"/alerts/{quote(alert_id, safe='')}"


def picture_url(alert_id: str, kind: str) -> str:
    """A picture of an alert."""
    return f"{alert_url(alert_id)}/pictures/{quote(kind, safe='')}"


def preview_url(deployment_id: str, camera_id: str) -> str:
    """What a camera sees."""
    return f"{deployment_url(deployment_id)}/cameras/{quote(camera_id, safe='')}/preview.jpg"
