"""The code that leads to the record: a QR code as an SVG drawing."""

from __future__ import annotations

import io
from typing import Final

_QUIET_MODULES: Final = 4
"""The white margin that a scanner needs (ISO/IEC 18004)."""


def code_svg(address: str) -> str:
    """The QR code of an address, black on white with its margin; the same address gives the same drawing.

    At least 15 % of it may be dirty (level M), more where that costs no larger code.
    """
    import segno

    drawing = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawing, kind="svg", border=_QUIET_MODULES, light="#fff", dark="#000", xmldecl=False, omitsize=True
    )
    return drawing.getvalue().decode()
