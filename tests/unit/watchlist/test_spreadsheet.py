"""Cells that a spreadsheet would compute."""

from __future__ import annotations

import pytest

from lfr_actors.watchlist.spreadsheet import is_formula, safe_cell


@pytest.mark.parametrize("cell", ["=1+1", "+44 20", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_becomes_text(cell: str) -> None:
    """What a spreadsheet would compute is written with an apostrophe, which makes it text."""
    assert is_formula(cell)
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "S1", "a=b", "court order - 7", " =1"])
def test_other_cells_stay(cell: str) -> None:
    """Nothing else is changed."""
    assert safe_cell(cell) == cell
