"""Templates that are kept: sealed, found again for the same pack, gone after 24 hours with a receipt."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from lfr_actors.evaluation.identification.looking import Found, Look
from lfr_actors.evaluation.identification.study import Settings, identify
from lfr_actors.evaluation.identification.template_cache import TemplateCache
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from tests.unit.evaluation.identification.folders import ANN, pack, people, picture

NOTHING = Settings(fpirs=(), repeats=0)


def test_a_second_run_computes_only_what_is_new(home: Path, tmp_path: Path) -> None:
    """A picture that was changed is looked at again, and the figures are the same as without a cache."""
    folder = people(tmp_path / "people")
    settings = Settings(fpirs=(), thresholds=(0.99,), repeats=0, draws=50)
    with Store.open(home) as store:
        first = identify(folder, pack(), settings, kept=TemplateCache(store, pack()))
        picture(folder, "ann/3.png", 7, ANN)
        again = identify(folder, pack(), settings, kept=TemplateCache(store, pack()))
    assert (first.computed, again.computed) == (8, 1)
    assert again.points == identify(folder, pack(), settings).points


def test_nothing_is_on_the_disk_in_clear(home: Path) -> None:
    """Neither a template nor the checksum of a picture, anywhere in the data folder."""
    template = np.array([0.123456, 0.654321, 0.5], np.float32)
    with Store.open(home) as store:
        TemplateCache(store, pack()).keep([Look(found=Found.CLEAR, sha256="ab" * 32, template=template)])
        (found,) = TemplateCache(store, pack()).load().values()
    assert np.array_equal(found.template, template)  # type: ignore[arg-type]
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert template.tobytes() not in content
            assert b"ab" * 32 not in content


def test_it_is_erased_after_24_hours_with_a_receipt(home: Path) -> None:
    """By whatever erases what is due; nothing can be loaded after it."""
    with Store.open(home) as store:
        TemplateCache(store, pack()).keep(
            [Look(found=Found.CLEAR, sha256="a", template=np.ones(3, np.float32))]
        )
        later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=24, seconds=1)
        caught = Eraser(store, clock=lambda: later, simulated=True).catch_up()
        assert [event.public["kind"] for event in caught.erased] == ["measured-templates"]
        assert TemplateCache(store, pack()).load() == {}
    assert list((home / "vault").glob("*.sealed")) == []


def test_another_pack_finds_nothing(home: Path) -> None:
    """Templates of different networks are not compared, nor those of a pack that nobody could know again."""
    other, unknown = pack(), pack()
    other.info.sha256["fake.onnx"] = "1" * 64
    unknown.info.sha256.clear()
    with Store.open(home) as store:
        TemplateCache(store, pack()).keep([Look(found=Found.NO_FACE, sha256="a")])
        assert TemplateCache(store, other).load() == {}
        without = TemplateCache(store, unknown)
        without.keep([Look(found=Found.NO_FACE, sha256="b")])
        assert without.load() == {}
    assert "no checksums" in without.notes[0]


def test_a_damaged_entry_is_said_and_computed_again(home: Path) -> None:
    """It is never used, and stops nothing."""
    with Store.open(home) as store:
        TemplateCache(store, pack()).keep([Look(found=Found.NO_FACE, sha256="a")])
        (path,) = (home / "vault").glob("*.sealed")
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        cache = TemplateCache(store, pack())
        assert cache.load() == {}
    assert "computed again" in cache.notes[0]


def test_a_site_that_keeps_no_list_keeps_no_templates(home: Path) -> None:
    """The site's rule for lists without a deployment holds here too, and is said."""
    (home / "site.yaml").write_text("retention: {watchlist: 0s}\n")
    with Store.open(home) as store:
        cache = TemplateCache(store, pack())
        cache.keep([Look(found=Found.NO_FACE, sha256="a")])
    assert "keeps no list" in cache.notes[0]
    assert not (home / "vault").exists()
