"""The data folder: database, vault, packs, reports. `LFR_HOME` or `--home` says where it is."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path


def lfr_home(chosen: Path | None = None) -> Path:
    """The data folder, made with mode 0700 when it is not there.

    `chosen` (from `--home`) wins over the variable `LFR_HOME`, which wins over the user's data folder.
    """
    if chosen is None:
        variable = os.environ.get("LFR_HOME")
        chosen = Path(variable) if variable else user_data_path("lfr-actors", appauthor=False)
    chosen = chosen.expanduser().resolve()
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    return chosen
