"""The console in a real Chromium: decided by keyboard alone, by two people, on a phone; and what it never does."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from lfr_actors.alerting.case import State, Verdict
from lfr_actors.errors import Erased
from lfr_actors.events.people import StopRequested
from lfr_actors.store.rows import AlertRow
from tests.e2e.console_browser import PHONE, Desk, chromium, served, shot
from tests.e2e.console_samples import (
    DEPLOYMENT,
    SampleConsole,
    fill,
    raise_sample,
    sample_console,
    show_cameras,
)

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def browsing() -> Iterator[Desk]:
    """One Chromium for all of it."""
    with chromium() as browser:
        yield Desk(browser=browser)


@pytest.fixture
def desk(browsing: Desk) -> Iterator[Desk]:
    """Fresh pages; afterwards no page has complained, as of its policy of content, nor asked another host."""
    browsing.complaints.clear()
    browsing.hosts.clear()
    yield browsing
    browsing.leave()
    assert browsing.complaints == []
    assert {host.partition(":")[0] for host in browsing.hosts} <= {"127.0.0.1"}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleConsole]:
    """A console with a morning's alerts and cameras."""
    console = sample_console(tmp_path_factory.mktemp("busy"))
    fill(console)
    show_cameras(console, 600)
    show_cameras(console, 650)
    with served(console):
        yield console


@pytest.fixture
def quiet(desk: Desk, tmp_path: Path) -> Iterator[SampleConsole]:
    """A console without alerts, which outlives the pages."""
    with served(sample_console(tmp_path)) as console:
        yield console
        desk.leave()


def alert_row(console: SampleConsole, alert_id: str) -> AlertRow:
    """An alert as the store has it."""
    return console.store.alert(alert_id)


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def wait_for_state(page: Page, state: State) -> None:
    """Wait until the opened alert is in this state."""
    expect(page.locator("#alert")).to_have_attribute("data-state", state)


def test_an_alert_appears_soon_after_its_commit(
    desk: Desk, quiet: SampleConsole, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that is open shows a new alert by itself, says it, and counts it in its title."""
    page = desk.sit(quiet, "b.hughes")
    took_s = []
    for number in range(5):
        alert_id = raise_sample(quiet, number)
        began = time.monotonic()
        page.wait_for_selector(f"#row-{alert_id}", state="visible")
        took_s.append(time.monotonic() - began)
    said = (
        f"on screen after the commit: median {statistics.median(took_s):.3f} s, at most {max(took_s):.3f} s"
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{said}\n")
    assert max(took_s) < 5
    expect(page.locator("#said")).to_contain_text("New alert")
    expect(page).to_have_title("(5) Alerts · Croydon, North End · LFR console")


def test_decided_by_keyboard_alone(desk: Desk, quiet: SampleConsole) -> None:
    """From the queue to the outcome, with a step taken back and a note, and never a mouse."""
    alert_id = raise_sample(quiet, 0)
    page = desk.sit(quiet, "b.hughes")
    press(page, "j", "Enter")
    wait_for_state(page, State.SEEN)
    press(page, "t")
    wait_for_state(page, State.TRUE)
    press(page, "u")
    wait_for_state(page, State.SEEN)
    press(page, "w")
    page.keyboard.type("the same scar")  # none of these letters acts as a key
    press(page, "Escape", "t")
    wait_for_state(page, State.TRUE)
    press(page, "e")
    wait_for_state(page, State.ENGAGED)
    press(page, "y")
    wait_for_state(page, State.CONFIRMED_TRUE)
    press(page, "o")
    page.wait_for_selector("#ask-outcome[open]")
    press(page, "Space", "Tab", "Tab", "Tab", "Tab", "Enter")
    expect(page.locator(".decision-words")).to_contain_text("recorded")
    row = alert_row(quiet, alert_id)
    assert (row.state, row.outcome) == (State.CONFIRMED_TRUE, "arrest")
    expect(page.locator(".history")).to_contain_text("the same scar")


def test_false_asks_first_and_is_gone(desk: Desk, quiet: SampleConsole) -> None:
    """Escape keeps the alert; Enter erases it before the page answers, and its pictures with it."""
    alert_id = raise_sample(quiet, 1)
    page = desk.sit(quiet, "b.hughes")
    press(page, "Enter")
    wait_for_state(page, State.SEEN)
    picture = page.locator(".is-probe img").get_attribute("src")
    press(page, "f")
    page.wait_for_selector("#ask-false[open]")
    press(page, "Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert alert_row(quiet, alert_id).state is State.SEEN
    press(page, "f")
    page.wait_for_selector("#ask-false[open]")
    press(page, "Enter")
    expect(page.locator(".erased")).to_contain_text("false alert")
    with pytest.raises(Erased):
        quiet.store.picture(alert_id)
    assert page.request.get(picture or "").status in (404, 410)
    assert page.locator("img").count() == 0


def test_two_people_decide_blind_and_a_supervisor_settles(desk: Desk, tmp_path: Path) -> None:
    """Neither sees the score nor what the other said; where they differ a supervisor decides."""
    with served(sample_console(tmp_path, two_person=True)) as console:
        alert_id = raise_sample(console, 2)
        pages = [desk.sit(console, who) for who in ("b.hughes", "c.okafor")]
        for page in pages:
            press(page, "Enter")
            page.wait_for_selector("#alert")
            expect(page.locator(".score")).to_contain_text("Hidden until both")
            assert "0.9" not in page.inner_text("body")
        first, second = pages
        press(first, "t")
        expect(first.locator(".decision-words")).to_contain_text("Your opinion is given")
        expect(second.locator(".decision-words")).to_contain_text("One operator has given an opinion")
        assert "b.hughes says" not in second.inner_text("#alert")
        press(second, "c")
        wait_for_state(first, State.DISPUTED)  # without touching that page
        assert first.locator(".verdict").count() == 0
        supervisor = desk.sit(console, "s.whitlock")
        press(supervisor, "Enter")
        wait_for_state(supervisor, State.DISPUTED)
        press(supervisor, "t")
        wait_for_state(second, State.TRUE)
        assert alert_row(console, alert_id).verdict == Verdict.TRUE
        desk.leave()


def test_stop_now_wants_a_reason_and_a_supervisor(desk: Desk, quiet: SampleConsole) -> None:
    """The stop is in the log with who and why; an operator has no such button."""
    assert desk.sit(quiet, "b.hughes").locator(".stop").count() == 0
    page = desk.sit(quiet, "s.whitlock")
    page.click(".stop")
    page.click("#stop button.grave")  # refused by the page: there is no reason yet
    assert page.locator("#stop[open]").count() == 1
    page.fill("#stop-why", "the square is being cleared")
    page.click("#stop button.grave")
    expect(page.locator(".banner")).to_contain_text("s.whitlock asked for a stop")
    (event,) = quiet.store.events(name=StopRequested.NAME)
    assert event.body == StopRequested(who="s.whitlock", why="the square is being cleared")


def test_one_hand_on_a_phone(desk: Desk, quiet: SampleConsole, tmp_path: Path) -> None:
    """Nothing is wider than the screen, every button can be hit, and deciding is where the thumb is."""
    alert_id = raise_sample(quiet, 3)
    page = desk.sit(quiet, "b.hughes", **PHONE)
    page.tap(f"#row-{alert_id} a")
    wait_for_state(page, State.SEEN)
    shot(page, tmp_path, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator(".verdict").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
        assert 844 / 2 < box["y"] <= 844 - box["height"]
    page.tap(".verdict.is-true")
    wait_for_state(page, State.TRUE)
    page.go_back()
    expect(page.locator("#queue")).to_be_visible()
    expect(page.locator("#alert-place")).to_be_hidden()


def test_what_somebody_does_elsewhere_takes_nothing_away(desk: Desk, quiet: SampleConsole) -> None:
    """New alerts leave the focus where it is; another's decision leaves a note that is being written."""
    first = raise_sample(quiet, 4)
    page, other = desk.sit(quiet, "b.hughes"), desk.sit(quiet, "c.okafor")
    press(page, "j")
    second = raise_sample(quiet, 5)
    page.wait_for_selector(f"#row-{second}")
    assert page.evaluate("document.activeElement.closest('li').id") == f"row-{first}"
    press(page, "Enter")
    wait_for_state(page, State.SEEN)
    press(page, "w")
    page.keyboard.type("walks with a stick")
    other.goto(f"/alerts/{first}")
    press(other, "c")
    wait_for_state(page, State.CANNOT_TELL)
    assert page.input_value("#note") == "walks with a stick"


def test_written_script_is_only_text(desk: Desk, quiet: SampleConsole) -> None:
    """What a list or a note says is shown as it was written, and runs nowhere."""
    hostile = "<script>window.hit=1</script><img src=x onerror=window.hit=1>'\"{{7*7}}"
    raise_sample(quiet, 6, notes=hostile, subject_id=hostile, category=hostile, legal_basis=hostile)
    page = desk.sit(quiet, "s.whitlock")
    press(page, "Enter")
    wait_for_state(page, State.SEEN)
    assert hostile in page.inner_text(".subject")
    press(page, "w")
    page.keyboard.insert_text(hostile)
    press(page, "Escape", "t")
    wait_for_state(page, State.TRUE)
    expect(page.locator(".history")).to_contain_text(hostile)
    page.goto(f"/d/{DEPLOYMENT}/log")
    assert page.evaluate("window.hit") is None


def test_decides_without_script(desk: Desk, quiet: SampleConsole) -> None:
    """Where scripts are off, links and forms do it all, and what erases asks all the same."""
    alert_id = raise_sample(quiet, 8)
    page = desk.sit(quiet, "b.hughes", java_script_enabled=False)
    page.click(f"#row-{alert_id} a")
    page.click(".verdict.is-true")
    wait_for_state(page, State.TRUE)
    page.click(".verdict.is-false")
    page.click("#ask-false button.grave")
    wait_for_state(page, State.FALSE)


def test_a_session_locks_by_itself_and_shows_nothing(desk: Desk, quiet: SampleConsole) -> None:
    """A page that nobody touches goes away when the session locks, with what was on it."""
    raise_sample(quiet, 7)
    page = desk.sit(quiet, "b.hughes")
    press(page, "Enter")
    wait_for_state(page, State.SEEN)
    quiet.clock.back -= quiet.idle_lock
    expect(page.locator("form[action='/unlock']")).to_be_visible(timeout=15_000)
    assert page.locator("img").count() == 0
    desk.complaints.clear()  # the browser tells of the answers 401 and 423, which are as they should be


PAGES = {
    "sign-in": (None, "/sign-in"),
    "queue": ("b.hughes", f"/d/{DEPLOYMENT}"),
    "cameras": ("s.whitlock", f"/d/{DEPLOYMENT}/cameras"),
    "log": ("a.lindqvist", f"/d/{DEPLOYMENT}/log"),
    "deployments": ("b.hughes", "/deployments"),
    "account": ("b.hughes", "/account"),
    "people": ("m.farrell", "/people"),
}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_stands_in_anybodys_way(desk: Desk, busy: SampleConsole, tmp_path: Path, name: str) -> None:
    """axe-core finds nothing serious on any page, in either theme."""
    who, path = PAGES[name]
    page = desk.sit(busy, who, reduced_motion="reduce")
    page.goto(path)
    check(page, tmp_path, name)


def test_nothing_stands_in_the_way_of_deciding(desk: Desk, busy: SampleConsole, tmp_path: Path) -> None:
    """Nor on an alert as it comes, erased and decided, in a dialog, and on a phone."""
    page = desk.sit(busy, "s.whitlock", reduced_motion="reduce")
    for state in (State.RAISED, State.FALSE, State.CONFIRMED_TRUE):
        page.locator(f".queue-row[data-state={state}] a").first.click()
        page.wait_for_selector(f"#alert:not([data-state='{State.RAISED}'])")
        check(page, tmp_path, state)
    press(page, "o")
    page.wait_for_selector("#ask-outcome[open]")
    check(page, tmp_path, "outcome")
    check(desk.sit(busy, "b.hughes", reduced_motion="reduce", **PHONE), tmp_path, "phone")


def check(page: Page, folder: Path, name: str) -> None:
    """Keep pictures of the page, and assert that axe finds nothing serious or critical, in the dark no contrast."""
    for scheme, options in (("light", None), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        shot(page, folder, f"{name}-{scheme}")
        found = Axe().run(page, options=options).response["violations"]
        grave = [
            f"{scheme}: {each['id']}: {each['nodes'][0]['html'][:160]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert grave == []
