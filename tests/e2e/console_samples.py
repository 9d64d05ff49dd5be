"""A console over a store with synthetic alerts, for the browser test and for looking at it by hand:

    python -m tests.e2e.console_samples [--port 8440] [--two-person] [--empty]

Every account has the password that is printed. Nobody in it is real, but for the astronaut of scikit-image.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import socket
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from lfr_actors.actors.ports import CameraStatus
from lfr_actors.alerting.adjudication import Adjudicate, Confirm, Engage
from lfr_actors.alerting.case import Verdict
from lfr_actors.console.app import make_app
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.live import LiveState
from lfr_actors.console.passwords import Passwords
from lfr_actors.console.security import Security
from lfr_actors.console.serving import ConsoleServer
from lfr_actors.messages import (
    Alert,
    AlertId,
    CameraId,
    DeploymentId,
    GalleryVersion,
    SubjectId,
    TrackId,
    Wanted,
    WantedPicture,
)
from lfr_actors.people import Person, Role
from lfr_actors.spec.console import Console
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import act
from lfr_actors.tally import Latency
from tests.e2e import console_pictures as pictures
from tests.unit.events.samples import started

DEPLOYMENT = "croydon-2026-11-22"
PASSWORD = "four grey herons wading"
PEOPLE = {
    "b.hughes": Role.OPERATOR,
    "c.okafor": Role.OPERATOR,
    "s.whitlock": Role.SUPERVISOR,
    "a.lindqvist": Role.AUDITOR,
    "m.farrell": Role.ADMINISTRATOR,
}
CAMERAS = ("station-approach", "north-end", "bridge-street", "surrey-street-market")
LISTED = (
    ("red", "recall to prison", "Recall notice 2026/77, Criminal Justice Act 2003 s.254"),
    ("amber", "warrant", "Warrant of arrest, Croydon Magistrates 2026/1043"),
    ("green", "missing person", "Reported missing, reference MP/26/310"),
    ("amber", "court condition", "Sexual harm prevention order, check of conditions"),
    (None, None, None),
)


@dataclass(slots=True)
class Clock:
    """The time, as long ago as `back` says."""

    back: dt.timedelta = field(default_factory=dt.timedelta)

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) - self.back


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleConsole:
    """A store with a deployment and accounts, and the console over it, not yet served."""

    store: Store
    clock: Clock
    live: LiveState
    server: ConsoleServer
    idle_lock: dt.timedelta


def sample_console(home: Path, *, port: int | None = None, two_person: bool = False) -> SampleConsole:
    """A deployment that runs, without alerts, and everybody's account."""
    clock = Clock()
    store = Store.open(home, clock=clock)
    now = clock()
    clock.back = dt.timedelta(hours=2)
    body = replace(
        started(DEPLOYMENT),
        location="Croydon, North End",
        force="Metropolitan Police",
        authority_reference="LFR/2026/118",
        not_before=now - dt.timedelta(hours=2),
        not_after=now + dt.timedelta(hours=2, minutes=14),
        cameras=CAMERAS,
        two_person=two_person,
    )
    store.begin_deployment(DEPLOYMENT, body)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    hashed = passwords.hash_now(PASSWORD)
    for name, role in PEOPLE.items():
        store.people.accounts.add(name, role, hashed, who="set-up")
    clock.back = dt.timedelta()
    settings = Console(port=port or _free_port())
    live = LiveState()
    context = ConsoleContext(
        store=store,
        live=live,
        security=Security(store, settings, passwords=passwords),
        settings=settings,
        deployment_id=DEPLOYMENT,
        now=clock,
    )
    return SampleConsole(
        store=store,
        clock=clock,
        live=live,
        server=ConsoleServer(make_app(context), settings),
        idle_lock=settings.idle_lock,
    )


def raise_sample(console: SampleConsole, number: int, *, ago_s: float = 0.0, **changes: Any) -> AlertId:
    """Raise a synthetic alert; `changes` are of the subject's facts, as `Wanted` has them."""
    priority, category, basis = LISTED[number % len(LISTED)]
    face = pictures.drawn_face(number)
    probe = pictures.jpeg(pictures.seen_by_camera(face, number))
    portraits = [pictures.jpeg(pictures.drawn_face(number, turned=t)) for t in (0.0, 2.0, -2.0)]
    if number == 0:
        portraits[0] = pictures.astronaut_portrait()
        probe = pictures.jpeg(pictures.seen_by_camera(pictures.decoded(portraits[0]), number))
    wanted = Wanted(
        subject_id=SubjectId(f"NB-2026-{441 + number:04d}"),
        category=category,
        priority=priority,
        legal_basis=basis,
        date_of_birth=dt.date(1987, 4, 12),
        notes="May be in company. Distinctive walk.",
        pictures=tuple(
            WantedPicture(image_source=source, image_taken=taken)
            for source, taken in (
                ("custody", dt.date(2024, 5, 3)),
                ("passport", dt.date(2021, 1, 9)),
                (None, None),
            )
        ),
    )
    wanted = replace(wanted, **changes)
    console.clock.back = dt.timedelta(seconds=ago_s)
    alert = Alert(
        alert_id=AlertId(f"{number * 2654435761 % 2**64:016x}"),
        deployment_id=DeploymentId(DEPLOYMENT),
        camera_id=CameraId(CAMERAS[number % len(CAMERAS)]),
        track_id=TrackId(f"1-{number}"),
        subject_id=wanted.subject_id,
        captured_at=console.clock(),
        media_time_s=5025.2 - ago_s,
        score=0.958 + (number * 7 % 38) / 1000,
        threshold=0.955,
        hits=2 + number % 3,
        gallery_version=GalleryVersion("g1"),
        gallery_subjects=1874,
        pack="open",
        probe_jpeg=probe,
        context_jpeg=pictures.jpeg(pictures.street(face, number), 60),
    )
    console.store.raise_alert(alert, wanted, portraits)
    console.clock.back = dt.timedelta()
    return alert.alert_id


def fill(console: SampleConsole) -> None:
    """A morning's alerts: new ones, escalated ones, decided ones in every state."""
    ids = [raise_sample(console, number, ago_s=4000 - 260 * number) for number in range(11)]
    b, c = (Person(name=name, role=Role.OPERATOR) for name in ("b.hughes", "c.okafor"))
    words = {"t": Verdict.TRUE, "f": Verdict.FALSE, "c": Verdict.CANNOT_TELL}
    given = (
        {b: "ttfttct", c: "ttfttcf"} if console.store.deployment(DEPLOYMENT).two_person else {b: "ttfttct"}
    )
    for person, verdicts in given.items():
        for alert_id, verdict in zip(ids[:7], verdicts, strict=True):
            word = words[verdict]
            act(console.store, alert_id, Adjudicate(verdict=word, why="compared both ears"), person)
    act(console.store, ids[0], Engage(engaged=True, why=None), b)
    act(console.store, ids[0], Confirm(same_person=True, why=None), b)
    act(console.store, ids[3], Engage(engaged=False, why="lost in the crowd"), b)
    for number, ago_s in ((11, 95.0), (12, 44.0), (13, 12.0)):
        raise_sample(console, number, ago_s=ago_s)
    raise_sample(
        console,
        14,
        ago_s=4,
        subject_id=SubjectId("NB-2026-" + "0123456789" * 6),
        category="wanted for " + "very " * 20 + "many things",
        legal_basis="Article " * 60,
        notes="Somebody wrote all that they knew. " * 40,
    )


def show_cameras(console: SampleConsole, frames: int) -> None:
    """Tell of four cameras: two that see, one lost, one that opens."""
    latency = Latency()
    for number in range(frames // 3):
        latency.add_s((80 + number * 37 % 160) / 1e3)
    states = (
        ("live", None),
        ("live", None),
        ("lost", "no frame within 10 s: trying again in 8 s"),
        ("opening", None),
    )
    console.live.show(
        [
            CameraStatus(
                camera_id=CameraId(camera),
                state=state,
                reason=reason,
                frames=frames if state == "live" else 0,
                dropped=frames // 90,
                faces=frames // 7,
                searches=frames // 3,
                unsearched=0,
                alerts=3,
                media_time_s=frames / 6.4,
                elapsed_s=frames / 6.4,
                latency=latency.as_tuple(),
                last_frame_age_s=0.2 if state == "live" else 14.0 if state == "lost" else None,
            )
            for camera, (state, reason) in zip(CAMERAS, states, strict=True)
        ]
    )
    for number, camera in enumerate(CAMERAS[:2]):
        console.live.preview(camera, pictures.jpeg(pictures.preview(frames, number), 60))


def _free_port() -> int:
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        return int(trying.getsockname()[1])


async def _serve(arguments: argparse.Namespace, home: Path) -> None:
    console = sample_console(home, port=arguments.port, two_person=arguments.two_person)
    if not arguments.empty:
        await asyncio.to_thread(fill, console)
    await console.server.start()
    sys.stdout.write(f"{console.server.address}  {', '.join(PEOPLE)}: {PASSWORD}\n")
    sys.stdout.flush()
    try:
        for frames in range(600, 10**9, 3):
            show_cameras(console, frames)
            await asyncio.sleep(0.5)
    finally:
        await console.server.close()
        console.store.close()


def main() -> None:
    """Serve it until Ctrl-C."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8440)
    parser.add_argument("--two-person", action="store_true")
    parser.add_argument("--empty", action="store_true")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_serve(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
