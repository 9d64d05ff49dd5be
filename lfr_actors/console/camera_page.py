"""The cameras of a deployment as tiles: as told live where this console runs beside them, else as the log says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from lfr_actors.console.addresses import deployment_url, preview_url
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.deployment_log import LoggedCamera
from lfr_actors.console.live import CameraView
from lfr_actors.console.views import CamerasView, CameraTile
from lfr_actors.people import Permission, Person
from lfr_actors.store.rows import RUNNING

_NOT_HERE: Final = "The cameras do not report to this console: what the log says of them is shown."
_NOT_TOLD_YET: Final = "The cameras have not reported yet."
_OVER: Final = "The deployment does not run: no camera is on."


def cameras_view(context: ConsoleContext, person: Person, deployment_id: str) -> CamerasView:
    """The cameras of a deployment, for this person. Raises `StoreError` for one that never began."""
    state = context.store.deployment(deployment_id).state
    here = deployment_id == context.deployment_id
    live = here and state == RUNNING and context.live.is_fed
    known = context.logs.of(context.store, deployment_id).cameras
    logged = tuple(_logged(name, camera, running=state == RUNNING) for name, camera in known.items())
    words = None
    if state != RUNNING:
        words = _OVER
    elif not live:
        words = _NOT_TOLD_YET if here else _NOT_HERE
    return CamerasView(
        deployment_id=deployment_id,
        fragment_url=f"{deployment_url(deployment_id)}/cameras",
        tiles=live_tiles(context, person, deployment_id) if live else logged,
        missing=context.live.matcher_missing if live else (),
        live=live,
        words=words,
    )


def live_tiles(context: ConsoleContext, person: Person, deployment_id: str) -> tuple[CameraTile, ...]:
    """What every camera does now. Whoever may see pictures gets the address of a preview."""
    sees = person.may(Permission.PICTURES)
    return tuple(
        _tile(view, preview_url(deployment_id, view.camera_id) if sees and _gives(view) else None)
        for view in context.live.cameras.values()
    )


def _gives(view: CameraView) -> bool:
    return _tone(view) == "well" and not view.is_silent


def _tile(view: CameraView, preview: str | None) -> CameraTile:
    state, _, said = view.state.partition(": ")  # such as "paused: shard 2 of 4: loading"
    tone, state_words = _tone(view), _words(state)
    if view.is_silent and tone in ("well", "waiting"):
        tone, state_words = "lost", f"{state_words}; no report for {view.told_s_ago:.0f} s"
    return CameraTile(
        camera_id=view.camera_id,
        state=state,
        state_words=state_words,
        tone=tone,
        reason=view.reason or said or None,
        frames_per_s=view.frames_per_s,
        faces=view.faces,
        faces_per_min=view.faces_per_min,
        dropped=view.dropped,
        dropped_per_s=view.dropped_per_s,
        alerts=view.alerts,
        unsearched=view.unsearched,
        latency_p50_ms=view.latency_p50_ms,
        latency_p99_ms=view.latency_p99_ms,
        last_frame_age_s=view.last_frame_age_s,
        preview_url=preview,
    )


def _logged(camera_id: str, camera: LoggedCamera, *, running: bool) -> CameraTile:
    state = camera.state if running or camera.state == "failed" else "ended"
    return CameraTile(
        camera_id=camera_id,
        state=state,
        state_words=_words(state),
        tone=_TONES.get(state, "waiting"),
        reason=camera.reason,
        frames_per_s=None,
        faces=camera.faces,
        faces_per_min=None,
        dropped=camera.dropped,
        dropped_per_s=None,
        alerts=camera.alerts,
        unsearched=None,
        latency_p50_ms=None,
        latency_p99_ms=None,
        last_frame_age_s=None,
        preview_url=None,
    )


def _tone(view: CameraView) -> str:
    """A slug for colour and shape."""
    return "lost" if view.failed else _TONES.get(view.state.partition(":")[0], "waiting")


_TONES: Final = MappingProxyType({"live": "well", "lost": "lost", "failed": "lost", "ended": "over"})


def _words(state: str) -> str:
    return state.replace("-", " ").replace("_", " ")
