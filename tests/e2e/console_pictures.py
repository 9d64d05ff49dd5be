"""Pictures for a console to look at: faces that are drawn, and the astronaut of scikit-image."""

from __future__ import annotations

import cv2
import numpy as np
from skimage import data

from lfr_actors.messages import Image
from lfr_actors.vision.portrait import PORTRAIT_HEIGHT_PX, PORTRAIT_WIDTH_PX, aligned_portrait

_ASTRONAUT = np.array([[202.5, 101], [247, 103], [223, 121], [206, 143], [241, 143]], np.float32)
"""The landmarks of her face, px."""
_SKINS = ((140, 175, 225), (90, 130, 190), (60, 85, 130), (170, 200, 240))


def drawn_face(number: int, *, turned: float = 0.0) -> Image:
    """A face that is drawn, 240 x 300 px, eyes where every portrait has them; the same one for the same number."""
    random = np.random.default_rng(number)
    shown = np.full((PORTRAIT_HEIGHT_PX, PORTRAIT_WIDTH_PX, 3), random.integers(120, 220, 3), np.uint8)
    skin = _SKINS[int(random.integers(len(_SKINS)))]
    hair = tuple(int(each) for each in random.integers(10, 110, 3))
    coat = tuple(int(each) for each in random.integers(40, 160, 3))
    shade = tuple(int(each * 0.8) for each in skin)
    width = int(random.integers(68, 82))
    cv2.ellipse(shown, (120, 360), (125, 110), 0, 0, 360, coat, -1, cv2.LINE_AA)
    cv2.rectangle(shown, (92, 210), (148, 275), shade, -1)
    cv2.ellipse(shown, (120, 118), (width + 16, 112), 0, 150, 390, hair, -1, cv2.LINE_AA)
    cv2.ellipse(shown, (120, 150), (width, 100), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(shown, (120, 78), (width, 38), turned, 170, 370, hair, -1, cv2.LINE_AA)
    for x in (90, 150):
        cv2.ellipse(shown, (x, 135), (14, 8), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
        cv2.circle(shown, (x + int(turned), 135), 6, (60, 50, 40), -1, cv2.LINE_AA)
        cv2.line(shown, (x - 16, 118), (x + 16, 117), hair, 5, cv2.LINE_AA)
    cv2.line(shown, (120, 145), (113, 176), shade, 4, cv2.LINE_AA)
    cv2.ellipse(
        shown, (120, 205), (int(random.integers(18, 32)), 9), 0, 0, 180, (80, 70, 170), 4, cv2.LINE_AA
    )
    return cv2.GaussianBlur(shown, (0, 0), 0.8)


def seen_by_camera(face: Image, number: int) -> Image:
    """The same face as a camera might see it: darker, softer, noisy."""
    random = np.random.default_rng(number)
    soft = cv2.GaussianBlur(face, (0, 0), 2.2).astype(np.float32) * 0.8
    return np.clip(soft + random.normal(0, 6, face.shape), 0, 255).astype(np.uint8)


def astronaut() -> Image:
    """The picture of the astronaut, BGR."""
    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


def astronaut_portrait() -> bytes:
    """Her face, aligned: JPEG."""
    return aligned_portrait(astronaut(), _ASTRONAUT)


def street(face: Image, number: int) -> Image:
    """A street with people who are blurred, and this face in a frame, 960 x 540 px."""
    random = np.random.default_rng(number)
    shown = np.full((540, 960, 3), (176, 170, 160), np.uint8)
    cv2.rectangle(shown, (0, 330), (960, 540), (120, 118, 116), -1)
    for x in range(0, 960, 160):
        tone = tuple(int(each) for each in random.integers(90, 190, 3))
        cv2.rectangle(shown, (x, int(random.integers(20, 120))), (x + 150, 330), tone, -1)
    for x in (70, 260, 640, 820):
        coat = tuple(int(each) for each in random.integers(40, 150, 3))
        cv2.ellipse(shown, (x + 30, 520), (60, 170), 0, 180, 360, coat, -1, cv2.LINE_AA)
        head = cv2.resize(drawn_face(number * 7 + x), (72, 90), interpolation=cv2.INTER_AREA)
        shown[280:370, x - 6 : x + 66] = cv2.GaussianBlur(head, (0, 0), 14)
    shown[190:340, 420:540] = cv2.resize(face, (120, 150), interpolation=cv2.INTER_AREA)
    cv2.rectangle(shown, (418, 188), (542, 342), (255, 255, 255), 3)
    return shown


def preview(frame: int, number: int) -> Image:
    """What a camera sees, 480 x 270 px, everybody blurred; something moves from frame to frame."""
    whole = cv2.resize(street(drawn_face(number), number), (480, 270), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(whole, (0, 0), 4)
    cv2.rectangle(soft, (frame * 4 % 440, 190), (frame * 4 % 440 + 24, 262), (70, 60, 50), -1)
    return soft


def decoded(content: bytes) -> Image:
    """A JPEG as a picture."""
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)


def jpeg(image: Image, quality: int = 80) -> bytes:
    """A picture as JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
