"""Thresholds and the blue list as events: who is meant is a commitment, why is sealed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np

from lfr_actors.events.marks import ThresholdChanged
from lfr_actors.spec.recognition import Recognition
from lfr_actors.store import Store
from lfr_actors.store.append import event_context
from lfr_actors.store.marks import blue_list_seeded, threshold_events
from lfr_actors.store.vault.sealing import unseal
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.version import ListVersion, Picture, Subject
from tests.unit.events.samples import NOON, started

SECRET = bytes(range(32))


def test_every_threshold_is_an_event_with_who_set_it_and_why(home: Path) -> None:
    """The deployment's, a category's and a subject's; whose the last is and why only the list's key can tell."""
    recognition = Recognition.model_validate(
        {
            "pack": "open",
            "threshold": 0.955,
            "thresholds": [
                {"category": "warrant", "threshold": 0.93, "set_by": "R/1", "why": "court order"},
                {"subject": "s-marker", "threshold": 0.97, "set_by": "R/2", "why": "why-marker"},
            ],
        }
    )
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started("drill-1"))
        key = store.keys.create("watchlist")
        said = threshold_events(recognition, authority_reference="LFR/1", secret=SECRET, key=key)
        store.append("drill-1", *said)
        events = list(store.iter_events(name=ThresholdChanged.NAME))
        sealed = events[2].sealed
        assert sealed is not None
        why = json.loads(unseal(key, sealed, event_context(events[2].event_id)))
    assert why == {"why": "why-marker"}
    bodies = [event.body for event in events]
    assert all(isinstance(body, ThresholdChanged) for body in bodies)
    facts = [(event.public["scope"], event.public["threshold"], event.public["set_by"]) for event in events]
    assert facts == [("deployment", 0.955, "LFR/1"), ("category", 0.93, "R/1"), ("subject", 0.97, "R/2")]
    assert (events[1].public["category"], events[1].public["why"]) == ("warrant", "court order")
    assert events[2].public["commitment"] == commitment(SECRET, "s-marker")
    assert "marker" not in "".join(event.public_json for event in events)


def test_who_is_blue_is_told_by_commitments_in_no_order() -> None:
    """Volunteers alone, sorted by what says nothing, under the version that has them."""
    people = {"s-1": "warrant", "v-1": "blue-list", "v-2": "blue-list", "v-3": "blue-list"}
    version = ListVersion.of(
        pack="open",
        subjects=[Subject(subject_id=who, category=category) for who, category in people.items()],
        pictures=[
            Picture(subject_id=who, image="a.jpg", sha256=f"{number:064x}", quality=0.9)
            for number, who in enumerate(people)
        ],
        templates=np.eye(4, dtype=np.float32),
        built_at=dt.datetime(2024, 9, 7, tzinfo=NOON.tzinfo),
    )
    seeded = blue_list_seeded(version, SECRET)
    assert seeded.gallery_version == version.version
    assert list(seeded.commitments) == sorted(commitment(SECRET, who) for who in ("v-1", "v-2", "v-3"))
