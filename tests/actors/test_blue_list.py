"""A whole deployment with a volunteer on its list: measured, and told to nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lfr_actors.actors.list_on_pack import ListOnPack
from lfr_actors.events.alerts import AlertRaised
from lfr_actors.events.marks import BlueListRecognised, BlueListSeeded, ThresholdChanged
from lfr_actors.messages import SubjectId
from lfr_actors.store.store import Store
from lfr_actors.testing.people import Colour
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.version import BLUE_LIST, ListVersion, Subject
from tests.actors import drills
from tests.actors.colours import BLUE, RED
from tests.actors.drills import Drill

VOLUNTEER = "volunteer-marker-1"
PEOPLE: dict[str, Colour] = {"red-1": RED, VOLUNTEER: BLUE}


def with_a_volunteer(on_pack: ListOnPack) -> ListOnPack:
    """The same list with the volunteer in the category of the blue list."""
    listed = on_pack.version
    subjects = [
        Subject(subject_id=SubjectId(name), category=BLUE_LIST if name == VOLUNTEER else None)
        for name in PEOPLE
    ]
    version = ListVersion.of(
        pack=listed.pack,
        subjects=subjects,
        pictures=listed.pictures,
        templates=listed.templates,
        built_at=listed.built_at,
    )
    return replace(on_pack, version=version)


@pytest.mark.parametrize("shards", [1, 3])
async def test_a_volunteer_is_measured_and_told_to_nobody(
    home: Path, monkeypatch: pytest.MonkeyPatch, shards: int
) -> None:
    """A subject and a volunteer walk side by side. The subject raises the one alert there is; the volunteer is
    recognised in the log, by commitment, and stands in no file in clear.
    """
    plain = drills.on_pack
    monkeypatch.setattr(drills, "on_pack", lambda people: with_a_volunteer(plain(people)))
    with Store.open(home) as store:
        drill = Drill(store, home, listed=PEOPLE, shards=shards)
        await drill.run()
        secret = store.known_secret("drill-1")
        assert [row.subject_id for row in store.alerts()] == ["red-1"]
        assert len(drill.bodies(AlertRaised)) == 1
        (seeded,) = drill.bodies(BlueListSeeded)
        (recognised,) = drill.bodies(BlueListRecognised)
        (threshold,) = drill.bodies(ThresholdChanged)
    assert seeded.commitments == (recognised.commitment,) == (commitment(secret, VOLUNTEER),)
    assert (recognised.camera, recognised.gallery_version) == ("east", seeded.gallery_version)
    assert recognised.gallery_subjects == 2
    assert (threshold.scope, threshold.threshold, threshold.set_by) == ("deployment", 0.9, "T/1")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert not any(VOLUNTEER.encode() in path.read_bytes() for path in files)
