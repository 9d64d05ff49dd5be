"""Stores and consoles to attack."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lfr_actors.store import Store
from lfr_actors.store.database import DATABASE_NAME
from tests.unit.console.site import Browser, Clock, Site, add_people, open_store, serving


@pytest.fixture
def site_clock() -> Clock:
    """The clock of the console: it stands."""
    return Clock()


@pytest.fixture(scope="session")
def people_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with an account of each role, made once: tests work on copies."""
    home = tmp_path_factory.mktemp("people")
    with open_store(home, Clock()) as store:
        add_people(store)
    return home / DATABASE_NAME


@pytest.fixture
def people_store(home: Path, people_database: Path, site_clock: Clock) -> Iterator[Store]:
    """A store with an account of each role."""
    shutil.copy(people_database, home / DATABASE_NAME)
    with open_store(home, site_clock) as store:
        yield store


@pytest.fixture
async def site(people_store: Store, site_clock: Clock) -> AsyncIterator[Site]:
    """A console on the loopback interface, without TLS."""
    async with serving(people_store, site_clock) as site:
        yield site


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    """A browser that nobody has signed in with."""
    async with site.browser() as browser:
        yield browser
