"""PDF from a template and data: tagged, accessible (PDF/UA-1), and the same bytes for the same data.

    compile_pdf("notice/notice.typ", data, title="Notice", at=moment, lang="en")

The data reaches the template as JSON text and is decoded there, so nothing that a user wrote is ever markup.
The only fonts are the DejaVu family that comes with matplotlib, whatever is installed on the machine. The time
stamp is the caller's.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.util
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from lfr_actors.errors import PageError

FONT: Final = "DejaVu Sans"
_FONT_FILE: Final = "DejaVuSans.ttf"
_STANDARD: Final = "ua-1"
_DRAWN_AS_SPACE: Final = frozenset("\t\n\r")
_PICTURES: Final = "svg"


def compile_pdf(template: str, data: Mapping[str, Any], *, at: dt.datetime, lang: str) -> bytes:
    """The PDF that a template of `lfr_actors.records` (its path there) makes of `data`.

    The template finds in `sys.inputs` the JSON of the data as `data`, and `lang`. Values under keys that are
    `svg`, or end in `_svg`, are drawings: their letters are not looked at. `at` is an aware moment: the time
    stamp of the document, whose seconds count. Raises `PageError` for a character that the font does not have,
    and where the template and the data do not fit.
    """
    import typst

    with as_file(files("lfr_actors.records")) as folder, _taken(template):
        pdf, warnings = typst.compile_with_warnings(
            **_arguments(folder, template, data, lang),
            format="pdf",
            timestamp=at.astimezone(dt.UTC).replace(microsecond=0),
            pdf_standards=_STANDARD,
        )
    if warnings or not isinstance(pdf, bytes):
        said = "; ".join(warning.message for warning in warnings) or "no single document came of it"
        raise PageError(Path(template).name, f"the page would not be as meant: {said}")
    return pdf


def template_value(template: str, data: Mapping[str, Any], label: str, *, lang: str) -> Any:
    """The value of the one `metadata` that a template labels so: what it found out while it laid out the page.

    Raises `PageError` as `compile_pdf` does.
    """
    import typst

    with as_file(files("lfr_actors.records")) as folder, _taken(template):
        arguments = _arguments(folder, template, data, lang)
        return json.loads(typst.query(selector=f"<{label}>", field="value", one=True, **arguments))


def _arguments(folder: Path, template: str, data: Mapping[str, Any], lang: str) -> dict[str, Any]:
    _check_letters(Path(template).name, data)
    return {
        "input": (folder / template).read_bytes(),
        "root": str(folder),
        "font_paths": _fonts(),
        "ignore_system_fonts": True,
        "sys_inputs": {"data": json.dumps(data, ensure_ascii=False, sort_keys=True), "lang": lang},
    }


@contextmanager
def _taken(template: str) -> Iterator[None]:
    """What typst says of a template and its data, as an error of the product."""
    import typst

    try:
        yield
    except typst.TypstError as error:
        reason = f"the template does not take this data: {error.message}"
        raise PageError(Path(template).name, reason) from error


def undrawable(text: str) -> str:
    """The characters of a text that the font does not have, each once, in order; empty when it has all."""
    letters = _letters()
    missing = (letter for letter in text if ord(letter) not in letters and letter not in _DRAWN_AS_SPACE)
    return "".join(dict.fromkeys(missing))


def _check_letters(name: str, data: Mapping[str, Any]) -> None:
    for where, text in _texts(data, ""):
        missing = undrawable(text)
        if missing:
            shown = ", ".join(f"{letter!r} (U+{ord(letter):04X})" for letter in missing[:5])
            raise PageError(
                name, f"{where} holds {shown}, which the font {FONT} does not have; write it in other letters"
            )


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text in plain JSON values that would be drawn as letters, with where it stands."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key != _PICTURES and not str(key).endswith(f"_{_PICTURES}"):
                yield from _texts(inner, f"{where}.{key}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{where}[{place}]")


def _font_folder() -> Path:
    """Where matplotlib keeps its fonts; found without importing it, which takes a while."""
    found = importlib.util.find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        raise PageError("PDF", "matplotlib, whose fonts are used, is not installed")
    return Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"


@functools.cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_font_folder())]
    )


@functools.cache
def _letters() -> frozenset[int]:
    """The code points that the font has."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_font_folder() / _FONT_FILE)).get_charmap())
