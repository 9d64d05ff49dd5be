"""What a scene is asked to be."""

from __future__ import annotations

from dataclasses import dataclass

FACE_M = 0.15
"""Width of a face as a detector boxes it, in metres: what turns pixels into distances."""
FOCAL_WIDTHS = 1.9
"""Focal length in picture widths: a lens of about 30° across, as on a camera that watches a passage."""
FIRST_STEP_S = 0.5
"""Nobody comes into the picture earlier than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSettings:
    """Length, picture and crowd of a scene.

    `seconds` of film at `fps`; `width` and `height` in px, even. Faces grow from `face_px_min` to a largest
    size between 0.7 and 1 times `face_px_max` (width of the face box). `speed_m_s` is the mean walking speed.
    `crowding` in [0, 1]: 0 keeps people out of each other's way as far as their number allows, 1 lets them
    walk wherever chance puts them. `shutter_s` is the exposure of one frame, `noise` the standard deviation
    of the sensor noise at middle grey in steps of 255, `bitrate_kbps` that of the H.264 stream.

    Raises `ValueError` naming the setting and what it may be.
    """

    seconds: float = 60.0
    width: int = 1280
    height: int = 720
    fps: int = 25
    face_px_min: float = 40.0
    face_px_max: float = 130.0
    speed_m_s: float = 1.3
    crowding: float = 0.3
    shutter_s: float = 1 / 100
    noise: float = 3.0
    bitrate_kbps: int = 3000
    seed: int = 1

    def __post_init__(self) -> None:
        limits: tuple[tuple[str, float, float], ...] = (
            ("seconds", 1, 3600),
            ("width", 320, 3840),
            ("height", 240, 2160),
            ("fps", 5, 60),
            ("face_px_min", 12, 400),
            ("face_px_max", 16, 400),
            ("speed_m_s", 0.3, 4),
            ("crowding", 0, 1),
            ("shutter_s", 0.0005, 1 / self.fps if self.fps > 0 else 1),
            ("noise", 0, 30),
            ("bitrate_kbps", 200, 50_000),
        )
        for name, low, high in limits:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value:g}; it must be from {low:g} to {high:g}")
        if self.width % 2 or self.height % 2:
            raise ValueError(f"the picture is {self.width}x{self.height}; both sides must be even")
        if self.face_px_max < 1.3 * self.face_px_min:
            raise ValueError(
                f"faces from {self.face_px_min:g} to {self.face_px_max:g} px do not grow; "
                "the largest must be at least 1.3 times the smallest"
            )
        if self.face_px_max > 0.4 * self.height:
            raise ValueError(
                f"faces of {self.face_px_max:g} px are too large for a picture {self.height} px high; "
                f"at most {0.4 * self.height:g} px"
            )

    @property
    def frames(self) -> int:
        """Number of frames of the film."""
        return round(self.seconds * self.fps)

    @property
    def focal_px(self) -> float:
        """Focal length in px."""
        return FOCAL_WIDTHS * self.width

    @property
    def horizon_px(self) -> float:
        """Height of the horizon in the picture, px from its top: the camera looks slightly down."""
        return 0.155 * self.height

    @property
    def corner_m(self) -> float:
        """Distance of the street corners round which people come."""
        return 0.97 * self.distance_m(self.face_px_min)

    @property
    def corner_px(self) -> float:
        """Distance of the corners from the middle of the picture, px."""
        return 0.37 * self.width

    @property
    def wall_m(self) -> float:
        """Distance of the walls from the middle of the passage."""
        return self.corner_px * self.corner_m / self.focal_px

    @property
    def drop_m(self) -> float:
        """How far a face of middle height is below the camera; small enough to stay in the picture."""
        room_px = 0.56 * self.height - self.horizon_px
        return min(0.36, room_px * FACE_M / self.face_px_max)

    @property
    def camera_m(self) -> float:
        """Height of the camera above the ground."""
        return 1.62 + self.drop_m

    def distance_m(self, face_px: float) -> float:
        """How far away a face of this width is."""
        return self.focal_px * FACE_M / face_px
