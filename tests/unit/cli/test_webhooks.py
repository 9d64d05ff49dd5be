"""`lfr webhooks list|test|replay|serve` as somebody at a keyboard meets them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import webhooks
from lfr_actors.delivery.cursor import Change, DeadLetter
from lfr_actors.delivery.secrets import new_secret
from lfr_actors.errors import InvalidFile, Refused, StoreError
from lfr_actors.evaluation.webhook_delivery import measure
from lfr_actors.events.cameras import CameraLost
from lfr_actors.store import Store
from tests.unit.events.samples import NOON, started
from tests.unit.spec.conftest import RIGHT
from tests.unit.store.samples import CLOSED

LOST = CameraLost(camera="station", reason="no frame for 5 s", retry_in_s=2.0)


class Hook(ThreadingHTTPServer):
    """A consumer in a thread of its own, which answers with `status`."""

    status = 204

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[dict[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the library
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A consumer at work."""
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def file(tmp_path: Path, hook: Hook) -> Path:
    """A deployment file with this consumer, told of three kinds of events."""
    place = f"http://127.0.0.1:{hook.server_address[1]}/hook?token=hidden"
    text = RIGHT.replace("wrexham-2024-09-07", "drill-1") + (
        f"webhooks:\n  - {{name: c2, url: '{place}', secret: {new_secret().text}, allow: [127.0.0.1]}}\n"
    )
    path = tmp_path / "drill.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def ended(home: Path) -> Path:
    """A data folder with a deployment that ended: events 1 to 5, of which 1, 3, 4 and 5 are asked for."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
        store.append("drill-1", LOST, LOST)
        store.end_deployment("drill-1", CLOSED)
    return home


def lfr(*arguments: object) -> Result:
    """Run `lfr webhooks …`."""
    app = typer.Typer()
    app.callback()(lambda: None)
    webhooks.register(app)
    structlog.reset_defaults()
    return CliRunner().invoke(app, ["webhooks", *map(str, arguments)])


def document(*arguments: object) -> Any:
    """What it prints with `--json`."""
    result = lfr(*arguments, "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    return json.loads(result.stdout)


def test_what_is_left_of_an_ended_deployment_is_delivered(ended: Path, file: Path, hook: Hook) -> None:
    """`list` says what waits, `serve` delivers it, `list` says that nothing does; no token is shown."""
    (before,) = document("list", file)
    assert (before["waiting"], before["delivered"], before["last_answer"]) == (4, 0, None)
    (after,) = document("serve", file)
    assert [body["seq"] for body in hook.got] == [1, 3, 4, 5]
    assert (after["waiting"], after["delivered"], after["last_answer"]) == (0, 4, "204")
    shown = lfr("list", file)
    assert "has everything" in shown.stdout
    assert "hidden" not in shown.stdout + json.dumps([before, after])


def test_an_endpoint_is_told_again_from_where_one_says(ended: Path, file: Path, hook: Hook) -> None:
    """`replay --after` sets it back, and `serve` delivers from there."""
    lfr("serve", file)
    hook.got.clear()
    assert document("replay", file, "c2", "--after", 3)["waiting"] == 2
    lfr("serve", file)
    assert [body["seq"] for body in hook.got] == [4, 5]


def test_dead_letters_are_shown_and_tried_again(ended: Path, file: Path, hook: Hook) -> None:
    """What an endpoint refused is listed with the reason; `replay --dead` has it tried again, and it is gone."""
    dead = DeadLetter(
        endpoint="c2",
        deployment_id="drill-1",
        event_seq=3,
        event_name="camera.lost",
        reason="refused: 422",
        attempts=3,
        at=NOON,
    )
    with Store.open(ended) as store:
        cursor = store.webhooks.begin("c2", "drill-1")
        store.webhooks.write([Change(cursor=replace(cursor, seq=6), dead=(dead,))])
    (fare,) = document("list", file)
    assert (fare["waiting"], fare["dead"][0]["seq"], fare["dead"][0]["reason"]) == (0, 3, "refused: 422")
    assert document("replay", file, "c2", "--dead")["waiting"] == 1
    (after,) = document("serve", file)
    assert ([body["seq"] for body in hook.got], after["dead"]) == ([3], [])


def test_an_endpoint_that_refuses_a_test_is_a_failure(ended: Path, file: Path, hook: Hook) -> None:
    """Exit status 1, and what it answered."""
    hook.status = 503
    result = lfr("test", file, "c2")
    assert (result.exit_code, "503" in result.stdout) == (1, True)


def test_one_test_posting_is_signed_and_written_nowhere(ended: Path, file: Path, hook: Hook) -> None:
    """It says what it was answered; the log and the cursor do not move."""
    said = document("test", file, "c2")
    assert (said["status"], said["fault"], said["meaning"]) == (204, None, "accepted")
    assert [(body["type"], body["seq"]) for body in hook.got] == [("webhook.test", 0)]
    with Store.open(ended) as store:
        assert (store.head().seq, store.webhooks.cursor("c2", "drill-1")) == (5, None)


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("test", "{file}", "c3"), InvalidFile, "has no webhook 'c3'; known are: c2"),
        (("replay", "{file}", "c2", "--after", "1"), StoreError, "was never told of anything"),
        (("replay", "{file}", "c2"), SystemExit, ""),
        (("replay", "{file}", "c2", "--after", "1", "--dead"), SystemExit, ""),
        (("list", "nowhere.yaml"), InvalidFile, "cannot be read"),
    ],
)
def test_bad_input_is_named(
    ended: Path, file: Path, words: tuple[str, ...], error: type[BaseException], says: str
) -> None:
    """A name that is not in the file, an endpoint that has no past, options that contradict each other."""
    result = lfr(*(word.format(file=file) for word in words))
    assert isinstance(result.exception, error)
    assert says in str(result.exception)
    assert result.exit_code != 0


def test_a_deployment_that_runs_is_left_to_itself(ended: Path, file: Path, home: Path) -> None:
    """Two couriers of one deployment would deliver everything twice."""
    with Store.open(home) as store, store.lease("drill-1"):
        assert isinstance(lfr("serve", file).exception, Refused)


def test_the_bench_counts_what_arrived(home: Path) -> None:
    """Every event reaches every endpoint, once from the courier and once from the bare client."""
    measured = measure(100, 2, home)
    assert (measured.events, measured.endpoints) == (100, 2)
    assert measured.ratio == pytest.approx(measured.courier_per_s / measured.bare_per_s)
