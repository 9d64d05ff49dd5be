"""How commands open the data folder: what is overdue is erased before anything else is done.

    with opened(folder) as store: ...

Every command that works with the store comes in here. Those that must not change what they look at do not:
`purge --dry-run`, `events verify`, `events checkpoint` and `receipts`, whose answer would be about a log that
they had just added to. `purge` erases by a clock of its own, and says the same things.

What is said goes to stderr, so that `--json` stays one document.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lfr_actors.cli.app import stderr
from lfr_actors.errors import VaultError

if TYPE_CHECKING:
    from lfr_actors.retention.erasure import Overdue
    from lfr_actors.store import Store

BAR_FROM = 200
"""From how many objects on a progress bar is shown."""


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Open the store of a data folder for work, once it has caught up with what is overdue.

    Missing or wrong keys keep nobody out who does not need them, but they are shouted about, and so is whatever
    could not be erased, and every hold whose review is overdue. Raises `StoreError` as `Store.open` does.
    """
    from lfr_actors.store import Store

    log_to_stderr()
    with Store.open(folder) as store:
        _catch_up(store)
        say_overdue_reviews(store)
        yield store


def log_to_stderr() -> None:
    """Send log lines to stderr, from warnings on, unless the command has said where they go."""
    from lfr_actors.observability import configure_logging

    if not structlog.is_configured():
        configure_logging(level="warning")


def _catch_up(store: Store) -> None:
    from lfr_actors.retention.erasure import Eraser

    with erasing_bar() as on_progress:
        caught = Eraser(store, on_progress=on_progress).catch_up()
    if caught.erased:
        classes = [str(event.public["data_class"]) for event in caught.erased]
        stderr.print(f"erased {counted(classes, 'overdue object')}", markup=False, highlight=False)
    say_overdue(caught.overdue)
    if not caught.overdue:
        say_refused_keys(store)


@contextmanager
def erasing_bar() -> Iterator[Callable[[int, int], None]]:
    """What to tell how many of how many objects are erased; a bar on stderr where they are many."""
    columns = (TextColumn("erasing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=stderr, transient=True, disable=not stderr.is_interactive)
    task = bar.add_task("erasing")

    def on_progress(done: int, total: int) -> None:
        if total >= BAR_FROM:
            bar.start()
            bar.update(task, completed=done, total=total)

    try:
        yield on_progress
    finally:
        bar.stop()


def counted(classes: Iterable[str], what: str = "object") -> str:
    """Objects as a count and by class, such as `3 objects: 2 alert, 1 footage`."""
    by_class = Counter(classes)
    total = by_class.total()
    head = f"{total} {what}{'' if total == 1 else 's'}"
    parts = ", ".join(f"{count} {name}" for name, count in sorted(by_class.items()))
    return f"{head}: {parts}" if parts else head


def say_overdue(overdue: Iterable[Overdue]) -> None:
    """Shout about what is due and could not be erased: a line for each reason, with the longest overdue."""
    by_reason: dict[str, list[Overdue]] = {}
    for item in overdue:
        by_reason.setdefault(item.reason, []).append(item)
    for reason, items in by_reason.items():
        worst = min(items, key=lambda item: (item.due_at, item.object_id))
        what = counted([str(item.data_class) for item in items], "overdue object")
        since = f"{worst.object_id} was due at {worst.due_at.isoformat(timespec='seconds')}"
        shout(f"NOT ERASED: {what} ({since}): {reason}")


def say_refused_keys(store: Store) -> None:
    """Shout when the database has keys and they cannot be opened, before anything is due that needs them."""
    from lfr_actors.retention.erasure import ORPHAN_AGE

    try:
        store.retained.orphaned_keys(ORPHAN_AGE)  # looks into the key store, where there is one
    except VaultError as error:
        shout(f"the keys cannot be opened, so nothing sealed can be read or erased: {error}")


def say_overdue_reviews(store: Store) -> None:
    """Shout about each hold that somebody should have looked at again before today."""
    from lfr_actors.retention.holds import overdue_reviews, review_warning

    for review in overdue_reviews(store.retained.active_holds(), today()):
        shout(review_warning(review))


def say_no_database(folder: Path) -> None:
    """Say that there is nothing to work with yet."""
    stderr.print(f"no database in {folder}", markup=False, highlight=False, soft_wrap=True)


def shout(text: str) -> None:
    """Say it in red."""
    stderr.print(text, style="bold red", markup=False, highlight=False, soft_wrap=True)


def today() -> dt.date:
    """The date where this machine stands."""
    from lfr_actors.store import utc_now

    return utc_now().astimezone().date()
