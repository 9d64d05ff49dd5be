"""A study as one page: HTML with its plots inside, which makes no request and prints well.

    page = StudyPage(title=…, facts=(("pack", "open"),), headlines=(Headline(…),), sections=(Section(…),))
    write_private(folder / "study.html", study_page(page))

Everything put into it is escaped. Statements come before tables, tables before plots: what the data cannot show
has to be read first.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from lfr_actors.evaluation.plotting import Picture

Kind = Literal["plain", "good", "warning", "insufficient"]
"""How a statement looks: text, a finding, something to be careful with, something the data cannot show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence or two."""

    text: str
    kind: Kind = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A figure that is to be seen first: what it is, the figure, and what it is over or how sure."""

    label: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of words; the first `text_columns` columns stand left, the others right, as figures do.

    Raises `ValueError` when a row has not as many cells as there are columns.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    note: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.caption!r}: {len(row)} cells for {len(self.columns)} columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A plot and what it says."""

    picture: Picture
    caption: str = ""

    @property
    def uri(self) -> str:
        """The drawing as an address that holds it: ids of two drawings on a page do not meet."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.picture.svg.encode()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page: its statements, then its tables, then its plots."""

    title: str
    statements: tuple[Statement, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPage:
    """A whole page. `facts` are pairs of name and value under the title; `statements` come before everything."""

    title: str
    summary: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    statements: tuple[Statement, ...] = ()
    headlines: tuple[Headline, ...] = ()
    sections: tuple[Section, ...] = field(default=())
    footer: tuple[str, ...] = ()


def study_page(page: StudyPage) -> str:
    """The page, HTML; the same values give the same bytes."""
    environment = Environment(
        loader=PackageLoader("lfr_actors.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("study_page.html.j2").render(page=page)
