"""How rates and values become columns."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lfr_actors.evaluation.intervals import Proportion


def rate_columns(name: str) -> tuple[str, ...]:
    """The columns of a rate: itself, what was counted, and the ends of its exact interval."""
    return name, f"{name}_hits", f"{name}_trials", f"{name}_low", f"{name}_high"


def rate_cells(name: str, found: Proportion | None) -> dict[str, Any]:
    """A rate under its columns; nothing where there is no data."""
    if found is None:
        return {}
    values = (found.rate, found.hits, found.trials, found.low, found.high)
    return dict(zip(rate_columns(name), values, strict=True))


def cells(value: Any) -> dict[str, Any]:
    """The fields of a flat dataclass, as they are."""
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def columns_of(kind: type) -> tuple[str, ...]:
    """The names of the fields of a dataclass, in their order."""
    return tuple(field.name for field in dataclasses.fields(kind))
