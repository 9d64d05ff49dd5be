"""A small street on film: somebody on the list passes early, then hardly anybody for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lfr_actors.evaluation.scenes.compose import compose_scene
from lfr_actors.evaluation.scenes.demo_cast import demo_cast
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.vision.packs import load_pack

STREET = SceneSettings(
    seconds=6,
    width=640,
    height=360,
    fps=12,
    face_px_min=44,
    face_px_max=90,
    speed_m_s=2.5,
    crowding=0,
    seed=3,
)
LONG_S = 40

WriteDeployment = Callable[..., Path]


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the open pack has been compiled."""
    home = tmp_path_factory.mktemp("prepared")
    load_pack("open", home=home, device="cpu", threads=1)
    return home


@pytest.fixture
def home(tmp_path: Path, prepared_home: Path) -> Path:
    """A fresh data folder that shares the compiled pack."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    (folder / "packs").symlink_to(prepared_home / "packs")
    return folder


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory, prepared_home: Path) -> Path:
    """A folder with `film.mp4` (6 s), `long.mp4` (the same and then a still street) and the list."""
    out = tmp_path_factory.mktemp("street")
    detector = load_pack("open", home=prepared_home, device="cpu", threads=1, parts="detector").detector
    cast = demo_cast(tmp_path_factory.mktemp("cast"), detector)
    cast = replace(cast, targets=cast.targets[:1], passers=cast.passers[:1])
    compose_scene(cast, STREET, out, detector)
    _lengthen(out / "film.mp4", out / "long.mp4")
    return out


def _lengthen(film: Path, longer: Path) -> None:
    """The film, followed by its last picture once a second until `LONG_S`."""
    with av.open(str(film)) as source, av.open(str(longer), "w") as target:
        stream = target.add_stream("libx264", rate=STREET.fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = STREET.width, STREET.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, STREET.fps)
        pictures = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
        times = list(range(len(pictures))) + list(range(len(pictures), LONG_S * STREET.fps, STREET.fps))
        for number, at in enumerate(times):
            image = pictures[min(number, len(pictures) - 1)]
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = at, Fraction(1, STREET.fps)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


@pytest.fixture
def write_deployment(tmp_path: Path, street: Path) -> WriteDeployment:
    """Writes a deployment of cameras on these films, `id=film`, at a pace."""

    def write(pace: str, **films: str) -> Path:
        lines = [
            "deployment: drill-1",
            "location: Test street",
            "purposes: [safeguarding]",
            "authority: {officer: 'Inspector, A. Example', reference: T/1,",
            "  not_before: 2020-01-01T00:00:00+00:00, not_after: 2100-01-01T00:00:00+00:00}",
            f"watchlist: {{csv: '{street / 'watchlist.csv'}'}}",
            "recognition: {pack: open, threshold: 0.955}",
            "cameras:",
        ]
        for camera, film in films.items():
            lines.append(f"  - {{id: {camera}, source: 'file:{street / film}', pace: {pace}}}")
        file = tmp_path / "drill.yaml"
        file.write_text("\n".join(lines) + "\n")
        return file

    return write
