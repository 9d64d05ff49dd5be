"""What a run shows while it runs: enrolment progress, then a table of cameras twice a second, on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import stderr
from lfr_actors.tally import Latency

if TYPE_CHECKING:
    from lfr_actors.actors.ports import CameraStatus, MatcherState


@contextmanager
def enrolment_progress(*, show: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar of pictures enrolled: call with how many are done, and of how many."""
    if not show:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as progress:
        task = progress.add_task("enrolling the watchlist", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class LiveTable:
    """The table. `film_s` (media seconds) turns the bar below it into progress through a film; `console` is the
    address at which alerts are decided.
    """

    def __init__(
        self, title: str, *, show: bool, film_s: float | None = None, console: str | None = None
    ) -> None:
        self._title, self._film_s, self._console = title, film_s, console
        self._rates: dict[str, tuple[float, int, float]] = {}
        self._live = (
            Live(self._render((), None, ()), console=stderr, refresh_per_second=4, transient=True)
            if show
            else None
        )
        self._bar = Progress(TextColumn("film"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        self._task = self._bar.add_task("film", total=film_s) if film_s else None

    def __enter__(self) -> LiveTable:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(
        self,
        statuses: tuple[CameraStatus, ...],
        matcher: MatcherState | None,
        out_of_band: tuple[str, ...] = (),
    ) -> None:
        """Show these cameras, what the matcher holds, and in words which figures are outside their bands."""
        if self._live is None:
            return
        if self._task is not None and statuses:
            self._bar.update(self._task, completed=min(status.media_time_s for status in statuses))
        self._live.update(self._render(statuses, matcher, out_of_band))

    def _render(
        self,
        statuses: tuple[CameraStatus, ...],
        matcher: MatcherState | None,
        out_of_band: tuple[str, ...],
    ) -> RenderableType:
        table = Table(title=self._title, title_justify="left", expand=False)
        table.add_column("camera")
        table.add_column("state")
        for name in ("frames/s", "dropped", "faces seen", "searches", "alerts", "p50 ms", "p99 ms"):
            table.add_column(name, justify="right")
        for status in statuses:
            latency = Latency.merged([status.latency])
            table.add_row(
                status.camera_id,
                _state(status),
                f"{self._frames_per_s(status):.1f}",
                str(status.dropped),
                str(status.faces),
                str(status.searches),
                Text(str(status.alerts), style="bold red" if status.alerts else ""),
                _or_dash(latency.quantile_ms(0.5)),
                _or_dash(latency.quantile_ms(0.99)),
            )
        if not statuses:
            table.add_row("starting …", *[""] * 8)
        shown: list[RenderableType] = [table]
        if matcher is not None:
            shown.append(matcher_line(matcher))
        shown += [Text(f"OUTSIDE ITS BAND: {words}", style="bold red") for words in out_of_band]
        if self._console is not None:
            shown.append(Text(f"console: {self._console}"))
        if statuses and self._film_s:
            shown.append(self._bar)
        return Group(*shown)

    def _frames_per_s(self, status: CameraStatus) -> float:
        """Frames a second since the last update, smoothed over a few of them."""
        now_s = time.monotonic()
        then_s, frames, rate = self._rates.get(status.camera_id, (now_s, status.frames, 0.0))
        if now_s - then_s > 0.2:
            newest = (status.frames - frames) / (now_s - then_s)
            rate = newest if rate == 0 else 0.6 * rate + 0.4 * newest
            then_s, frames = now_s, status.frames
        self._rates[status.camera_id] = (then_s, frames, rate)
        return rate


def _state(status: CameraStatus) -> Text:
    """What a camera is doing, and loudly what it did without part of the list."""
    text = Text(status.state, style="red" if status.failed or status.state.startswith("paused") else "")
    if status.incomplete:
        text.append(f" · {status.incomplete} searches of part of the list", style="bold red")
    return text


def matcher_line(state: MatcherState) -> Text:
    """What the matcher searches, and loudly what it cannot."""
    if state.missing:
        return Text(f"INCOMPLETE: {'; '.join(state.missing)}", style="bold red")
    shards = [shard for shard in state.shards if shard is not None]
    subjects, templates = (sum(getattr(each, name) for each in shards) for name in ("subjects", "templates"))
    how = " and ".join(sorted({_INDEX_WORDS[shard.index] for shard in shards}))
    divided = f" in {len(shards)} shards" if len(shards) > 1 else ""
    line = Text(f"list: {subjects:,} subjects, {templates:,} templates{divided}, searched {how}")
    disagreed = sum(shard.disagreed for shard in shards)
    if disagreed:
        line.append(f"; {disagreed} decided otherwise by the index than exactly", style="bold red")
    return line


_INDEX_WORDS = {
    "exact": "exactly",
    "building": "exactly while its index is built",
    "hnsw": "by an index, rescored exactly",
}


def _or_dash(value_ms: float | None) -> str:
    return "–" if value_ms is None else f"{value_ms:.0f}"
