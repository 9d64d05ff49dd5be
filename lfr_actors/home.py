"""The data folder: database, vault, packs, reports. `LFR_HOME` or `--home` says where it is."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

from lfr_actors.errors import StoreError


def lfr_home(chosen: Path | None = None) -> Path:
    """The data folder, made with mode 0700 when it is not there.

    `chosen` (from `--home`) wins over the variable `LFR_HOME`, which wins over the user's data folder.
    Raises `StoreError` when it cannot be made.
    """
    folder = named_home(chosen)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StoreError(str(folder), "it is a file; --home and LFR_HOME name a folder") from error
    except OSError as error:
        raise StoreError(
            str(folder), f"the data folder cannot be made ({error.strerror}); choose another with --home"
        ) from error
    return folder


def named_home(chosen: Path | None = None) -> Path:
    """Where the data folder is or would be, in the same order; makes nothing."""
    if chosen is None:
        variable = os.environ.get("LFR_HOME")
        chosen = Path(variable) if variable else user_data_path("lfr-actors", appauthor=False)
    return chosen.expanduser().resolve()
