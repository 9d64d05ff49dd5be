"""A deployment file that is right, and a way to spoil it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.spec import Deployment, load_deployment

RIGHT = """\
deployment: wrexham-2024-09-07
location: Wrexham city centre
purposes: [priority-offence, safeguarding]
authority:
  officer: Superintendent A. Example
  reference: LFR/2024/031
  not_before: 2024-09-07T10:00:00+01:00
  not_after: 2024-09-07T18:00:00+01:00
watchlist: {csv: list/watchlist.csv}
recognition:
  pack: open
  threshold: 0.955
cameras:
  - id: bridge-street
    source: file:bridge-street.mp4
"""

Load = Callable[..., Deployment]
Mistakes = Callable[..., tuple[str, ...]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a text to `deployment.yaml` and load it."""

    def load(text: str | bytes = RIGHT, environment: Mapping[str, str] | None = None) -> Deployment:
        file = tmp_path / "deployment.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_deployment(file, environment or {})

    return load


@pytest.fixture
def mistakes(load: Load) -> Mistakes:
    """The mistakes of a text that must have some."""

    def mistakes(text: str | bytes, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
        with pytest.raises(InvalidFile) as caught:
            load(text, environment)
        return caught.value.problems

    return mistakes
