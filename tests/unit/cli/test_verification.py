"""`lfr events verify` and `checkpoint`: sealed parts before and after erasure, and what outsiders hold."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import events
from lfr_actors.errors import InvalidFile, Tampered
from lfr_actors.events.keeping import DataErased
from lfr_actors.store import Store
from tests.unit.events.samples import BODIES, started
from tests.unit.store.samples import SUBJECT, alert

RECEIPT = next(body for body in BODIES if isinstance(body, DataErased))
FIRST, SECOND = "c0ffee00c0ffee00", "beef0000beef0000"


@pytest.fixture(autouse=True)
def _wide_terminal_and_nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines do not wrap, and no database and no key from outside is used."""
    monkeypatch.setenv("COLUMNS", "300")
    for name in ("LFR_DATABASE_URL", "LFR_KEK", "LFR_KEK_NEXT", "LFR_KEYS", "LFR_KEYS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def filled(home: Path) -> Path:
    """A data folder with a deployment and two alerts, sealed."""
    with Store.open(home) as store:
        store.begin_deployment("drill-1", started())
        store.raise_alert(alert(FIRST))
        store.raise_alert(alert(SECOND))
    return home


def lfr(*arguments: str) -> Result:
    """Run the command."""
    app = typer.Typer()
    events.register(app)
    return CliRunner().invoke(app, ["events", *arguments])


def verified(*arguments: str) -> tuple[int, dict[str, object]]:
    """The exit status and document of `lfr events verify`."""
    result = lfr("verify", "--json", *arguments)
    return result.exit_code, json.loads(result.stdout)


def key_of(store: Store, alert_id: str) -> tuple[int, str]:
    """The number of an alert's event, and the key it was sealed under."""
    for event in store.iter_events():
        if event.name == "alert.raised" and event.public["alert_id"] == alert_id:
            assert event.key_id is not None
            return event.seq, event.key_id
    raise AssertionError(alert_id)


def edit(home: Path, change: str) -> None:
    """Change events, as somebody with the file could."""
    database = sqlite3.connect(home / "lfr.db")
    database.execute("DROP TRIGGER events_refuse_update")
    database.execute(f"UPDATE events SET {change}")
    database.commit()
    database.close()


def test_sealed_parts_are_opened_and_not_shown(filled: Path) -> None:
    """With keys every sealed part is opened and counted; nothing of it is printed."""
    status, found = verified()
    assert status == 0
    assert found["verified"] is True
    assert found["sealed"] == {
        "parts": 2,
        "opened": True,
        "not_opened": None,
        "readable": 2,
        "erased": 0,
        "missing": [],
        "tampered": [],
        "restored": [],
    }
    result = lfr("verify")
    assert "2 sealed parts: 2 readable, 0 erased with a receipt" in result.stdout
    assert SUBJECT not in result.output
    assert SUBJECT not in lfr("tail", "--json").output


def test_after_an_erasure_the_chain_holds(filled: Path) -> None:
    """A key destroyed with a receipt leaves a log that verifies, with one part unreadable for ever."""
    with Store.open(filled) as store:
        _, key_id = key_of(store, FIRST)
        store.keys.destroy(key_id)
        store.append("drill-1", replace(RECEIPT, key_id=key_id))
    status, found = verified()
    sealed = found["sealed"]
    assert isinstance(sealed, dict)
    assert (status, found["verified"]) == (0, True)
    assert (sealed["readable"], sealed["erased"]) == (1, 1)


def test_a_key_gone_without_a_receipt_is_a_fault(filled: Path) -> None:
    """The event is named, and the command fails, though every link holds."""
    with Store.open(filled) as store:
        seq, key_id = key_of(store, SECOND)
        store.keys.destroy(key_id)
    result = lfr("verify")
    assert result.exit_code == 1
    assert "every link holds" in result.stdout
    assert f"event {seq}: key missing without a receipt" in result.stderr
    status, found = verified()
    assert (status, found["verified"]) == (1, False)


def test_a_key_that_came_back_is_a_fault(filled: Path) -> None:
    """Somebody restored an older copy of the key store: what was erased can be read again, and it is said."""
    with Store.open(filled) as store:
        seq, key_id = key_of(store, FIRST)
    shutil.copytree(filled / "keys", filled / "copy")
    with Store.open(filled) as store:
        store.keys.destroy(key_id)
        store.append("drill-1", replace(RECEIPT, key_id=key_id))
    shutil.rmtree(filled / "keys")
    (filled / "copy").rename(filled / "keys")
    result = lfr("verify")
    assert result.exit_code == 1
    assert f"event {seq}: readable although a receipt says erased" in result.stderr


def test_without_keys_the_chain_is_checked(filled: Path) -> None:
    """Whoever has the log alone can verify it; that nothing was opened is said, and no keys are made."""
    (filled / "keys").rename(filled / "elsewhere")
    result = lfr("verify")
    assert result.exit_code == 0
    assert "2 sealed parts were not opened (0 have a receipt of erasure): key store" in result.stdout
    assert not (filled / "keys").exists()
    status, found = verified()
    sealed = found["sealed"]
    assert isinstance(sealed, dict)
    assert (status, found["verified"], sealed["opened"], sealed["readable"]) == (0, True, False, None)


def test_with_a_wrong_key_the_chain_is_checked(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key-encryption key that is another opens nothing, and is no fault of the log."""
    monkeypatch.setenv("LFR_KEK", "00" * 32)
    result = lfr("verify")
    assert result.exit_code == 0
    assert "not opened" in result.stdout
    assert "LFR_KEK" in result.stdout


def test_an_exchanged_key_id_is_an_edit(filled: Path) -> None:
    """The column that names the key must agree with the sealed part."""
    edit(filled, f"key_id = '{'0' * 32}' WHERE seq = 3")
    status, found = verified()
    assert (status, found["seq"], found["breach"]) == (1, 3, "edited")
    assert "names key" in str(found["detail"])


def test_a_part_sealed_anew_breaks_the_chain(filled: Path) -> None:
    """Ciphertext is covered by the chain like everything else."""
    edit(filled, "sealed = (SELECT sealed FROM events WHERE seq = 3) WHERE seq = 2")
    assert verified()[0] == 1


# --- checkpoints ---------------------------------------------------------------------------------------------


@pytest.fixture
def held(filled: Path, tmp_path: Path) -> Path:
    """A checkpoint of the filled log, kept outside."""
    path = tmp_path / "checkpoint.json"
    assert lfr("checkpoint", "--out", str(path)).exit_code == 0
    return path


def test_a_checkpoint_is_found_in_a_log_that_grew(filled: Path, held: Path) -> None:
    """What an outsider kept is in the log later on; several may be given; the signer is named."""
    with Store.open(filled) as store:
        store.append("drill-1", BODIES[3])
    later = held.with_name("later.json")
    document = json.loads(lfr("checkpoint", "--json", "--out", str(later)).stdout)
    assert document == json.loads(later.read_text())
    result = lfr("verify", "--checkpoint", str(held), "--checkpoint", str(later))
    assert result.exit_code == 0
    assert f"signed by site key {document['public_key']}" in result.stdout
    status, found = verified("--checkpoint", str(held), "--site-key", document["public_key"])
    assert status == 0
    checkpoints = found["checkpoints"]
    assert isinstance(checkpoints, list)
    assert checkpoints[0]["seq"] == json.loads(held.read_text())["seq"]


def test_a_checkpoint_on_stdout(filled: Path) -> None:
    """Without a file it is printed, ready to be kept."""
    assert json.loads(lfr("checkpoint").stdout)["format"].startswith("lfr-actors checkpoint")


def test_a_truncated_or_rewritten_log_is_found_out(filled: Path, held: Path) -> None:
    """A log cut short before the checkpoint, or computed anew, no longer contains it; the place is named."""
    seq = json.loads(held.read_text())["seq"]
    shutil.copy(filled / "lfr.db", filled / "kept.db")
    database = sqlite3.connect(filled / "lfr.db")
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    database.execute("DELETE FROM alert_pictures")
    database.execute("DELETE FROM alerts")
    database.execute("DELETE FROM events WHERE seq >= ?", [seq])
    last = "SELECT {} FROM events WHERE seq = ?"
    (digest,) = database.execute(last.format("hash"), [seq - 1]).fetchone()
    database.execute("UPDATE log_head SET seq = ?, hash = ?", [seq - 1, digest])
    database.commit()
    database.close()
    assert lfr("verify").exit_code == 0, "by itself the shorter log is a valid one"
    result = lfr("verify", "--checkpoint", str(held))
    assert (result.exit_code, f"event {seq}: truncated" in result.stderr) == (1, True)
    with Store.open(filled) as store:
        store.append("drill-1", BODIES[3])
    assert lfr("verify").exit_code == 0
    status, found = verified("--checkpoint", str(held))
    assert (status, found["seq"], found["breach"]) == (1, seq, "rewritten")


def test_a_forged_checkpoint_is_refused(filled: Path, held: Path) -> None:
    """A changed number makes the signature wrong, and it says so."""
    document = json.loads(held.read_text())
    held.write_text(json.dumps(document | {"seq": document["seq"] - 1}))
    result = lfr("verify", "--checkpoint", str(held))
    assert isinstance(result.exception, Tampered)
    assert "signature is wrong" in str(result.exception)


def test_another_sites_checkpoint_is_refused(filled: Path, held: Path, tmp_path: Path) -> None:
    """A checkpoint signed elsewhere is not this site's, whether the key is given or the folder's own."""
    result = lfr("verify", "--checkpoint", str(held), "--site-key", "ab" * 32)
    assert isinstance(result.exception, Tampered)
    assert "not with" in str(result.exception)
    other = tmp_path / "other"
    Store.open(other).close()
    foreign = tmp_path / "foreign.json"
    assert lfr("checkpoint", "--home", str(other), "--out", str(foreign)).exit_code == 0
    result = lfr("verify", "--checkpoint", str(foreign))
    assert isinstance(result.exception, Tampered)


def test_an_outsider_without_keys_can_verify(filled: Path, held: Path, tmp_path: Path) -> None:
    """A copy of the log and a checkpoint suffice; that the site's own key is not known is said."""
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(filled / "lfr.db", copy)
    result = lfr("verify", "--home", str(copy), "--checkpoint", str(held))
    assert result.exit_code == 0
    assert "site key is not known" in result.stderr


def test_an_altered_log_is_not_signed(filled: Path, held: Path) -> None:
    """The head is signed only after every link was checked."""
    edit(filled, "public_json = '{}' WHERE seq = 2")
    kept = held.read_bytes()
    result = lfr("checkpoint", "--out", str(held))
    assert result.exit_code == 1
    assert "nothing was signed" in result.stderr
    assert held.read_bytes() == kept


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": 3}', b"[" * 70_000], ids=len)
def test_what_is_no_checkpoint_is_an_invalid_file(filled: Path, tmp_path: Path, content: bytes) -> None:
    """The file is named, with what is wrong."""
    path = tmp_path / "no-checkpoint"
    path.write_bytes(content)
    result = lfr("verify", "--checkpoint", str(path))
    assert isinstance(result.exception, InvalidFile)
    assert str(path) in str(result.exception)


def test_a_missing_checkpoint_is_an_invalid_file(filled: Path, tmp_path: Path) -> None:
    """A file that is not there is named."""
    result = lfr("verify", "--checkpoint", str(tmp_path / "nowhere"))
    assert isinstance(result.exception, InvalidFile)


def test_a_malformed_site_key_is_wrong_usage(filled: Path) -> None:
    """The error says what a public key is."""
    result = lfr("verify", "--site-key", "abc")
    assert (result.exit_code, "64 hexadecimal digits" in result.stderr) == (2, True)


def test_without_a_database_nothing_is_signed(home: Path) -> None:
    """No log, no checkpoint, no keys."""
    assert lfr("checkpoint").exit_code == 1
    assert list(home.iterdir()) == []
