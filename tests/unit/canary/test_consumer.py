"""What webhooks say is kept as it came, so that the hunt can search it."""

from __future__ import annotations

import stat
import urllib.request
from pathlib import Path

from lfr_actors.canary.consumer import Consumer


def test_every_request_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """Headers and bodies of all of them, in a file that nobody else may read."""
    file = tmp_path / "webhooks"
    with Consumer(file) as consumer:
        for body in (b'{"seq": 1}', b"\x8a\x17\xe3"):
            asked = urllib.request.Request(consumer.url, body, {"webhook-id": "one"}, method="POST")
            with urllib.request.urlopen(asked, timeout=5) as answer:
                assert answer.status == 204
    kept = file.read_bytes()
    assert kept.lower().count(b"webhook-id: one") == 2
    assert b'{"seq": 1}' in kept
    assert b"\x8a\x17\xe3" in kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
