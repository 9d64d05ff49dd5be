"""What the tests of notebooks share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the kernel's sockets, of a short name: the path of a socket is limited."""
    folder = Path(tempfile.mkdtemp(prefix="lfr-nb-"))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.delenv("LFR_DATABASE_URL", raising=False)
    yield folder
    shutil.rmtree(folder)
