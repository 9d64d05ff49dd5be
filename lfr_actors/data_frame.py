"""Rows with named columns as a pandas data frame; pandas is imported when the first is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame


def data_frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> DataFrame:
    """The rows as a data frame with these columns, also without any row; what a row does not have is missing."""
    from pandas import DataFrame

    return DataFrame.from_records(
        [{name: row.get(name) for name in columns} for row in rows], columns=list(columns)
    )
