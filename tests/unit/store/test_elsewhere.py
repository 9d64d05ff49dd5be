"""A data folder that is thrown away keeps off the site's database and keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lfr_actors.canary import deployment
from lfr_actors.store import Store
from lfr_actors.store.elsewhere import ELSEWHERE, by_itself


def test_the_site_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Database and keys are made in the folder, and what the environment said holds again afterwards."""
    site = {
        "LFR_DATABASE_URL": f"sqlite:///{tmp_path / 'site.db'}",
        "LFR_KEYS": str(tmp_path / "site-keys"),
        "LFR_KEYS_URL": f"sqlite:///{tmp_path / 'site-keys.db'}",
    }
    assert set(site) == set(ELSEWHERE)
    for name, value in site.items():
        monkeypatch.setenv(name, value)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with by_itself(), Store.open(scratch) as store:
        store.keys.create("alert")
        assert not set(ELSEWHERE) & set(os.environ)
    assert {name: os.environ[name] for name in ELSEWHERE} == site
    assert [path.name for path in tmp_path.iterdir()] == ["scratch"]
    assert (scratch / "keys" / "keys.db").exists()


def test_the_canary_takes_none_of_the_site_along() -> None:
    """Its deployment would otherwise write into the site's database, and sweep the site's keys."""
    assert all(name.startswith(deployment._NOT_KEPT) for name in ELSEWHERE)
