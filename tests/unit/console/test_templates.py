"""What the pages are made of: nothing inline, nothing from elsewhere, no file that is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lfr_actors.console

FOLDER = Path(lfr_actors.console.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.j2"))
STATIC = sorted((FOLDER / "static").iterdir())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_code_or_style_in_it(template: Path) -> None:
    """The policy of content would refuse it, and what is escaped stays text everywhere."""
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)|\|\s*safe\b|javascript:", text)


@pytest.mark.parametrize("file", [*TEMPLATES, *STATIC], ids=lambda path: path.name)
def test_nothing_is_asked_of_another_host(file: Path) -> None:
    """No address but our own: the console works with the network to the internet cut."""
    text = file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?://|[\"'(]//", text)


def test_every_file_that_is_asked_for_is_there() -> None:
    """Of templates the files in static, of scripts the modules they import."""
    there = {path.name for path in STATIC}
    sheets = re.search(r"for sheet in \[(.*?)\]", (FOLDER / "templates" / "base.html.j2").read_text())
    assert sheets is not None
    asked = {f"{name}.css" for name in re.findall(r'"(\w+)"', sheets[1])}
    for template in TEMPLATES:
        asked |= set(re.findall(r"/static/([\w.]+)\"", template.read_text()))
    for script in (path for path in STATIC if path.suffix == ".js"):
        asked |= set(re.findall(r'from "\./([\w.]+)"', script.read_text()))
    assert asked == there
