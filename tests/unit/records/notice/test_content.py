"""What stands on the sign."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lfr_actors.records.notice.english import ENGLISH
from lfr_actors.records.notice.remarks import sign_mistakes, sign_remarks
from lfr_actors.records.notice.welsh import WELSH
from lfr_actors.records.notice.words import Words
from lfr_actors.retention.policy import DataClass, SitePolicy, policy_for
from lfr_actors.spec.purposes import PURPOSES
from tests.unit.records.notice.signs import PROOFS, RECORD, SIGN, sign_content, sign_deployment
from tests.unit.spec.conftest import RIGHT


@pytest.mark.parametrize("words", [ENGLISH, WELSH], ids=["en", "cy"])
def test_each_language_has_every_word(words: Words) -> None:
    """Every purpose stands once, as people or as a place, and every class of data has its words."""
    assert set(words.purposes) | set(words.places) == set(PURPOSES)
    assert not set(words.purposes) & set(words.places)
    assert set(words.what) == set(DataClass)


def test_the_languages_share_no_sentence() -> None:
    """Nothing of the Welsh sign is English by oversight."""
    for name in ("title", "lead", "kept", "longer", "rights_text", "not_listed_erased", "mistaken_person"):
        assert getattr(WELSH, name) != getattr(ENGLISH, name)
    assert not set(WELSH.purposes.values()) & set(ENGLISH.purposes.values())
    assert not set(WELSH.what.values()) & set(ENGLISH.what.values())


def test_the_sign_says_what_the_policy_does(tmp_path: Path) -> None:
    """Each line of the table is the policy's own, at the lifetimes of this deployment at this site."""
    deployment = sign_deployment(
        tmp_path, RIGHT.replace("bridge.mp4", "bridge.mp4") + SIGN + "retention: {alerts: 20h}\n"
    )
    site = SitePolicy(non_match=dt.timedelta(milliseconds=500))
    content = sign_content(deployment, site=site)
    said = {row.what.lower(): row.erased.lower() for row in content.kept_rows}
    for row in policy_for(deployment.retention, site).table():
        if row.data_class is not DataClass.FOOTAGE:
            assert said.pop(row.what.lower()) == row.erased.lower()
    assert list(said.values()) == ["31 days after its making"]  # the proofs
    assert "0.5 seconds after the capture" in content.not_listed.lines[0]
    welsh = sign_content(deployment, "cy", site)
    assert "0.5 eiliad" in welsh.not_listed.lines[0]
    assert [row.erased for row in welsh.kept_rows][2] == "20 awr ar ôl diwedd y defnydd"


@pytest.mark.parametrize(
    ("footage", "said", "rows"),
    [
        ("off", "records no CCTV footage", 0),
        ("on", "of everybody who passes", 1),
        ("alerts-only", "around alerts only", 1),
    ],
)
def test_footage_is_said_as_it_is(tmp_path: Path, footage: str, said: str, rows: int) -> None:
    """Whether everybody is filmed stands where people read what becomes of them; no row where nobody is."""
    content = sign_content(sign_deployment(tmp_path, RIGHT + f"    footage: {footage}\n" + SIGN))
    assert said in content.not_listed.lines[1]
    assert sum("CCTV" in row.what for row in content.kept_rows) == rows


def test_names_and_times_are_of_the_language(tmp_path: Path) -> None:
    """The Welsh sign has its own names where the file gives them, and English ones where it does not."""
    deployment = sign_deployment(tmp_path)
    facts = dict(sign_content(deployment, "cy").facts)
    assert facts["Pwy"] == "Heddlu Gogledd Cymru"
    assert facts["Ble"] == "Wrecsam"
    assert facts["Pryd"] == "Dydd Sadwrn 7 Medi 2024, 10:00 tan 18:00"
    assert dict(sign_content(deployment).facts)["Where"] == "Wrexham city centre"
    assert sign_content(deployment, "cy").ask.lines == ("lfr@example.org, or 101",)


def test_two_people_decide_only_where_they_do(tmp_path: Path) -> None:
    """The sign promises two people exactly where the deployment asks for them."""
    assert "A person looks" in sign_content(sign_deployment(tmp_path)).lead
    two = sign_deployment(tmp_path, RIGHT + SIGN + "adjudication: {two_person: true}\n")
    assert "Two people" in sign_content(two).lead
    assert "dau berson" in sign_content(two, "cy").lead


def test_a_hotspot_is_a_place_and_no_person(tmp_path: Path) -> None:
    """A place chosen for its crime stands as a sentence; without purposes of people nobody is looked for."""
    text = RIGHT.replace("[priority-offence, safeguarding]", "[hotspot]") + SIGN
    content = sign_content(sign_deployment(tmp_path, text))
    assert content.purposes == ()
    assert content.why_people == ""
    assert "upper quarter" in content.places[0]


def test_what_a_sign_cannot_be_without(tmp_path: Path) -> None:
    """Without force or notice each is named, with what to write; no sign is made of it."""
    deployment = sign_deployment(tmp_path, RIGHT)
    force, notice = map(str, sign_mistakes(deployment))
    assert "force: is missing" in force
    assert "notice: is missing" in notice
    assert "record: https://" in notice
    with pytest.raises(ValueError, match="force and notice"):
        sign_content(deployment)


def test_letters_that_the_sign_cannot_show(tmp_path: Path) -> None:
    """Each name with a letter that the font does not have is a mistake with its line; Welsh and Polish are none."""
    text = RIGHT.replace("Wrexham city centre", "Wrexham 漢") + SIGN.replace("Wrecsam", "Wrecsam 🙂")
    place, welsh = map(str, sign_mistakes(sign_deployment(tmp_path, text)))
    assert place.startswith("line 2: location: holds '漢'")
    assert welsh.startswith("line 20: notice.welsh.location: holds '🙂'")
    fine = RIGHT.replace("Wrexham city centre", "Tŷ'r Dŵr, ulica Świętokrzyska") + SIGN
    assert sign_mistakes(sign_deployment(tmp_path, fine)) == ()


def test_remarks(tmp_path: Path) -> None:
    """No address, Welsh names that are missing, hours off the local clock, small type, files of the list: said."""
    text = RIGHT.replace("+01:00", "Z") + "force: Police\nnotice: {ask: 101}\n"
    said = sign_remarks(sign_deployment(tmp_path, text), ["cy", "en"], type_pt=7.25)
    for words in (
        "no QR code",
        "speaks Welsh should read",
        "force, location, ask",
        "10:00 for authority.not_before",
        "2024-09-07T11:00:00+01:00",
        "watchlist.csv and its pictures",
        "7.2 points",
    ):
        assert any(words in remark for remark in said), words
    erasing = RIGHT.replace("list/watchlist.csv}", "list/watchlist.csv, erase_source: true}") + SIGN
    assert sign_remarks(sign_deployment(tmp_path, erasing), ["en"], type_pt=10) == ()


def test_without_proofs_none_are_said(tmp_path: Path) -> None:
    """A site that keeps no proofs has no line of them; the address of the record is the file's."""
    deployment = sign_deployment(tmp_path)
    from lfr_actors.records.notice.content import notice_content

    policy = policy_for(deployment.retention, SitePolicy())
    with_proofs = notice_content(deployment, policy, PROOFS, "en")
    without = notice_content(deployment, policy, dt.timedelta(0), "en")
    assert len(with_proofs.kept_rows) - len(without.kept_rows) == 1
    assert without.record == RECORD
    assert policy.digest[:12] in without.small
