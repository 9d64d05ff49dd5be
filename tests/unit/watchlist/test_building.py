"""Building a list: the site's rules come first, and a refused list builds nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lfr_actors.errors import Refused, WatchlistError
from lfr_actors.vision.packs import PackInfo
from lfr_actors.watchlist.building import build_list, check_version
from lfr_actors.watchlist.policy import ListPolicy, Occasion
from lfr_actors.watchlist.rows import ListSource, read_list
from tests.unit.watchlist.lists import BUILT_AT
from tests.unit.watchlist.pictures import FakeDetector, FakeEmbedder, faces, save, texture

OCCASION = Occasion(today=BUILT_AT.date())


@dataclass
class FakeModels:
    """A pack that finds one face in every picture but the third."""

    detector: FakeDetector = field(
        default_factory=lambda: FakeDetector({0: faces((100, 100, 90)), 1: faces((100, 100, 90)), 2: faces()})
    )
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    info: PackInfo = field(
        default_factory=lambda: PackInfo(
            name="fake",
            detector="fake",
            embedder="fake",
            dim=3,
            licence="none",
            provenance="made up",
            rates=None,
            fit_for_live=False,
        )
    )


@pytest.fixture
def source(tmp_path: Path) -> ListSource:
    """Two people who can be enrolled and one who cannot."""
    for at, colour in enumerate([(0, 0, 60), (0, 60, 0), (60, 0, 0)]):
        save(tmp_path / f"{at}.png", texture(at, colour=colour))
    csv = tmp_path / "list.csv"
    csv.write_text("subject_id,image,category\nann,0.png,warrant\nbob,1.png,warrant\ncy,2.png,\n")
    return read_list(csv)


def test_a_list_is_built_with_its_findings(source: ListSource) -> None:
    """The version holds who could be enrolled, made with the pack's name at the time given, with portraits."""
    built = build_list(source, FakeModels(), policy=ListPolicy(), occasion=OCCASION, built_at=BUILT_AT)
    built.require_somebody()
    assert [each.subject_id for each in built.version.subjects] == ["ann", "bob"]
    assert (built.version.pack, built.version.built_at) == ("fake", BUILT_AT)
    assert all(picture.portrait_jpeg for picture in built.version.pictures)
    assert built.enrolment.missing_subjects() == ("cy",)
    assert [each.rule for each in built.findings if each.refused] == []


def test_the_same_rows_give_the_same_version_only_with_the_same_salt(source: ListSource) -> None:
    """A version is addressed by its content, of which a random salt is part."""
    made = [
        build_list(
            source, FakeModels(), policy=ListPolicy(), occasion=OCCASION, built_at=BUILT_AT, salt=salt
        ).version.version
        for salt in (bytes(16), bytes(16), None)
    ]
    assert made[0] == made[1] != made[2]


def test_a_refused_list_is_not_even_looked_at(source: ListSource) -> None:
    """The rules are asked before the first picture; the refusal names rule and rows."""

    untouched = FakeModels(detector=FakeDetector({}))  # knows no picture: to be asked is an error
    policy = ListPolicy(max_subjects=2, require=("category",))
    with pytest.raises(Refused) as caught:
        build_list(source, untouched, policy=policy, occasion=OCCASION, built_at=BUILT_AT)
    assert "max-subjects: 3 subjects, at most 2 allowed" in str(caught.value)
    assert "line 4: subject cy: category is empty" in str(caught.value)


def test_nobody_on_the_list_is_told(source: ListSource) -> None:
    """A list of nobody can be reported, and nothing can be run with it."""
    only = ListSource(path=source.path, rows=source.rows[2:])
    built = build_list(only, FakeModels(), policy=ListPolicy(), occasion=OCCASION, built_at=BUILT_AT)
    with pytest.raises(WatchlistError, match="nobody on it could be enrolled"):
        built.require_somebody()


def test_a_built_list_grows_old(source: ListSource) -> None:
    """The same rules are asked of a sealed version at the time of its use."""
    version = build_list(
        source, FakeModels(), policy=ListPolicy(), occasion=OCCASION, built_at=BUILT_AT
    ).version
    for hours, refused in ((24, []), (25, ["built-within"])):
        now = BUILT_AT + dt.timedelta(hours=hours)
        found = check_version(version, ListPolicy(), OCCASION, now=now)
        assert [each.rule for each in found if each.refused] == refused
