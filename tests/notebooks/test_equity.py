"""The notebook on equity, executed: power before findings, and what a made-up trial could not see."""

from __future__ import annotations

from pathlib import Path

from tests.notebooks.executing import NOTEBOOKS, execute, plots, printed

FACTS = (
    "threshold 0.4863, for an FPIR of 1.0 % of everybody",
    "people on the list 612",
    "comparisons in all 10",
    "at least 9.0 points for coin: heads or tails, where this data sees best",
    "Smaller disadvantages this data cannot show.",
    "group: C: a difference is shown. The group is recognised less often than all others: 73.6 % against 87.9 %",
    "group: insufficient data for E (12) and not stated (12)",
    "No difference is shown. That is not evidence that there is none",
    "1 of 10 comparisons shows a difference between groups.",
    "taken one by one 19 of 100 shuffled trials accuse somebody",
    "corrected for each other 3 of 100",
    "2 to 1, 50 % of passers-by 72 false alerts, 7.2 years",
    "design effect of this trial 1.74",
)
PLOTS = ["tpir-plot", "fpir-plot", "many-plot", "street-plot"]


def test_equity_as_it_came(sockets: Path) -> None:
    """Top to bottom on the made-up trial: every figure, every plot, and power first."""
    (path,) = (path for path in NOTEBOOKS if path.stem == "equity")
    notebook = execute(path, sockets)
    text = printed(notebook)
    for fact in FACTS:
        assert fact in text, fact
    assert text.index("Smaller disadvantages") < text.index("a difference is shown")
    assert plots(notebook) == PLOTS
    (truth,) = (cell for cell in notebook.cells if cell.id == "truth-table")
    shown = truth.outputs[0].data["text/plain"]
    assert "none is shown" in shown
    assert "a difference is shown" in shown
