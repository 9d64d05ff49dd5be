"""From the evidence to what is looked for."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.canary.evidence import Evidence
from lfr_actors.canary.needles import Block, Exact, Needle, Pictures, Runs, Vectors
from lfr_actors.errors import PackError
from lfr_actors.vision.detect import OnnxDetector
from lfr_actors.vision.packs import LoadedPack
from lfr_actors.vision.packs.embedder import OnnxEmbedder

PIXELS, PLANES, LUMA = "pixels", "network input", "decoder's picture"
TEMPLATE, TEMPLATE_16 = "template, float32", "template, float16"
EXACT, JPEG, FILM = "crop, exact bytes", "JPEG of the face", "film in clear"

QUALITIES = (75, 80, 85, 90, 95)
"""JPEG qualities at which a crop is likely to be kept."""
TOLERANCES = (0.94, 0.96, 0.975, 0.985)
"""Least cosines between part of a template and part of a sample, tried in this order."""
_ROW_BYTES = 48
_PADDING = 16
"""Numbers behind a template that is tried out: in memory there always is something behind one."""


def wanted(evidence: Evidence, pack: LoadedPack) -> tuple[Needle, ...]:
    """Everything to look for in memory and files.

    Raises `PackError` when what is looked for would also be found in a stranger's template: then a find would
    mean nothing.
    """
    template, halves = _specific(evidence, pack)
    bgr = tuple(bytes(colour) for colour in evidence.colours)
    rgb = tuple(unit[::-1] for unit in bgr)
    return (
        Runs(kind=PIXELS, units=bgr[:2] + rgb[:2]),
        *_planes(evidence, pack),
        Runs(
            kind=LUMA, units=tuple(bytes([value]) for value in evidence.lumas), least=10, together_within=40
        ),
        template,
        halves,
        Exact(EXACT, [*_rows(evidence.chips), *jpeg_parts(evidence.chips)]),
        Pictures(kind=JPEG, colours=evidence.colours),
    )


def wanted_on_disk(evidence: Evidence) -> Exact:
    """The film's own packets: in memory they are footage on its way, on a disk they may only be sealed.

    Raises `ValueError` when no packet can be told from others.
    """
    middles = [packet[len(packet) // 2 :][:40] for packet in evidence.packets]
    telling = [middle for middle in middles if len(set(middle)) > 20]
    if not telling:
        raise ValueError("no packet of the film has a piece that only it can have")
    return Exact(FILM, telling)


def _specific(evidence: Evidence, pack: LoadedPack) -> tuple[Vectors, Vectors]:
    """What finds every template of the canary and every mean of four, wherever it begins, and no stranger's.

    As tolerant as the strangers in the film allow.
    """
    fused = np.stack([evidence.templates[at : at + 4].mean(axis=0) for at in range(len(evidence.chips) - 3)])
    own = np.concatenate([evidence.templates, fused])
    missed = others = 0
    for level in TOLERANCES:
        whole = Vectors(kind=TEMPLATE, samples=evidence.templates, least_cosine=level)
        halves = Vectors(kind=TEMPLATE_16, samples=evidence.templates, dtype="<f2", least_cosine=level)
        missed = others = 0
        for needle, kind in ((whole, np.float32), (halves, np.float16)):
            missed += sum(
                not len(needle.find(Block(_placed(row, kind, at % 8)))) for at, row in enumerate(own)
            )
            crowd = (_placed(evidence.strangers.reshape(-1), kind, start) for start in range(8))
            others += sum(len(needle.find(Block(content))) for content in crowd)
        if not missed and not others:
            return whole, halves
    raise PackError(
        pack.info.name,
        f"the canary's templates cannot be told from others: {missed} of {2 * len(own)} would be missed, "
        f"and {others} pieces of strangers' found",
    )


def _placed(values: NDArray[np.float32], kind: type[np.floating[Any]], start: int) -> bytes:
    """Numbers as bytes, `start` numbers behind the beginning."""
    return (
        np.concatenate([np.zeros(start, np.float32), values, np.zeros(_PADDING, np.float32)])
        .astype(kind)
        .tobytes()
    )


def _planes(evidence: Evidence, pack: LoadedPack) -> list[Needle]:
    """The colours as the networks are fed: float32, plane by plane or interleaved."""
    fed: set[tuple[bytes, ...]] = set()
    interleaved: set[bytes] = set()
    for colours in _fed(evidence, pack):
        for channel in range(3):
            fed.add(tuple(values[channel].tobytes() for values in colours))
        interleaved.add(colours[1].tobytes())
        interleaved.add(colours[1][::-1].tobytes())
    planes: list[Needle] = [
        Runs(kind=PLANES, units=(units[1], units[0], units[2]), least=5, together_within=160)
        for units in sorted(fed)
        if len(set(units)) == len(units)
    ]
    return [*planes, Runs(kind=PLANES, units=tuple(sorted(interleaved)), least=5)]


def _fed(evidence: Evidence, pack: LoadedPack) -> list[list[NDArray[np.float32]]]:
    """Each colour's three values as they come to detector and embedder, in BGR; and as plain floats."""
    plain = [np.array(colour, np.float32) for colour in evidence.colours]
    forms = [plain]
    if isinstance(pack.detector, OnnxDetector):
        forms.append([_blob(pack.detector, colour) for colour in evidence.colours])
    if isinstance(pack.embedder, OnnxEmbedder) and pack.embedder.settings.layout == "planes":
        settings = pack.embedder.settings
        mean = np.array(settings.mean if settings.channels == "bgr" else settings.mean[::-1], np.float32)
        forms.append([(colour - mean) * np.float32(settings.scale) for colour in plain])
    return forms


def _blob(detector: OnnxDetector, colour: tuple[int, int, int]) -> NDArray[np.float32]:
    picture = np.full((64, 64, 3), colour, np.uint8)
    planes = detector.prepare(picture, 64)[0][0, :, 0, 0].astype(np.float32)
    return planes[::-1].copy() if detector.settings.channels == "rgb" else planes


def _rows(chips: NDArray[np.uint8]) -> list[bytes]:
    """Pieces of chips' rows below the band, at the eyes and the mouth, where pixels differ most."""
    side = chips.shape[1]
    rows = (int(0.33 * side), int(0.5 * side), int(0.68 * side))
    first = int(0.3 * side)
    pieces = [chip[row, first:].tobytes()[:_ROW_BYTES] for chip in chips for row in rows]
    return [piece for piece in pieces if len(set(piece)) > 16]


def jpeg_parts(chips: NDArray[np.uint8]) -> list[bytes]:
    """Pieces from the middle of the JPEG files that crops would give."""
    parts = []
    for chip in chips[::2]:
        for quality in QUALITIES:
            content = cv2.imencode(".jpg", chip, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
            parts.append(content[len(content) // 2 :][:24])
            parts.append(content[3 * len(content) // 4 :][:24])
    return [part for part in parts if len(part) == 24]
