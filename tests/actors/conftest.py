"""What the tests of the actors share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lfr_actors.store.store import Store


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A store in the test's data folder, as the rest of the site has it open."""
    with Store.open(home) as store:
        yield store
