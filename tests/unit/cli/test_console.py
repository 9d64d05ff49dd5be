"""`lfr console`, and the console and webhook of the demo: where, for whom, and what is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lfr_actors.cli.console import USUAL_PORT, say_nobody, settings_of
from lfr_actors.cli.demo_console import ACCOUNT, SECRET_VARIABLE, make_account, served
from lfr_actors.errors import InvalidFile, NotReady, Refused
from lfr_actors.people import Role
from lfr_actors.spec.console import Console
from lfr_actors.store import Store
from tests.actors.drills import deployment
from tests.unit.spec.conftest import RIGHT

SECRET = "whsec_" + "A" * 43 + "="


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A deployment file with a console."""
    path = tmp_path / "deployment.yaml"
    path.write_text(RIGHT + "console: {port: 9000, idle_lock: 5m}\n")
    return path


def test_it_is_served_as_the_file_says(file: Path, tmp_path: Path) -> None:
    """Its port may be another; without a file it is the usual one on this machine; a file must have a console."""
    assert settings_of(file, None).port == 9000
    assert (settings_of(file, 9001).port, settings_of(file, 9001).idle_lock.seconds) == (9001, 300)
    assert settings_of(None, None) == Console(port=USUAL_PORT)
    bare = tmp_path / "bare.yaml"
    bare.write_text(RIGHT)
    with pytest.raises(Refused, match="has no part console"):
        settings_of(bare, None)
    with pytest.raises(InvalidFile):
        settings_of(tmp_path / "none.yaml", None)


def test_it_is_said_when_nobody_can_sign_in(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Until there is an account, with how to make one."""
    with Store.open(home) as store:
        say_nobody(store)
        assert "lfr users add NAME" in capsys.readouterr().err
        store.people.accounts.add("anna", Role.SUPERVISOR, None, who="root")
        say_nobody(store)
        assert capsys.readouterr().err == ""


def test_the_demo_takes_the_next_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody has is passed over; when none is free it says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        asked = deployment(("east", "file:a.mp4"), console={"port": port})
        found = served(asked, console=True, webhook=None).console
        assert found is not None
        assert port < found.port < port + 20
        monkeypatch.setattr("lfr_actors.cli.demo_console._PORTS", 1)
        with pytest.raises(NotReady, match="--no-console"):
            served(asked, console=True, webhook=None)
    assert served(asked, console=False, webhook=None).console is None


def test_the_demo_signs_for_its_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret comes from the environment; without it nothing is sent. This machine itself is allowed by name."""
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    asked = deployment(("east", "file:a.mp4"))
    with pytest.raises(Refused, match=SECRET_VARIABLE):
        served(asked, console=False, webhook="http://127.0.0.1:8450/hook")
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    (here,) = served(asked, console=False, webhook="http://127.0.0.1:8450/hook").webhooks
    assert (here.name, here.allow) == ("demo", ("127.0.0.1",))
    (there,) = served(asked, console=False, webhook="https://example.org/hook").webhooks
    assert there.allow == ()


def test_the_demo_has_an_account_of_its_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its password is said once, and is another at the next demo; a disabled one is opened again."""
    with Store.open(home) as store:
        make_account(store)
        first = capsys.readouterr().err
        store.people.accounts.set_disabled(ACCOUNT, True, who="root")
        make_account(store)
        second = capsys.readouterr().err
        row = store.people.accounts.get(ACCOUNT)
    assert first != second
    assert row is not None
    assert (row.is_enabled, row.role) == (True, Role.SUPERVISOR)
    assert first.split()[-1] not in str(row)
