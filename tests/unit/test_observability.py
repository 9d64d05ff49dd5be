"""Nothing that could identify a person, and no secret, passes the log's last processor."""

from __future__ import annotations

import json

import numpy as np
import pytest
import structlog

from lfr_actors.observability import configure_logging, redact


@pytest.mark.parametrize(
    "event",
    [
        {"template": [0.1, 0.2]},
        {"probe_jpeg": "abc"},
        {"value": np.ones(3)},
        {"value": b"abc"},
        {"nested": {"full_name": "abc", "list": [{"password": "abc"}]}},
        {"event": "opening rtsp://user:abc@10.0.0.7/stream"},
        {"error": ValueError("rtsp://user:abc@10.0.0.7/stream")},
        {"listing": ["rtsp://user:abc@10.0.0.7/stream"]},
        {"webhook_secret": "abc"},
        {"cookie": "abc"},
        {"headers": {"Authorization": "abc", "X-CSRF-Token": "abc"}},
        {"event": "signed with whsec_abcabcabcabcabcabcabcabc and whsk_abc+/="},
        {"reason": "401 for Authorization: Bearer lfr_abc-def_ghi-jkl"},
        {"reason": f"the token lfr_{'abc-' * 11} is not known"},
        {"error": ValueError("GET https://lfr.example.org/api/v1/pictures/abc.abc: 410")},
        {"event": "Cookie: __Host-lfr=abc; lfr=abc; lfr-form=abc"},
    ],
)
def test_redacted(event: dict[str, object]) -> None:
    """The planted value is nowhere in what is left."""
    left = repr(redact(None, "info", event))
    assert "abc" not in left
    assert "0.1" not in left
    assert "array" not in left


def test_ids_and_numbers_stay() -> None:
    """What a decision's line needs is kept as it is."""
    event = {
        "event": "search_matched in lfr_actors.recognition",
        "camera": "gate",
        "track": "1-2",
        "score": 0.61,
        "hits": 2,
        "reason": "stopped by the bearer of bad news; see lfr_actors/delivery and lfr.db",
    }
    assert redact(None, "info", dict(event)) == event


def test_log_lines_are_redacted_and_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """The configured logger writes one JSON line to stderr, redacted, and nothing to stdout."""
    configure_logging(as_json=True)
    try:
        structlog.get_logger().info("camera_opened", source="rtsp://u:abc@h/s", template=np.ones(2))
    finally:
        structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    line = json.loads(captured.err)
    assert line["event"] == "camera_opened"
    assert line["source"] == "rtsp://h/s"
    assert line["template"] == "[redacted]"
