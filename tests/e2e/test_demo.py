"""The demo as a newcomer runs it: one command, on real Ray, offline; its console and a webhook beside it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application

from lfr_actors.delivery.bodies import WebhookEvent
from lfr_actors.delivery.receiver import WebhookReceiver
from lfr_actors.delivery.secrets import read_secret
from lfr_actors.vision.packs import LoadedPack

pytestmark = [pytest.mark.e2e, pytest.mark.cluster]
LFR = Path(sys.executable).parent / "lfr"
SECRET = "LFR_WEBHOOK_SECRET"


@dataclass
class Console:
    """What somebody saw who signed in with what the demo printed, while the film ran."""

    page: str = ""
    header: dict[str, Any] = field(default_factory=dict)
    cameras: dict[str, Any] = field(default_factory=dict)
    refused: int = 0


@dataclass
class Demo:
    """A short demo: its document, what the console showed meanwhile, and what a consumer was told."""

    document: dict[str, Any]
    console: Console
    told: list[WebhookEvent]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One demo, with everything around it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
        return asyncio.run(_run({**os.environ, "LFR_HOME": str(home)}))


@pytest.fixture
def demo(ran: Demo) -> dict[str, Any]:
    """The JSON document of the demo; its folder is named in it."""
    return ran.document


async def _run(environment: dict[str, str]) -> Demo:
    told: list[WebhookEvent] = []

    async def on_event(event: WebhookEvent) -> None:
        told.append(event)

    consumer = Application()
    consumer.router.add_post("/hook", WebhookReceiver([read_secret(SECRET)]).handler(on_event))
    async with asyncio.timeout(280), TestServer(consumer) as server:
        running = await asyncio.create_subprocess_exec(
            *(str(LFR), "demo", "--seconds", "12", "--json", "--webhook", str(server.make_url("/hook"))),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert running.stdout is not None
        assert running.stderr is not None
        lines: list[str] = []
        reading = asyncio.create_task(_keep_reading(running.stderr, lines))
        watching = asyncio.create_task(_look(lines))
        printed = await running.stdout.read()
        status = await running.wait()
        await reading
        watching.cancel()
        await asyncio.wait([watching])
        assert status == 0, "\n".join(lines)
        assert not watching.cancelled(), "the console did not answer while the film ran"
        return Demo(document=json.loads(printed), console=watching.result(), told=told)


async def _keep_reading(stream: asyncio.StreamReader, lines: list[str]) -> None:
    async for line in stream:
        lines.append(line.decode())


async def _look(lines: list[str]) -> Console:
    """Sign in as the demo says, once it does, and look at the page and the API until the camera is seen at work."""
    password = await _printed(r"sign in to the console as demo with the password (\S+)", lines)
    address = await _printed(r"console at (\S+)", lines)
    seen = Console()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        while not await _answers(client, f"{address}/health"):
            await asyncio.sleep(0.2)
        async with client.get(f"{address}/api/v1/deployments") as answer:
            seen.refused = answer.status
        async with client.get(f"{address}/sign-in") as answer:
            token = _found(r'name="csrf" value="([^"]+)"', await answer.text())
        form = {"csrf": token, "name": "demo", "password": password, "next": "/"}
        async with client.post(f"{address}/sign-in", data=form, headers={"Origin": address}) as answer:
            seen.page = await answer.text()
        async with client.get(f"{address}/api/v1/deployments") as answer:
            name = (await answer.json())["deployments"][0]["deployment_id"]
        here = f"{address}/api/v1/deployments/{name}"
        while not (seen.cameras.get("live") and seen.cameras["cameras"][0]["faces"]):
            async with client.get(f"{here}/cameras") as answer:
                seen.cameras = await answer.json()
            async with client.get(here) as answer:
                seen.header = await answer.json()
            await asyncio.sleep(0.2)
    return seen


async def _printed(pattern: str, lines: list[str]) -> str:
    while not (found := re.search(pattern, "".join(lines))):
        await asyncio.sleep(0.1)
    return found[1]


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def test_the_console_shows_the_film_while_it_runs(ran: Demo) -> None:
    """Signed in as printed one gets the deployment's page and the API's figures of its camera; others do not."""
    assert ran.console.refused == 401
    assert str(ran.document["deployment"]) in ran.console.page
    assert "A composed street" in ran.console.page
    assert ran.console.header["state"] == "running"
    (camera,) = ran.console.cameras["cameras"]
    assert (camera["camera_id"], camera["faces"] > 0) == ("high-street", True)


def test_a_consumer_is_told_of_every_alert_and_of_the_end(ran: Demo) -> None:
    """Each alert once, in the order of the log, and before the courier is ended that the deployment is over."""
    assert [event.type for event in ran.told].count("alert.raised") == len(ran.document["alerts_raised"])
    numbers = [event.seq for event in ran.told]
    assert numbers == sorted(set(numbers))
    assert ran.told[0].type == "deployment.started"
    assert "deployment.closed" in [event.type for event in ran.told]
    subjects = {str(alert["subject_id"]) for alert in ran.document["alerts_raised"]}
    assert not any(subject in repr(event) for event in ran.told for subject in subjects)


def test_both_people_on_the_list_are_found_and_nobody_else(demo: dict[str, Any]) -> None:
    """Each pass of a target has one alert inside it, there is no other alert, and no frame was dropped."""
    passes, alerts = demo["passes_of_targets"], demo["alerts_raised"]
    assert isinstance(passes, list)
    assert isinstance(alerts, list)
    assert len(passes) == len(alerts) == 2
    for walked in passes:
        own = [alert for alert in alerts if alert["subject_id"] == walked["subject_id"]]
        assert len(own) == 1
        assert walked["enter_s"] <= own[0]["media_time_s"] <= walked["leave_s"]
    assert demo["dropped"] == 0
    assert demo["frames"] == 12 * 25


def test_the_page_of_alerts_needs_nothing_else(demo: dict[str, object]) -> None:
    """Two cards with three pictures each, held in the page itself: no address is asked for anything."""
    page = (Path(str(demo["folder"])) / "alerts.html").read_text()
    assert page.count("<article>") == 2
    assert page.count("data:image/jpeg;base64,") == 6
    assert not re.search(r"(src|href)=[\"'](?!data:)|https?://", page)


def test_the_annotated_film_shows_nobody_but_alerts(demo: dict[str, object], open_pack: LoadedPack) -> None:
    """In frames before the first alert a detector finds faces in the film and none in the annotated one."""
    folder = Path(str(demo["folder"]))
    alerts = demo["alerts_raised"]
    assert isinstance(alerts, list)
    first_s = min(alert["media_time_s"] for alert in alerts)
    shown = {
        name: _faces(folder / name, open_pack, before_s=first_s - 0.2)
        for name in ("film.mp4", "annotated/high-street.mp4")
    }
    assert shown["film.mp4"] > 10
    assert shown["annotated/high-street.mp4"] <= 0.02 * shown["film.mp4"]


def _faces(film: Path, pack: LoadedPack, before_s: float) -> int:
    """Confident detections in every tenth frame up to a time."""
    found = 0
    with av.open(str(film)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if float(frame.time or 0) >= before_s:
                break
            if index % 10 == 0:
                faces = pack.detector.detect(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
                found += int((faces.scores > 0.6).sum())
    return found
