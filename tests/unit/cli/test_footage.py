"""`lfr footage`: what scripts and people read, and that nobody looks unseen."""

from __future__ import annotations

import datetime as dt
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import footage
from lfr_actors.errors import Erased, InvalidFile, KeyRefused
from lfr_actors.footage.plan import FootagePlan, camera_folder
from lfr_actors.footage.recording import Recording
from lfr_actors.footage.segment import SegmentKey, SegmentStart
from lfr_actors.retention.policy import DEFAULT_POLICY
from lfr_actors.store import Store
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.events.samples import started
from tests.unit.footage.takes import at_its_speed, h264_film, pictures, tape

WHY = ("--why", "complaint 7")


@pytest.fixture(autouse=True)
def _wide_terminal_and_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables do not wrap, and nothing from outside is read."""
    monkeypatch.setenv("COLUMNS", "200")
    for variable in ("LFR_DATABASE_URL", "LFR_KEYS", "LFR_KEK"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[SourcePacket]:
    """Four seconds of H.264."""
    return tape(h264_film(tmp_path_factory.mktemp("film") / "film.mp4"))


def record(
    store: Store,
    packets: list[SourcePacket],
    *,
    deployment: str = "drill-1",
    camera: str = "east",
    lifetime: dt.timedelta = dt.timedelta(days=100_000),
) -> None:
    """Footage of a camera in segments of two seconds, written as a camera does."""

    def begin(start: SegmentStart) -> SegmentKey:
        key = store.retained.begin_segment(start, DEFAULT_POLICY.version)
        return SegmentKey(object_id=start.object_id, key=key, path=start.path)

    recording = Recording(
        FootagePlan(
            mode="on",
            folder=camera_folder(store.home, deployment, camera),
            lifetime_s=lifetime.total_seconds(),
            segment_s=2,
        ),
        deployment_id=deployment,
        camera_id=camera,
        begin=begin,
        end=store.retained.end_segment,
        tell=lambda _: None,
        monotonic=lambda: 0.0,
        free_bytes=lambda: 1 << 40,
    )
    for packet in packets:
        recording.take(packet)
    recording.finish()


@pytest.fixture
def store(home: Path, packets: list[SourcePacket]) -> Iterator[Store]:
    """A store with two segments of one camera and two of another."""
    with Store.open(home) as opened:
        opened.begin_deployment("drill-1", started("drill-1"))
        record(opened, packets)
        record(opened, packets, camera="west")
        yield opened


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    footage.register(app)
    return CliRunner().invoke(app, ["footage", *arguments])


def viewed(store: Store) -> list[tuple[str, str]]:
    """What was looked at, and why."""
    return [
        (str(event.public["what"]), str(event.public["why"]))
        for event in store.events()
        if event.name == "access.viewed"
    ]


def test_the_list_as_json_has_the_promised_keys(store: Store) -> None:
    """Scripts find the documented keys, oldest segment first, and nothing else on stdout."""
    rows = json.loads(lfr("list", "--camera", "east", "--json").stdout)
    assert [(row["from_media_s"], row["packets"], row["state"]) for row in rows] == [
        (0, 50, "complete"),
        (pytest.approx(2), 50, "complete"),
    ]
    assert list(rows[0]) == [
        "object_id", "deployment", "camera", "started_at", "ended_at", "from_media_s", "to_media_s", "codec",
        "width", "height", "packets", "size_bytes", "sha256", "state", "held",
    ]  # fmt: skip
    assert rows[0]["object_id"].startswith("footage:")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ((), 4),
        (("--from", "2.5s"), 2),
        (("--to", "1s"), 2),
        (("--from", "2026-01-01T12:00:03+00:00"), 2),
        (("--to", "2026-01-01T13:00:01+01:00"), 2),
        (("--deployment", "other"), 0),
        (("--camera", "west", "--from", "0s", "--to", "1s"), 1),
    ],
)
def test_the_list_can_be_narrowed(store: Store, options: tuple[str, ...], count: int) -> None:
    """By deployment, camera, time of day and seconds of the film."""
    assert len(json.loads(lfr("list", "--json", *options).stdout)) == count


def test_the_list_for_people(store: Store) -> None:
    """A line a segment, with its state; a held one says so; without any, it says that too."""
    object_id = store.retained.segments()[0].object_id
    store.retained.place_hold(
        object_id, reason="complaint", authority="C/7", review_on=dt.date(2030, 1, 1), who="officer"
    )
    shown = lfr("list").stdout
    assert "complete, held" in shown
    assert object_id.partition(":")[2][:10] in shown
    assert lfr("list", "--camera", "none").stdout.strip() == "no footage"


def test_without_a_database_there_is_no_footage(home: Path) -> None:
    """A new folder: an empty list, and nothing to export."""
    assert json.loads(lfr("list", "--json").stdout) == []
    result = lfr("export", "out.mkv", "--camera", "east", "--from", "0s", "--to", "1s", *WHY)
    assert result.exit_code == 1
    assert "no database" in result.stderr


def test_an_export_plays_and_is_in_the_log_first(store: Store, tmp_path: Path) -> None:
    """The range as a private film; who looked at which segments and why stands in the log."""
    out = tmp_path / "out.mp4"
    result = lfr("export", str(out), "--camera", "east", "--from", "0s", "--to", "10s", *WHY, "--json")
    assert result.exit_code == 0, result.stderr
    (film,) = json.loads(result.stdout)["films"]
    assert pictures(out) == film["pictures"] == 100
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert film["file"] == str(out)
    assert viewed(store) == [
        ("footage:east:0s/10s", "complaint 7"),
        *((object_id, "complaint 7") for object_id in film["segments"]),
    ]


def test_an_export_that_cannot_be_logged_decrypts_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log comes first: when it cannot be written, no key is asked for and no film appears."""

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("the log cannot be written")

    asked: list[str] = []
    monkeypatch.setattr(Store, "append", refuse)
    monkeypatch.setattr("lfr_actors.store.vault.keys.Keys.get", lambda _, key_id: asked.append(key_id))
    result = lfr("export", str(tmp_path / "out.mkv"), "--camera", "east", "--from", "0s", "--to", "1s", *WHY)
    assert isinstance(result.exception, RuntimeError)
    assert asked == []
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "0s", "--to", "1s", "--why", "  "), "why you look"),
        (("--from", "0s", "--to", "1s"), "Missing option"),
        (("--from", "0", "--to", "1s", *WHY), "is no time"),
        (("--from", "2s", "--to", "1s", *WHY), "ends before it begins"),
        (("--from", "2s", "--to", "2026-01-01T12:00:00Z", *WHY), "mixes"),
        (("--from", "2026-01-01T12:00:00", "--to", "2026-01-01T12:00:00Z", *WHY), "time zone"),
    ],
)
def test_wrong_usage_is_refused_and_not_logged(
    store: Store, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    """Exit status 2, and what would be right; nobody has looked."""
    result = lfr("export", str(tmp_path / "out.mkv"), "--camera", "east", *options)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert viewed(store) == []


def test_a_bad_file_name_is_refused_and_not_logged(store: Store, tmp_path: Path) -> None:
    """A suffix that is no film, a file that is there, a folder that is not."""
    (tmp_path / "there.mkv").write_text("evidence")
    ranged = ("--camera", "east", "--from", "0s", "--to", "1s", *WHY)
    assert isinstance(lfr("export", str(tmp_path / "out.jpg"), *ranged).exception, InvalidFile)
    for name in ("there.mkv", "nowhere/out.mkv"):
        assert lfr("export", str(tmp_path / name), *ranged).exit_code == 2
    assert viewed(store) == []
    assert (tmp_path / "there.mkv").read_text() == "evidence"


def test_nothing_in_the_range_is_a_failure(store: Store, tmp_path: Path) -> None:
    """Exit status 1, said in a line."""
    result = lfr("export", str(tmp_path / "o.mkv"), "--camera", "east", "--from", "50s", "--to", "60s", *WHY)
    assert result.exit_code == 1
    assert "no footage of camera east in this range" in result.stderr


def test_a_camera_of_two_deployments_must_be_chosen(
    store: Store, tmp_path: Path, packets: list[SourcePacket]
) -> None:
    """Wrong usage that names the deployments; with one of them it works."""
    store.begin_deployment("drill-2", started("drill-2"))
    record(store, [at_its_speed(packet, later_s=1) for packet in packets], deployment="drill-2")
    ranged = (str(tmp_path / "out.mkv"), "--camera", "east", "--from", "0s", "--to", "9s", *WHY)
    result = lfr("export", *ranged)
    assert result.exit_code == 2
    assert "drill-1, drill-2" in " ".join(result.stderr.replace("│", " ").split())
    assert lfr("export", *ranged, "--deployment", "drill-2").exit_code == 0
    assert pictures(tmp_path / "out.mkv") == 100


def test_what_is_erased_is_said(store: Store, tmp_path: Path) -> None:
    """One of two segments erased: the rest is exported and the gap named; both erased: an error."""
    first, second = (row for row in store.retained.segments(camera="east"))
    assert first.key_id is not None
    assert second.key_id is not None
    store.keys.destroy(first.key_id)
    ranged = ("--camera", "east", "--from", "0s", "--to", "9s", *WHY)
    result = lfr("export", str(tmp_path / "out.mkv"), *ranged)
    assert result.exit_code == 0
    assert first.object_id in result.stderr
    assert pictures(tmp_path / "out.mkv") == 50
    store.keys.destroy(second.key_id)
    assert isinstance(lfr("export", str(tmp_path / "out2.mkv"), *ranged).exception, Erased)


def test_what_is_overdue_is_erased_and_not_shown(
    store: Store, packets: list[SourcePacket], tmp_path: Path
) -> None:
    """Footage past its time that nobody came to erase: it goes first, and there is nothing left to export."""
    record(store, packets, camera="north", lifetime=dt.timedelta(seconds=60))
    ranged = ("--camera", "north", "--from", "0s", "--to", "9s", *WHY)
    result = lfr("export", str(tmp_path / "out.mkv"), *ranged)
    assert isinstance(result.exception, Erased)
    assert "erased 2 overdue objects: 2 footage" in result.stderr
    assert not list(tmp_path.glob("out*"))
    rows = store.retained.segments()
    assert {row.camera_id for row in rows if row.erased_at is not None} == {"north"}


def test_without_its_key_store_nothing_can_be_exported(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another key folder: refused, and no film."""
    monkeypatch.setenv("LFR_KEYS", str(tmp_path / "elsewhere"))
    result = lfr("export", str(tmp_path / "out.mkv"), "--camera", "east", "--from", "0s", "--to", "9s", *WHY)
    assert isinstance(result.exception, KeyRefused)
    assert not list(tmp_path.glob("out*"))
