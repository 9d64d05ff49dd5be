"""A report on a terminal: what has to be mended, who looks like whom, and what the list would do to strangers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from lfr_actors.watchlist.prediction_words import prediction_words
from lfr_actors.watchlist.verdicts import Verdict

SIGNS: Final = {
    Verdict.ENROLLED: ("✓", "green"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.NO_FACE: ("∅", "red"),
    Verdict.SEVERAL_FACES: ("⁂", "red"),
    Verdict.TOO_SMALL: ("↘", "red"),
    Verdict.TOO_BLURRED: ("≈", "red"),
    Verdict.UNREADABLE: ("✗", "red"),
    Verdict.ANIMATED: ("▸", "red"),
    Verdict.DUPLICATE: ("=", "magenta"),
}
"""A sign and a colour of each verdict, so that colour is never the only mark."""
_RULE_SIGNS: Final = {
    "passed": ("✓", "green"),
    "warned": ("!", "yellow"),
    "refused": ("✗", "red"),
    "not-applicable": ("–", "dim"),
}
_MOST_PAIRS: Final = 10
_MOST_WARNINGS: Final = 20


def report_lines(report: Mapping[str, Any], *, every: bool) -> Iterator[RenderableType]:
    """What to print, in order. `every` shows every picture and not only those with something to say."""
    for note in report["notes"]:
        yield f"note: {note}"
    rows = rows_table(report, every=every)
    if rows.row_count:
        yield rows
    yield totals_table(report)
    yield rules_table(report)
    pairs = pairs_table(report)
    if pairs.row_count:
        yield pairs
    qualities = report["qualities"]
    yield (
        f"{report['subjects_enrolled']} of {report['subjects']} subjects on the list, {report['templates']} "
        f"templates, pack {report['pack']}, version {report['version']}"
    )
    yield (
        f"subjects with a good picture {qualities['good']}, with poor ones only {qualities['poor']}, "
        f"missing {qualities['missing']}"
    )
    yield likeness_words(report)
    yield from prediction_words(report["prediction"])


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def rows_table(report: Mapping[str, Any], *, every: bool) -> Table:
    """The pictures with something to say, refused ones first; or `every` picture, in the order of the source."""
    table = _table("pictures" if every else "pictures refused or with a warning")
    table.add_column(report["rows"][0]["where"].split()[0] if report["rows"] else "", justify="right")
    table.add_column("subject", overflow="fold", max_width=20)
    table.add_column("picture", overflow="fold", max_width=18)
    table.add_column("verdict")
    rows = report["rows"]
    if not every:
        warned = [row for row in rows if row["verdict"] == Verdict.WARNING]
        rows = [row for row in rows if not row["enrolled"]] + warned[:_MOST_WARNINGS]
        if len(warned) > _MOST_WARNINGS:
            table.caption = (
                f"and {len(warned) - _MOST_WARNINGS} more with a warning: --all shows every picture"
            )
            table.caption_justify = "left"
    for row in rows:
        verdict = Verdict(row["verdict"])
        sign, colour = SIGNS[verdict]
        table.add_row(
            str(row["line"]),
            Text(row["subject_id"]),
            Text(Path(row["image"]).name or row["image"]),
            Text.assemble((f"{sign} {verdict.value}", colour), f": {row['reason']}" if row["reason"] else ""),
        )
    return table


def totals_table(report: Mapping[str, Any]) -> Table:
    """Pictures by verdict, those that happened."""
    table = _table("totals")
    table.add_column("verdict")
    table.add_column("pictures", justify="right")
    for name, count in report["totals"].items():
        sign, colour = SIGNS[Verdict(name)]
        if count:
            table.add_row(Text(f"{sign} {name}", style=colour), str(count))
    table.add_section()
    table.add_row("all", str(report["pictures"]))
    return table


def rules_table(report: Mapping[str, Any]) -> Table:
    """Every rule of the site and what it says."""
    table = _table("rules of this site")
    table.add_column("rule", no_wrap=True)
    table.add_column("says", overflow="fold")
    for rule in report["rules"]:
        sign, colour = _RULE_SIGNS[rule["outcome"]]
        table.add_row(Text(f"{sign} {rule['rule']}", style=colour), Text(rule["words"]))
    return table


def pairs_table(report: Mapping[str, Any]) -> Table:
    """The most alike pairs that reach a threshold."""
    reaching = report["likeness"]["reaching"]
    table = _table(f"would alert for each other ({reaching:,} pairs, the most alike first)")
    table.add_column("subject", overflow="fold")
    table.add_column("subject", overflow="fold")
    table.add_column("score", justify="right")
    for pair in [one for one in report["likeness"]["pairs"] if one["reaches"]][:_MOST_PAIRS]:
        table.add_row(Text(pair["first"]), Text(pair["second"]), f"{pair['score']:.3f}")
    return table


def likeness_words(report: Mapping[str, Any]) -> str:
    """What was found of likeness, as a sentence."""
    likeness = report["likeness"]
    if report["thresholds"] is None:
        reached = "no threshold was given, so none is too alike"
    else:
        reached = f"{likeness['reaching']:,} reach a threshold"
    animals = f"{likeness['lambs']} lambs, {likeness['wolves']} wolves"
    if not likeness["knows_animals"]:
        animals = "too few subjects to say who is close to many others"
    return f"{likeness['compared']:,} pairs of subjects compared: {reached}; {animals}"
