"""The gate before a camera's detector: shut while its faces could not be compared with the whole list.

A search that is refused shuts it; it opens when the matcher says that the list is there again, of which it is asked
every `ASK_EVERY_S`. A matcher that says so and refuses the next search all the same is given longer each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from lfr_actors.actors.ports import Incomplete, Matcher, MatcherState
from lfr_actors.errors import ActorLost, NotReady
from lfr_actors.events.marks import CameraPaused, CameraResumed

log = structlog.get_logger()
ASK_EVERY_S = 0.2
RELAPSE_S = 2.0
"""Shut again so soon after it opened, it stays shut for twice as long before the matcher is asked."""
LONGEST_REST_S = 5.0


class Gate:
    """One camera's gate. `incomplete` says whether a list of which a part is missing is good enough.

    `record` is given the events of shutting and opening. `dropped` counts the frames of a live camera that came
    to a shut gate.
    """

    def __init__(
        self,
        camera: str,
        matcher: Matcher,
        *,
        incomplete: Incomplete,
        record: Callable[[CameraPaused | CameraResumed], None],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._camera, self._matcher, self._incomplete = camera, matcher, incomplete
        self._record, self._monotonic, self._sleep = record, monotonic, sleep
        self._shut_s: float | None = None
        self._opened_s = -RELAPSE_S
        self._rest_s = 0.0
        self._stopped = False
        self.reason: str | None = None
        """Why it is shut; None while it is open."""
        self.dropped = 0

    @property
    def is_open(self) -> bool:
        """Whether frames may be looked at."""
        return self._shut_s is None

    def shut(self, reason: str) -> None:
        """A search was refused: no further frame until the matcher is ready. Again for every refusal."""
        if self._shut_s is None:
            now_s = self._monotonic()
            relapsed = now_s - self._opened_s < RELAPSE_S
            self._rest_s = min(max(ASK_EVERY_S, 2 * self._rest_s), LONGEST_REST_S) if relapsed else 0.0
            self._shut_s = now_s
            log.warning("camera_paused", camera=self._camera, reason=reason)
            self._record(CameraPaused(camera=self._camera, reason=reason))
        self.reason = reason

    def stop(self) -> None:
        """Hold nobody up any more; from any thread."""
        self._stopped = True

    async def passed(self) -> None:
        """Returns at once while the gate is open; else once the matcher is ready, or after `stop`."""
        while self._shut_s is not None and not self._stopped:
            if self._monotonic() - self._shut_s >= self._rest_s:
                missing = await self._missing()
                if missing is None:
                    self._open(self._shut_s)
                    return
                self.reason = missing
            await self._sleep(ASK_EVERY_S)

    async def _missing(self) -> str | None:
        """Why a search would be refused now; None when it would be answered."""
        try:
            state = await self._matcher.state()
        except (NotReady, ActorLost) as error:
            return error.reason
        return why_refused(state, self._incomplete)

    def _open(self, shut_s: float) -> None:
        self._opened_s = self._monotonic()
        after_s = round(self._opened_s - shut_s, 3)
        self._shut_s, self.reason = None, None
        log.info("camera_resumed", camera=self._camera, after_s=after_s)
        self._record(CameraResumed(camera=self._camera, after_s=after_s))


def why_refused(state: MatcherState, incomplete: Incomplete) -> str | None:
    """Why a matcher in this state refuses a search, in words; None when it answers.

    Where the deployment continues without the parts that are missing, one part is enough.
    """
    missing = state.missing
    if not missing or (incomplete == "continue" and len(missing) < len(state.shards)):
        return None
    return "incomplete: " + "; ".join(missing)
