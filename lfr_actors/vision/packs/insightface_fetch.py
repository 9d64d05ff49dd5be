"""Fetching a named InsightFace pack, by the insightface library, without its ways of hanging.

The library asks without a time-out, prints to stdout, and leaves half a pack behind when it is interrupted.
So it is asked whether the pack can be had at all, then works in a process of its own and in a folder of its
own; the process is ended when nothing has arrived for a minute, and the folder takes its place when whole.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lfr_actors.errors import PackError

ANSWER_WITHIN_S = 10.0
STALLED_AFTER_S = 60.0
_POLL_S = 0.2

_FETCH = (
    "import sys; from insightface.utils.storage import ensure_available; "
    "ensure_available('models', sys.argv[1], root=sys.argv[2])"
)


def library_root() -> Path:
    """Where the insightface library keeps the packs that it fetched."""
    return Path("~/.insightface").expanduser()


def fetch(pack: str, name: str, where: Path) -> None:
    """Let the library fetch the pack `name` into the folder `where`. Its output goes to stderr.

    Raises `PackError` when it cannot be reached, is not known there, stalls or arrives broken.
    """
    _check_reachable(pack, name)
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where.parent, prefix=".fetching-") as staging:
        command = [sys.executable, "-c", _FETCH, name, staging]
        worker = subprocess.Popen(command, stdout=sys.stderr.fileno())
        try:
            _watch(pack, worker, Path(staging))
        finally:
            worker.kill()
            worker.wait()
        fetched = Path(staging) / "models" / name
        if (fetched / name).is_dir():  # some archives hold the folder itself
            fetched = fetched / name
        if not any(fetched.glob("*.onnx")):
            raise PackError(pack, "what arrived holds no ONNX file")
        if not where.exists():  # another process may have been quicker
            shutil.move(fetched, where)


def _check_reachable(pack: str, name: str) -> None:
    import requests
    from insightface.utils.storage import model_zoo_download_url

    url = model_zoo_download_url(f"{name}.zip")
    advice = "copy its folder here by hand and name it: insightface:/path/to/folder"
    try:
        answer = requests.head(url, timeout=ANSWER_WITHIN_S, allow_redirects=True)
    except requests.RequestException as error:
        reason = type(error).__name__
        raise PackError(
            pack, f"it is not on this machine, and {url} cannot be reached ({reason}); connect, or {advice}"
        ) from error
    if answer.status_code != requests.codes.ok:
        raise PackError(
            pack,
            f"the insightface library has no such pack ({url} answers {answer.status_code}); {advice}",
        )


def _watch(pack: str, worker: subprocess.Popen[bytes], staging: Path) -> None:
    """Wait for the worker while something arrives; raises `PackError` when it fails or nothing does."""
    seen, since = -1, time.monotonic()
    while worker.poll() is None:
        time.sleep(_POLL_S)
        size = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
        if size != seen:
            seen, since = size, time.monotonic()
        elif time.monotonic() - since > STALLED_AFTER_S:
            raise PackError(pack, f"nothing arrived for {STALLED_AFTER_S:.0f} s; try again later")
    if worker.returncode != 0:
        raise PackError(pack, "the insightface library could not fetch it; its own message is above")
