"""The words in which the log page says what happened."""

from __future__ import annotations

import pytest

from lfr_actors.console.wording import event_words
from lfr_actors.events.types import to_public
from tests.unit.events.samples import BODIES


@pytest.mark.parametrize(
    ("public", "words"),
    [
        ({"after_s": 31.251, "alert_id": "c0ffee00c0ffee00"}, "alert c0ffee00c0ffee00 · after 31.3 s"),
        (
            {"who": ["anna", "ben"], "engaged": True, "corrects": False},
            "engaged yes · corrects no · by anna, ben",
        ),
        ({"score": 0.97128, "media_time_s": 0.0417, "category": None}, "score 0.971 · media time 0.042 s"),
        ({"lifetimes_s": {"alert": 86400.0, "watchlist": 0.0}}, "lifetimes alert 24 h 00 min, watchlist 0 s"),
        (
            {"totals": {"frames": 1500, "elapsed_s": 31.5, "latency_p99_ms": None}},
            "totals frames 1,500, elapsed 31.5 s",
        ),
        (
            {"file_digest": "ab" * 32, "score_histogram": [0] * 201},
            "file digest abababababab… · score histogram 201 numbers",
        ),
        ({"why": "x" * 700}, "why " + "x" * 595 + "…"),
    ],
)
def test_a_line_of_the_log_reads_as_words(public: dict[str, object], words: str) -> None:
    """Of whom it is first, who did it last, units behind their numbers, yes and no, fingerprints short."""
    assert event_words(public) == words


def test_every_event_has_a_line() -> None:
    """None of the sample events of the log is too strange for words; times are those of the clock on the wall."""
    lines = {body.NAME: event_words(to_public(body)) for body in BODIES}
    assert all(lines.values())
    assert "T12:00" not in " ".join(lines.values())
