"""The sign as pages: they scan, they fit, and they are the same bytes each time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
import typst

from lfr_actors.errors import PageError
from lfr_actors.records.notice.content import NoticeContent
from lfr_actors.records.notice.pages import Size, _data, notice_html, notice_pdf, type_size_pt
from lfr_actors.records.notice.qr import code_svg
from lfr_actors.records.pdf import _arguments, _fonts
from lfr_actors.spec import Deployment, load_deployment
from lfr_actors.spec.purposes import PURPOSES
from tests.unit.records.notice.signs import RECORD, SIGN, sign_content, sign_deployment
from tests.unit.spec.conftest import RIGHT
from tests.unit.spec.test_deployments import ENVIRONMENT, FILES

LONG = (
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch and the neighbouring counties of the north, "
)


def both(deployment: Deployment) -> list[NoticeContent]:
    """Welsh first, as signs in Wales have it."""
    return [sign_content(deployment, "cy"), sign_content(deployment, "en")]


def pdf(deployment: Deployment, size: Size = "a4") -> bytes:
    """The sign in both languages, with the begin of the window as its time stamp."""
    return notice_pdf(both(deployment), size=size, at=deployment.authority.not_before)


def pages(document: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type ?/Page\b(?!s)", document))


class _Page(HTMLParser):
    """The languages of a page, and every address that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "lang" in given:
            self.languages.append(str(given["lang"]))
        if tag not in ("a", "svg"):
            self.fetched += [str(given[key]) for key in ("src", "href") if key in given]


def test_the_code_leads_to_the_record() -> None:
    """A scanner reads the address from the drawing that stands on both kinds of page."""
    picture = typst.compile(
        b"#set page(width: 60mm, height: 60mm, margin: 5mm)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg", width: 100%)',
        format="png",
        ppi=200,
        sys_inputs={"svg": code_svg(RECORD)},
        ignore_system_fonts=True,
    )
    read, *_ = cv2.QRCodeDetector().detectAndDecode(_pixels(picture))
    assert read == RECORD


def test_the_code_can_be_read_off_the_whole_sheet(tmp_path: Path) -> None:
    """Among everything else on a sheet of A4, at the resolution of a telephone's picture of it."""
    data = _data([sign_content(sign_deployment(tmp_path), "cy")], "a4")
    folder = Path(str(files("lfr_actors.records")))
    sheet = typst.compile(**_arguments(folder, "notice/notice.typ", data, "cy"), format="png", ppi=130)
    read, *_ = cv2.QRCodeDetector().detectAndDecode(_pixels(sheet))
    assert read == RECORD


def _pixels(png: object) -> np.ndarray:
    assert isinstance(png, bytes)
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    """Twice the same, PDF and HTML: no clock and no machine is in them."""
    deployment = sign_deployment(tmp_path)
    first, html = pdf(deployment), notice_html(both(deployment), size="a4")
    _fonts.cache_clear()
    assert pdf(deployment) == first
    assert notice_html(both(deployment), size="a4") == html
    assert first != pdf(deployment, "a3")


def test_the_pdf_is_accessible(tmp_path: Path) -> None:
    """It is tagged, says that it is PDF/UA, which its maker verified, and speaks of its languages."""
    document = pdf(sign_deployment(tmp_path))
    assert document.startswith(b"%PDF-")
    assert b"pdfuaid:part>1<" in document
    assert b"/Lang(cy)" in document
    assert b"/Lang(en)" in document
    assert (pages(document), pages(pdf(sign_deployment(tmp_path), "a3"))) == (2, 1)


def test_very_long_names_and_every_purpose_fit(tmp_path: Path) -> None:
    """The type shrinks until everything stands on one page a language; nothing is cut off, and it can be read."""
    long = (LONG * 2)[:195]
    text = RIGHT.replace("Wrexham city centre", long).replace(
        "[priority-offence, safeguarding]", f"[{', '.join(PURPOSES)}]"
    )
    record = RECORD + "/" + "x" * (199 - len(RECORD))
    sign = f"force: {long}\nprovider: {long}\nnotice: {{ask: '{long}', record: '{record}'}}\n"
    deployment = sign_deployment(tmp_path, text + "    footage: on\n" + sign)
    assert pages(pdf(deployment)) == 2
    assert 6 < type_size_pt(both(deployment), "a4") < type_size_pt(both(sign_deployment(tmp_path)), "a4")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_deployment_of_the_examples_has_a_sign(file: Path) -> None:
    """In both languages on A4, in type of nine points and more."""
    deployment = load_deployment(file, ENVIRONMENT)
    assert type_size_pt(both(deployment), "a4") >= 9


def test_letters_of_other_scripts_are_refused(tmp_path: Path) -> None:
    """What the font does not have would be a blank on the sign: the character and its place are named."""
    text = RIGHT.replace("Wrexham city centre", "Wrexham 漢") + SIGN
    with pytest.raises(PageError, match=r"'漢' \(U\+6F22\)"):
        pdf(sign_deployment(tmp_path, text))


def test_nothing_a_user_writes_is_markup(tmp_path: Path) -> None:
    """Typst and HTML in a name stand there as they are written; the HTML page fetches nothing."""
    name = "Police #read('x') *b* $1$ <b>x</b> & \\ @a"
    text = RIGHT + f"force: |-\n  {name}\n" + SIGN.split("\n", 1)[1]
    deployment = sign_deployment(tmp_path, text)
    assert deployment.force == name
    assert pdf(deployment).startswith(b"%PDF-")
    html = notice_html(both(deployment), size="a4")
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt; &amp;" in html
    page = _Page()
    page.feed(html)
    assert page.fetched == []
    assert page.languages == ["cy", "cy", "en"]
    assert html.count(f'aria-label="QR code that leads to {RECORD}"') == 1


def test_without_an_address_there_is_no_code(tmp_path: Path) -> None:
    """The sign stands without a QR code where the file gives no address of the record."""
    deployment = sign_deployment(tmp_path, RIGHT + "force: Police\nnotice: {ask: 101}\n")
    assert pages(pdf(deployment)) == 2
    html = notice_html(both(deployment), size="a3")
    assert 'class="code"' not in html
    assert "size: A3" in html
    with pytest.raises(ValueError, match="not in 0"):
        notice_html([], size="a4")
