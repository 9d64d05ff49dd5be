"""A page as blocks for typesetting: nothing of it is lost, nothing unknown is passed over."""

from __future__ import annotations

import pytest

from lfr_actors.records.page_blocks import page_blocks


def page(main: str) -> str:
    """A page with this content."""
    return f"<!doctype html><html><head><meta charset='utf-8'></head><body><main>{main}</main></body></html>"


def text(runs: list[dict[str, str]]) -> str:
    """The words of runs."""
    return "".join(run["text"] for run in runs)


def test_text_keeps_its_styles_and_loses_white_space() -> None:
    """Runs of one style each, entities read, white space counted once and never at the ends."""
    (block,) = page_blocks(
        page('<div><p class="note">\n a  &amp; <b>b</b>\n<span class="no">c</span> . </p></div>')
    )
    assert block == {
        "kind": "p",
        "class": "note",
        "runs": [
            {"text": "a & ", "style": "plain"},
            {"text": "b", "style": "bold"},
            {"text": " ", "style": "plain"},
            {"text": "c", "style": "bad"},
            {"text": " .", "style": "plain"},
        ],
    }


def test_lists_facts_and_figures() -> None:
    """Items of a list, pairs of a fact, groups of a figure, each with all its parts."""
    lines, facts, figures = page_blocks(
        page(
            "<ul><li>x</li><li>y</li></ul><dl class='facts'><dt>t</dt><dd>d</dd></dl>"
            "<dl class='figures'><div><dt>alerts</dt><dd class='value'>11</dd><dd class='counts'></dd></div></dl>"
        )
    )
    assert [text(item) for item in lines["items"]] == ["x", "y"]
    assert [[text(part) for part in row] for row in facts["rows"]] == [["t", "d"]]
    assert [[text(part) for part in group] for group in figures["items"]] == [["alerts", "11", ""]]


def test_a_table_with_its_caption_and_totals() -> None:
    """Caption and note apart, headings told from figures, the row of totals marked, a width for each column."""
    (table,) = page_blocks(
        page(
            "<div class='scroll'><table><caption>Alerts<small>not people</small></caption>"
            "<thead><tr><th>camera</th><th class='n'>all</th></tr></thead><tbody>"
            "<tr><th scope='row'>a camera with a long name</th><td class='n hid'>hidden</td></tr>"
            "<tr class='all'><th>all</th><td class='n'>1,234</td></tr>"
            "<tr><td colspan='2'>a remark that is far longer than any of the columns could ever be</td></tr>"
            "</tbody></table></div>"
        )
    )
    assert (text(table["caption"]), text(table["note"])) == ("Alerts", "not people")
    assert [text(cell["runs"]) for cell in table["head"][0]] == ["camera", "all"]
    assert [row["total"] for row in table["rows"]] == [False, True, False]
    hidden = table["rows"][0]["cells"][1]
    assert (hidden["number"], hidden["heading"], hidden["runs"][0]["style"]) == (True, False, "soft")
    assert table["rows"][2]["cells"][0]["span"] == 2
    assert table["widths"][0] > table["widths"][1]


def test_a_drawing_goes_along_whole() -> None:
    """The drawing is one SVG document of its own, with what it shows in words."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" aria-label="a bar"><rect width="5"/></svg>'
    )
    (figure,) = page_blocks(page(f"<figure><figcaption>Bars</figcaption>{svg}</figure>"))
    assert (figure["kind"], text(figure["runs"]), figure["alt"]) == ("drawing", "Bars", "a bar")
    assert '<rect width="5"' in figure["svg"]
    assert figure["svg"].startswith("<svg")
    assert 'xmlns="http://www.w3.org/2000/svg"' in figure["svg"]


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ("<p>no main</p>", "has no <main>"),
        (page("<p>not closed"), "not well formed"),
        (page("<video></video>"), "<video> in <main>"),
        (page("<p><img/></p>"), "<img> in <p>"),
        (page("<figure><figcaption>x</figcaption></figure>"), "needs a drawing"),
    ],
)
def test_what_cannot_be_typeset_is_said(html: str, wrong: str) -> None:
    """An element without a counterpart stops the page: nothing is left out of a PDF unnoticed."""
    with pytest.raises(ValueError, match=wrong):
        page_blocks(html)
