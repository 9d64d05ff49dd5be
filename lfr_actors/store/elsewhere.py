"""A data folder that stands by itself, whatever the environment says of the site's database and keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lfr_actors.store.database import URL_VARIABLE
from lfr_actors.store.vault.kek import FOLDER_VARIABLE
from lfr_actors.store.vault.tables import KEYS_URL_VARIABLE

ELSEWHERE: Final = (URL_VARIABLE, FOLDER_VARIABLE, KEYS_URL_VARIABLE)
"""The variables that put database or keys outside the data folder."""


@contextmanager
def by_itself() -> Iterator[None]:
    """Database and keys lie in the data folder meanwhile, also for processes that are started.

    For folders that are thrown away: what is due in the site's database must not be sought in them.
    """
    kept = {name: os.environ.pop(name) for name in ELSEWHERE if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
