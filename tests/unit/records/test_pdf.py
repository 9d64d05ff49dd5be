"""PDF from templates: letters, and what typst says of a template."""

from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.errors import PageError
from lfr_actors.records.pdf import compile_pdf, undrawable

AT = dt.datetime(2024, 9, 7, 10, tzinfo=dt.UTC)


def test_the_font_has_the_letters_of_welsh() -> None:
    """Every accented letter of Welsh is drawn, and so are the pages' own signs; a script it lacks is not."""
    assert undrawable("âêîôûŵŷ ÂÊÎÔÛŴŶ áéíóúẃý àèìòùẁỳ äëïöüẅÿ ÏÄ’–•·≤=→ \t\n") == ""
    assert undrawable("a漢b漢🙂") == "漢🙂"


def test_data_that_a_template_does_not_take_is_said() -> None:
    """What typst stops at becomes an error of the product that names the template."""
    with pytest.raises(PageError, match=r"notice.typ: the template does not take this data"):
        compile_pdf("notice/notice.typ", {"title": "x"}, at=AT, lang="en")
