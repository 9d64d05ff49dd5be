"""The key store's tables and rows, and which database it is.

key_store     one row: which store this is, and which key-encryption key wraps its keys
object_keys   one row a key: wrapped; deleting the row erases all that was sealed under it
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL

from lfr_actors.errors import KeyRefused, StoreError
from lfr_actors.store.database import URL_VARIABLE, database_url, reading
from lfr_actors.store.schema import UtcText
from lfr_actors.store.vault.kek import keys_folder

STORE_NAME: Final = "keys.db"
KEYS_URL_VARIABLE: Final = "LFR_KEYS_URL"

_MOST_PARAMETERS: Final = 500

metadata = sa.MetaData()

key_store = sa.Table(
    "key_store",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    sa.Column("store_id", sa.String(32), nullable=False),
    sa.Column("kek_id", sa.String(32), nullable=False),
    sa.Column("kek_check", sa.LargeBinary, nullable=False),
    sa.Column("made_at", UtcText, nullable=False),
    sa.Column("rotated_at", UtcText),
)

object_keys = sa.Table(
    "object_keys",
    metadata,
    sa.Column("key_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, unique=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("kek_id", sa.String(32), nullable=False),
    sa.Column("fingerprint", sa.String(32), nullable=False),
    sa.Column("made_at", UtcText, nullable=False),
)


def key_store_url(home: Path) -> URL:
    """Which database: `LFR_KEYS_URL`, else `keys.db` in the folder of keys.

    Raises `KeyRefused` for what is no database, and for the one in which the data is.
    """
    text = os.environ.get(KEYS_URL_VARIABLE)
    if not text:
        return URL.create("sqlite", database=str(keys_folder(home) / STORE_NAME))
    try:
        url = database_url(home, text)
    except StoreError as error:
        raise KeyRefused(KEYS_URL_VARIABLE, error.reason) from None
    try:
        data = database_url(home)
    except StoreError:  # said by whoever opens the data
        return url
    if (url.host, url.port, url.database, url.query) == (data.host, data.port, data.database, data.query):
        raise KeyRefused(
            KEYS_URL_VARIABLE, f"names the database of {URL_VARIABLE}: keys must lie apart from the data"
        )
    return url


def has_tables(engine: sa.Engine) -> bool:
    """Whether the key store was ever made in this database."""
    with reading(engine) as connection:
        return sa.inspect(connection).has_table(key_store.name)


def batches(key_ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids, so many at a time as a statement may have parameters."""
    remaining = iter(key_ids)
    while batch := list(islice(remaining, _MOST_PARAMETERS)):
        yield batch
