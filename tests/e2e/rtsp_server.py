"""A real RTSP camera for the tests: GStreamer's RTSP server. `tests/system-packages.sh` installs it.

    /usr/bin/python3 rtsp_server.py --port 0 [--user NAME --password PASSWORD] [--audio]

Serves a moving test pattern as H.264 at rtsp://127.0.0.1:PORT/stream and prints `ready PORT` when it listens.
"""

from __future__ import annotations

import argparse

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

VIDEO = (
    "videotestsrc is-live=true pattern=ball num-buffers={pictures} "
    "! video/x-raw,width=320,height=240,framerate=25/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=12 "
    "! rtph264pay name=pay0 pt=96 config-interval=1"
)
AUDIO = "audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8"


def guard(server: GstRtspServer.RTSPServer, user: str, password: str, method: str) -> GstRtspServer.RTSPToken:
    """Let nobody in without this user and password."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    if method == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    return token


def main() -> None:
    """Serve until killed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", default="0")
    arguments.add_argument("--user")
    arguments.add_argument("--password")
    arguments.add_argument("--auth", choices=["basic", "digest"], default="digest")
    arguments.add_argument("--audio", action="store_true")
    arguments.add_argument("--pictures", default="-1", help="after so many, only the sound goes on")
    chosen = arguments.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(chosen.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {VIDEO.format(pictures=chosen.pictures)} {AUDIO if chosen.audio else ''} )")
    factory.set_shared(True)
    if chosen.user:
        guard(server, chosen.user, chosen.password, chosen.auth)
        # PyGObject cannot call the variadic `add_role`; a structure named after the role says the same.
        role = Gst.Structure.new_from_string(
            "viewer, media.factory.access=true, media.factory.construct=true"
        )
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_role_from_structure(role)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/stream", factory)
    if server.attach(None) == 0:
        raise SystemExit(f"cannot listen on port {chosen.port}")
    print(f"ready {server.get_bound_port()}", flush=True)  # noqa: T201
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
