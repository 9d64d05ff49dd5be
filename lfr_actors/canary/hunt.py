"""The hunt: compose, run the deployment in a process of its own, copy and search at the moments promised."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lfr_actors.canary import report as told
from lfr_actors.canary.consumer import Consumer
from lfr_actors.canary.controls import FILE_NAME, make_controls
from lfr_actors.canary.deployment import WatchedRun, running, write_deployment
from lfr_actors.canary.evidence import gather
from lfr_actors.canary.film import CanaryFilm, compose_canary_film, compose_crowd_film
from lfr_actors.canary.memory import Copy, NotSearched, copy_memory, process_name, processes_below
from lfr_actors.canary.needles import Needle
from lfr_actors.canary.places import SHARED, Folders, ray_folders, search_places
from lfr_actors.canary.report import Moment, Report
from lfr_actors.canary.search import Searched, search_copy
from lfr_actors.canary.wanted import wanted, wanted_on_disk
from lfr_actors.errors import Refused
from lfr_actors.private_file import make_private_folder, write_private
from lfr_actors.vision.packs import load_pack
from lfr_actors.vision.quality import QualityLimits

BEFORE_END_S = 0.6
"""How long before the canary leaves the memory is looked at for the first time."""
ROLL_CALL_S = 0.7
"""So long before a look it is asked which processes there are."""
SEARCH_S = 4.0
"""Longer than one process's copy takes to be searched: a look is not kept waiting."""
DRIVER = "driver"
_ROLES = {
    "CameraActor": "camera",
    "EmbedderActor": "embedder",
    "MatcherShard": "matcher",
    "AlertDesk": "alert desk",
    "ConsoleActor": "console",
    "CourierActor": "courier",
    "RetentionActor": "retention",
    "lfr_actors.canary.driver": DRIVER,
    "raylet/raylet": "raylet",
    "gcs_server": "gcs_server",
}
"""What a command line contains, and what the report calls the process; in the order of copying."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntSettings:
    """`home` None: a data folder of its own. `more_cameras`: how many more cameras see the crowd meanwhile."""

    pack: str
    threshold: float
    home: Path | None = None
    more_cameras: int = 0
    keep: bool = False


def hunt(settings: HuntSettings, say: Say = lambda _: None) -> Report:
    """Run the whole hunt; `say` is told what is being done.

    Raises `PackError` for a pack that does not see the canary, `Refused` for a threshold at which the canary is
    a match, `NotReady` when the deployment does not start or ends too early.
    """
    work = Path(
        tempfile.mkdtemp(prefix="lfr-")
    )  # a short name: sockets below it have room for 107 characters
    try:
        home = settings.home or work / "home"
        make_private_folder(home)
        folders = Folders(
            home=home,
            keys=home / "keys",
            temporary=work / "t",
            log=work / "run.log",
            told=work / "webhooks",
            material=work / "film",
        )
        for folder in (folders.temporary, folders.material):
            make_private_folder(folder)
        return _Hunt(settings, folders, say).run()
    finally:
        if settings.keep:
            say(f"kept in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


class _Hunt:
    """One hunt, in its folders."""

    def __init__(self, settings: HuntSettings, folders: Folders, say: Say) -> None:
        self._settings, self._folders, self._say = settings, folders, say
        self._name = f"canary-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{os.getpid()}"
        self._seed = os.getpid()
        self._controls = make_controls(self._seed)
        self._in_memory: tuple[Needle, ...] = ()
        self._on_disk: tuple[Needle, ...] = ()
        self._started_at_s = time.time()
        self._left_s = 0.0
        self._ray: set[Path] = set()
        self._waiting: deque[_Waiting] = deque()

    def run(self) -> Report:
        """See `hunt`."""
        self._say("composing the film")
        pack = load_pack(self._settings.pack, home=self._folders.home, device="cpu", threads=1)
        film = compose_canary_film(self._folders.material, pack.detector)
        crowd = None
        if self._settings.more_cameras:
            crowd = compose_crowd_film(self._folders.material, pack.detector)
        self._say("computing what must not be found")
        evidence = gather(film, pack, QualityLimits())
        if evidence.nearest_listed >= self._settings.threshold:
            raise Refused(
                f"threshold {self._settings.threshold:g}",
                f"the canary would match the list, with a score of {evidence.nearest_listed:.3f}, and be kept "
                "lawfully: choose a higher one",
            )
        self._in_memory = wanted(evidence, pack)
        self._on_disk = (*self._in_memory, *self._controls.needles, wanted_on_disk(evidence))
        del pack, evidence
        return self._follow(film, crowd)

    def _write_file(self, film: CanaryFilm, crowd: Path | None, webhooks_to: str) -> Path:
        return write_deployment(
            self._folders.material / "deployment.yaml",
            self._name,
            film,
            [crowd] * self._settings.more_cameras if crowd is not None else [],
            pack=self._settings.pack,
            threshold=self._settings.threshold,
            webhooks_to=webhooks_to,
        )

    def _follow(self, film: CanaryFilm, crowd: Path | None) -> Report:
        """Run the deployment and look at the moments promised, then at what it left."""
        self._say("starting the deployment")
        with (
            self._control_files(),
            Consumer(self._folders.told) as consumer,
            running(
                self._write_file(film, crowd, consumer.url), self._name, self._folders, self._seed
            ) as run,
        ):
            began_s, timed_by = run.find_beginning()
            self._left_s = began_s + film.shows_to_s
            moments = [
                self._look_during(run),
                self._look(told.ONE, 1.0, run),
                self._look(told.TEN, 10.0, run),
            ]
            self._say("waiting for the end of the deployment")
            outcome = run.outcome()
            self._say("searching what was copied, and everything the run left behind")
            self._search_waiting(None)
            left = search_places(self._folders, self._ray, (), self._on_disk, None)
        return Report(
            pack=self._settings.pack,
            threshold=self._settings.threshold,
            deployment=self._name,
            cameras=1 + self._settings.more_cameras,
            pass_s=film.shows_to_s - film.shows_from_s,
            timed_by=timed_by,
            moments=(*moments, Moment(when=told.AFTER, memory=(), places=tuple(left))),
            controls=self._controls.kinds,
            outcome=outcome,
        )

    @contextmanager
    def _control_files(self) -> Iterator[None]:
        """The controls in the data folder and in shared memory, for as long as the hunt lasts."""
        files = (self._folders.home / FILE_NAME, SHARED / f"lfr-{self._name}")
        try:
            for file in files:
                write_private(file, self._controls.content)
            yield
        finally:
            for file in files:
                file.unlink(missing_ok=True)

    def _look_during(self, run: WatchedRun) -> Moment:
        """The cameras' memory while the canary passes: it must be there."""
        self._say("the canary passes")
        cameras = [(pid, called) for pid, called in _roles(run.pid) if called == "camera"]
        run.wait_until(self._left_s - BEFORE_END_S)
        return Moment(when=told.DURING, memory=self._copy(cameras))

    def _look(self, when: str, seconds: float, run: WatchedRun) -> Moment:
        """Copy the memory of every process, then search every other place; the copies when there is time."""
        self._search_waiting(self._left_s + seconds - ROLL_CALL_S)
        run.wait_until(self._left_s + seconds - ROLL_CALL_S)
        processes = _roles(run.pid)
        pids = [pid for pid, _ in processes]
        self._ray |= ray_folders(pids)
        self._say(f"looking {when} after the pass")
        run.wait_until(self._left_s + seconds)
        memory = self._copy(processes)
        places = search_places(self._folders, self._ray, pids, self._on_disk, self._started_at_s)
        return Moment(when=when, memory=memory, places=tuple(places))

    def _copy(self, processes: Sequence[tuple[int, str]]) -> tuple[Searched, ...]:
        """Copy processes one after the other. What is in the copies is filled in when they are searched."""
        left_monotonic_s = time.monotonic() - (time.time() - self._left_s)
        memory = []
        for pid, place in processes:
            copy = copy_memory(pid)
            searched = Searched(place=place)
            memory.append(searched)
            if isinstance(copy, NotSearched):
                searched.not_searched.append(f"process {pid}: {copy.reason}")
            else:
                searched.began_s = copy.began_s - left_monotonic_s
                searched.ended_s = copy.ended_s - left_monotonic_s
                self._waiting.append(_Waiting(copy, searched))
        return tuple(memory)

    def _search_waiting(self, until_s: float | None) -> None:
        """Search copies, one after the other, as long as the next is sure to be done before a moment."""
        while self._waiting and (until_s is None or time.time() + SEARCH_S < until_s):
            copy, searched = self._waiting.popleft()
            controls = self._controls.needles if searched.place == DRIVER else ()
            search_copy(copy, searched, (*self._in_memory, *controls))


class _Waiting(NamedTuple):
    """A copy, and where what is found in it goes."""

    copy: Copy
    searched: Searched


def role(name: str) -> str:
    """What a process with this command line is in the deployment."""
    for part, called in _ROLES.items():
        if part in name:
            return called
    words = name.removeprefix("ray::").split()
    scripts = [Path(word).stem for word in words if word.endswith(".py")]
    return scripts[0] if scripts else (Path(words[0]).name if words else "a process that ended")


def _roles(driver: int) -> list[tuple[int, str]]:
    """The processes of the deployment in the order of copying: those first that handle faces."""
    order = [*_ROLES.values()]
    found = [(pid, role(process_name(pid))) for pid in processes_below(driver)]
    return sorted(found, key=lambda one: order.index(one[1]) if one[1] in order else len(order))
