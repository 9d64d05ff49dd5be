"""Measures in a few seconds, on this machine, what the steps of a face's way cost: no Ray, no camera, no face.

Steps of arithmetic are measured as processor time, so that waiting for others does not count (a busy machine is
dearer all the same: its caches and its clock are shared); commits as time on the clock, because they wait for the
disk. Each figure is of the quickest of several calls, the one that was least disturbed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from lfr_actors.evaluation.capacity.costs import QUOTED, Costs, Origin

if TYPE_CHECKING:
    from lfr_actors.messages import Image

LIST_LENGTHS: Final = (17_000, 60_000)
"""Templates on the lists that are searched; a straight line through both gives the two parts of the cost."""
BATCH: Final = 8
DIM: Final = 128
LONG_SIDE_PX: Final = 640
_CALLS: Final = 7
_FILM_FRAMES: Final = 25
_EVENTS: Final = 200


def measure_costs(
    home: Path | str | None = None,
    *,
    pack: str = "open",
    progress: Callable[[str], None] = lambda _: None,
) -> Costs:
    """As many figures as can be measured here, measured here; the others are quoted.

    `pack` is prepared in the data folder `home` (by default that of `LFR_HOME` or the account) if it is not
    there. Film, list and database are made up in a folder that is deleted again. `progress` is told what comes
    next. Raises `PackError` for a pack that cannot be loaded.
    """
    from lfr_actors.home import lfr_home
    from lfr_actors.machine import usable_cores

    where = f"here, {usable_cores():g} cores, {platform.machine()}"
    kept = lfr_home(None if home is None else Path(home))
    with tempfile.TemporaryDirectory(prefix="lfr-capacity-") as scratch:
        progress("a film is painted and decoded")
        street, decode_ms = _decoding(Path(scratch))
        progress(f"faces are looked for and embedded, pack {pack}")
        detect_ms, embed_ms, chip_bytes = _pack(pack, kept, street)
        progress("lists are searched")
        fixed_ms, per_template_us, template_bytes = _searching()
        progress("events and alerts are committed")
        event_ms, alert_ms, event_bytes = _committing(Path(scratch))
    values = {
        "decode_ms": decode_ms,
        "detect_ms": detect_ms,
        "embed_ms": embed_ms,
        "search_fixed_ms": fixed_ms,
        "search_per_template_us": per_template_us,
        "template_bytes": template_bytes,
        "event_commit_ms": event_ms,
        "alert_commit_ms": alert_ms,
        "event_bytes": event_bytes,
    }
    figures = {name: getattr(QUOTED, name).measured(value, where) for name, value in values.items()}
    if pack != "open":
        for name, does in (
            ("detect_ms", "find the faces of a frame"),
            ("embed_ms", "a template of one face"),
        ):
            figures[name] = dataclasses.replace(figures[name], what=f"{does}, pack {Path(pack).name}")
    source = f"the chip of pack {Path(pack).name}"
    chip = dataclasses.replace(QUOTED.chip_bytes, value=chip_bytes, origin=Origin.COMPUTED, source=source)
    return dataclasses.replace(QUOTED, chip_bytes=chip, **figures)


def _decoding(folder: Path) -> tuple[Image, float]:
    """A picture of a street, and what a frame of a film that moves across it costs to decode."""
    from lfr_actors.evaluation.scenes.film import write_film
    from lfr_actors.evaluation.scenes.settings import SceneSettings
    from lfr_actors.evaluation.scenes.street import paint_street
    from lfr_actors.spec.source import parse_source
    from lfr_actors.vision.sources.reader import open_reader

    settings = SceneSettings()
    street = paint_street(settings, np.random.default_rng(settings.seed)).picture
    moving = (np.ascontiguousarray(np.roll(street, -3 * step, axis=1)) for step in range(_FILM_FRAMES))
    film = folder / "street.mp4"
    write_film(film, moving, settings, None)
    began_s = time.process_time()
    with contextlib.closing(open_reader(parse_source(f"file:{film}", folder), pace="max")) as reader:
        frames = sum(1 for _ in reader.frames())
    return street, (time.process_time() - began_s) * 1e3 / frames


def _pack(pack: str, home: Path, picture: Image) -> tuple[float, float, float]:
    """What detecting and embedding cost on one thread, and how large a chip is, bytes."""
    from lfr_actors.vision.packs import load_pack

    loaded = load_pack(pack, home=home, device="cpu", threads=1, long_side_px=LONG_SIDE_PX)
    side = loaded.embedder.chip_size
    chip = np.zeros((1, side, side, 3), np.uint8)
    detect_ms = _quickest_ms(lambda: loaded.detector.detect(picture), time.process_time)
    embed_ms = _quickest_ms(lambda: loaded.embedder.embed(chip), time.process_time)
    return detect_ms, embed_ms, float(chip.nbytes)


def _searching() -> tuple[float, float, float]:
    """The fixed part of a search, what each template adds, and the memory of a template, bytes."""
    from lfr_actors.evaluation.vectors import SyntheticFaces, SyntheticList
    from lfr_actors.messages import GalleryVersion
    from lfr_actors.watchlist.scan import exact_search

    per_search_ms = []
    memory_bytes = 0.0
    for templates in LIST_LENGTHS:
        faces = SyntheticFaces(people=templates, pictures=1, dim=DIM, seed=1)
        made = SyntheticList(faces=faces, threshold=0.5, version=GalleryVersion("capacity"))
        searcher = exact_search(made(0, 1))
        probes = faces.strangers(BATCH)

        def search_batch(searcher=searcher, probes=probes) -> object:  # type: ignore[no-untyped-def]
            return searcher.search(probes, 5)

        per_search_ms.append(_quickest_ms(search_batch, time.process_time) / BATCH)
        memory_bytes = searcher.memory_bytes / templates
        searcher.forget()
    short, long = LIST_LENGTHS
    slope_ms = max((per_search_ms[1] - per_search_ms[0]) / (long - short), 1e-7)
    return max(per_search_ms[0] - slope_ms * short, 1e-3), 1e3 * slope_ms, memory_bytes


def _committing(folder: Path) -> tuple[float, float, float]:
    """What committing an event and an alert takes, and what an event takes in the database, bytes."""
    from lfr_actors.evaluation.composed_run import ComposedDay, camera_report, made_up_alert, started
    from lfr_actors.store import Store
    from lfr_actors.store.elsewhere import by_itself

    day = ComposedDay(deployment="capacity", people_on_list=1)
    with by_itself(), Store.open(folder) as store:
        store.begin_deployment(day.deployment, started(day))
        report = camera_report(day)
        database = folder / "lfr.db"
        event_ms = _quickest_ms(lambda: store.append(day.deployment, report), time.perf_counter)
        size = _bytes_of(database)
        store.append(day.deployment, *([report] * _EVENTS))
        event_bytes = (_bytes_of(database) - size) / _EVENTS
        numbers = iter(range(1_000))
        alert_ms = _quickest_ms(
            lambda: store.raise_alert(made_up_alert(day, next(numbers))), time.perf_counter
        )
    return event_ms, alert_ms, event_bytes


def _bytes_of(database: Path) -> int:
    """How much the pages in use take, those in the write-ahead log with them."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(database)) as connection:
        (pages,) = connection.execute("pragma page_count").fetchone()
        (page_bytes,) = connection.execute("pragma page_size").fetchone()
    return int(pages * page_bytes)


def _quickest_ms(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """The quickest of several calls by this clock, ms; the first call is not counted."""
    return min(_times_s(call, clock)) * 1e3


def _times_s(call: Callable[[], object], clock: Callable[[], float]) -> Iterator[float]:
    call()
    for _ in range(_CALLS):
        began_s = clock()
        call()
        yield clock() - began_s
