"""What the canary's pass must have made in the product's memory, computed from the film with its own code.

Every frame in which the canary shows is read, searched for faces, aligned and embedded, as the deployment does
with some of them. What comes of it is what the hunt looks for; what the crowd gives must not be found by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray

from lfr_actors.canary.film import STREET_PX, STRIPES, CanaryFilm
from lfr_actors.errors import PackError
from lfr_actors.evaluation.scenes.cutout import read_picture
from lfr_actors.messages import Image
from lfr_actors.messages import Vectors as Templates
from lfr_actors.vision.align import align
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.packs import LoadedPack
from lfr_actors.vision.quality import QualityLimits, measure
from lfr_actors.vision.sources.picture import Upright
from lfr_actors.watchlist.rows import read_rows

LEAST_FRAMES = 12
"""A canary that gives a good face in fewer frames than this might not be searched at all."""
CROWD_EVERY = 12
"""Of the crowd every so many-th frame is embedded: enough to know what strangers look like."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What the canary looks like inside the product.

    `chips` uint8 (n, s, s, 3) BGR, one a frame. `templates` float32 (m, d) of them alone, in pairs and of
    their mirror images; `strangers` float32 (k, d) of the crowd. `colours` are the planted colours as the
    decoder gives them, BGR, `lumas` their brightness in the decoder's own picture. `packets`: the film's
    compressed packets while the canary shows. `nearest_listed`: the best score of the canary against the list.
    """

    chips: NDArray[np.uint8] = field(repr=False)
    templates: Templates = field(repr=False)
    strangers: Templates = field(repr=False)
    nearest_listed: float
    colours: tuple[tuple[int, int, int], ...]
    lumas: tuple[int, ...]
    packets: tuple[bytes, ...] = field(repr=False)


def gather(film: CanaryFilm, pack: LoadedPack, limits: QualityLimits) -> Evidence:
    """Go through the film as the deployment will.

    Raises `PackError` when the pack does not find the canary in enough frames, or not good enough to search.
    """
    chips, crowd = [], []
    refused: dict[str, int] = {}
    band: tuple[Image, NDArray[np.uint8]] | None = None
    for index, (time_s, picture, luma) in enumerate(_pictures(film)):
        shows = film.shows_from_s <= time_s < film.shows_to_s
        if not shows and index % CROWD_EVERY:
            continue
        faces = pack.detector.detect(picture)
        own = _nearest(faces, film.face_at) if shows else None
        for face in range(len(faces)):
            if face != own and index % CROWD_EVERY == 0:
                crowd.append(_chip(picture, faces, face, pack))
        if own is None:
            continue
        quality = measure(picture, faces.landmarks[own], limits)
        for failure in quality.failures:
            refused[failure.reason] = refused.get(failure.reason, 0) + 1
        if not quality.failures:
            chips.append(_chip(picture, faces, own, pack))
            band = picture, luma
    if len(chips) < LEAST_FRAMES or band is None:
        why = "; ".join(refused) or "the detector does not find it"
        raise PackError(
            pack.info.name, f"the canary is good enough to be searched in {len(chips)} frames: {why}"
        )
    stacked = np.stack(chips)
    colours, lumas = _colours(*band, film)
    templates = _templates(stacked, pack)
    return Evidence(
        chips=stacked,
        templates=templates,
        nearest_listed=float((templates @ _listed(film, pack).T).max()),
        strangers=np.concatenate([pack.embedder.embed(chip[None]) for chip in crowd]),
        colours=colours,
        lumas=lumas,
        packets=_packets(film),
    )


def _pictures(film: CanaryFilm) -> Iterator[tuple[float, Image, NDArray[np.uint8]]]:
    """Time, BGR as the product converts it, and brightness as the decoder has it."""
    upright = Upright()
    with av.open(str(film.film)) as container:
        for frame in container.decode(video=0):
            luma = np.asarray(frame.to_ndarray(format="yuv444p")[0], np.uint8)
            yield float(frame.time or 0.0), upright(frame, None), luma


def _nearest(faces: Faces, at: tuple[float, float]) -> int | None:
    """The face at a place of the wall; none when there is no face there."""
    if not len(faces):
        return None
    middles = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    away = np.linalg.norm(middles - np.array(at, np.float32), axis=1)
    best = int(away.argmin())
    return best if away[best] < 60 and middles[best, 0] > STREET_PX else None


def _chip(picture: Image, faces: Faces, face: int, pack: LoadedPack) -> Image:
    return align(picture, faces.landmarks[face], pack.embedder.chip_points, pack.embedder.chip_size)


def _listed(film: CanaryFilm, pack: LoadedPack) -> Templates:
    """A template of each picture of the list. Raises `PackError` for one in which no face is found."""
    found = []
    for row in read_rows(film.watchlist):
        picture = read_picture(row.path)
        faces = pack.detector.detect(picture)
        if not len(faces):
            raise PackError(pack.info.name, f"finds no face in {row.image}, which is on the canary's list")
        found.append(pack.embedder.embed(_chip(picture, faces, 0, pack)[None]))
    return np.concatenate(found)


def _templates(chips: NDArray[np.uint8], pack: LoadedPack) -> Templates:
    """Templates of chips, of two at a time and of mirror images: what the network may hold on the way."""
    alone = np.concatenate([pack.embedder.embed(chip[None]) for chip in chips])
    pairs = pack.embedder.embed(chips[:2])
    mirrored = pack.embedder.embed(np.ascontiguousarray(chips[::4, :, ::-1]))
    return np.concatenate([alone, pairs, mirrored])


def _colours(
    picture: Image, luma: NDArray[np.uint8], film: CanaryFilm
) -> tuple[tuple[tuple[int, int, int], ...], tuple[int, ...]]:
    """The stripes as they come out of the decoder: the colour nearest the painted one that is there most."""
    found, bright = [], []
    x, y = (round(value) for value in film.face_at)
    area = np.s_[y - 110 : y + 60, x - 90 : x + 90]
    pixels, lumas = picture[area].reshape(-1, 3), luma[area].reshape(-1)
    for stripe in STRIPES:
        near = np.flatnonzero(np.abs(pixels.astype(int) - stripe).max(axis=1) <= 4)
        values, counts = np.unique(pixels[near], axis=0, return_counts=True)
        most = values[counts.argmax()]
        found.append((int(most[0]), int(most[1]), int(most[2])))
        bright.append(int(np.bincount(lumas[near[(pixels[near] == most).all(axis=1)]]).argmax()))
    return tuple(found), tuple(bright)


def _packets(film: CanaryFilm) -> tuple[bytes, ...]:
    with av.open(str(film.film)) as container:
        return tuple(
            bytes(packet)
            for packet in container.demux(video=0)
            if packet.pts is not None
            and packet.time_base is not None
            and film.shows_from_s <= float(packet.pts * packet.time_base) < film.shows_to_s
        )
