"""What people are shown of a camera while it works, from frames in which faces were sought: film and preview."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lfr_actors.messages import SubjectId
from lfr_actors.recognition import Observation, Recognition
from lfr_actors.vision.annotate import AnnotatedFilm
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.picture import Box
from lfr_actors.vision.preview import Preview


class Showing:
    """One camera's annotated film, where there is one, and its preview; only faces of alerts are to be seen.

    Of everybody else, faces found in the very frame are blurred, and where tracks are expected, also lost ones.
    """

    def __init__(self, recognition: Recognition, film: Path | None) -> None:
        self._recognition = recognition
        self._film = None if film is None else AnnotatedFilm(film)
        self._film_thread = ThreadPoolExecutor(1, thread_name_prefix="annotate")
        self.preview = Preview()

    async def show(
        self, frame: Frame, faces: Faces, observation: Observation, now_s: float, *, overwritten: bool
    ) -> None:
        """Take a frame that was decided on; of one `overwritten` meanwhile there is nothing to preview.

        Where there is a film, the frame is drawn upon.
        """
        previews = self.preview.is_due(now_s) and not overwritten
        if not previews and self._film is None:
            return
        raised = [(track.box, self._recognition.raised_by(track.track_id)) for track in observation.tracks]
        alerts = [(box, subjects) for box, subjects in raised if subjects]
        hidden = self._hidden(frame, faces, [box for box, _ in alerts])
        if previews:
            self.preview.show(frame.image, hidden, [box for box, _ in alerts], now_s)
        if self._film is not None:
            marks = [(box, _label(subjects)) for box, subjects in alerts]
            await asyncio.get_running_loop().run_in_executor(
                self._film_thread, self._film.write, frame.image, frame.media_time_s, hidden, marks
            )

    async def close(self) -> None:
        """Finish the film and overwrite the preview."""
        self.preview.forget()
        if self._film is not None:
            await asyncio.get_running_loop().run_in_executor(self._film_thread, self._film.close)
        self._film_thread.shutdown(wait=False)

    def _hidden(self, frame: Frame, faces: Faces, shown: list[Box]) -> list[Box]:
        hidden = self._recognition.hidden_boxes(frame.media_time_s)
        return hidden + [box for box in faces.boxes if not any((box == own).all() for own in shown)]


def _label(subjects: frozenset[SubjectId]) -> str:
    return "alert: " + ", ".join(sorted(subjects))
