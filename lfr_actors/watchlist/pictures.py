"""Reading a watchlist picture: upright, 8 bits, three channels, or a sentence saying why not."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from lfr_actors.messages import Image
from lfr_actors.watchlist.plain_file import NotAFile, TooLarge, read_plain_file

MAX_PIXELS = 50_000_000
"""A picture that unpacks to more is refused before it is unpacked: a small file can hold a very large one."""
MAX_FILE_BYTES = 100_000_000
MAX_RATIO = 12
"""A strip holds no face, and looking for one at its edges would take a square of its long side."""
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")

# Pillow warns of large pictures on its own and only from 89 million pixels; the limit above comes first.
warnings.filterwarnings("ignore", category=Pillow.DecompressionBombWarning)


class Unreadable(Exception):
    """A file that gives no picture; its text says why. Becomes a verdict and never leaves the package."""


class Animated(Unreadable):
    """A file of several pictures: nobody could say which of them shows the subject."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureFile:
    """A picture, uint8 (h, w, 3) BGR, and the SHA-256 (hex) of its file."""

    image: Image = field(repr=False)
    sha256: str


def read_picture(path: Path) -> Image:
    """The picture in a file, uint8 (h, w, 3) BGR. Raises as `read_picture_file`."""
    return read_picture_file(path).image


def read_picture_file(path: Path) -> PictureFile:
    """The picture in a file.

    EXIF orientation is applied; 16 bits become 8; grey and CMYK become colour; what is transparent becomes
    mid-grey. Raises `Unreadable` for a file that is missing, not a picture of `FORMATS`, corrupt, cut short
    or larger than `MAX_PIXELS`, and `Animated` for one of several pictures. A pipe or a device is never waited for.
    """
    data = picture_bytes(path)
    return PictureFile(image=decoded(data), sha256=hashlib.sha256(data).hexdigest())


def picture_bytes(path: Path) -> bytes:
    """The bytes of a picture's file, at least one. Raises `Unreadable`."""
    try:
        # no link: one may have been put there since the list was read
        data = read_plain_file(path, MAX_FILE_BYTES, follow_link=False)
    except NotAFile:
        raise Unreadable("this is not a file") from None
    except TooLarge as error:
        size, most = error.size_bytes / 1e6, MAX_FILE_BYTES / 1e6
        raise Unreadable(f"{size:,.0f} MB is more than the {most:.0f} MB allowed") from None
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except PermissionError:
        raise Unreadable("no permission to read the file") from None
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror})") from error
    if not data:
        raise Unreadable("the file is empty")
    return data


def decoded(data: bytes) -> Image:
    """The picture in these bytes, as `read_picture_file` gives it. Raises `Unreadable` and `Animated`."""
    try:
        with Pillow.open(io.BytesIO(data), formats=FORMATS) as picture:
            pixels = picture.width * picture.height
            if pixels > MAX_PIXELS:
                raise Unreadable(f"{pixels / 1e6:.0f} megapixels, at most {MAX_PIXELS / 1e6:.0f} allowed")
            if max(picture.size) > MAX_RATIO * min(picture.size):
                shape = f"{picture.width} × {picture.height} px"
                raise Unreadable(f"{shape}: one side is more than {MAX_RATIO} times as long as the other")
            # a photograph of several sizes (MPO) is still one picture
            if picture.format != "MPO" and getattr(picture, "is_animated", False):
                raise Animated("it holds several pictures, so that nobody can say which shows the subject")
            return _bgr(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError:
        raise Unreadable(f"not a picture of a known kind ({', '.join(FORMATS)})") from None
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        # a warning arrives here only where warnings are turned into errors
        raise Unreadable(f"more than the {MAX_PIXELS / 1e6:.0f} megapixels allowed") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        # what Pillow's decoders raise for damaged files
        raise Unreadable("damaged or cut short") from error


def _bgr(picture: Pillow.Image) -> Image:
    if picture.mode.startswith(("I", "F")):
        grey = _eight_bits(np.asarray(picture))
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        rgba = picture.convert("RGBA")
        picture = Pillow.new("RGBA", rgba.size, (127, 127, 127, 255))
        picture.alpha_composite(rgba)
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey of 16 bits, or numbers of any range in [0, 1], [0, 255] or [0, 65535], in 8 bits."""
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all() or numbers.min() < 0:
        raise ValueError("values of a picture are finite and not negative")
    most = 65535.0
    if values.dtype.kind == "f":
        most = next((limit for limit in (1.0, 255.0) if numbers.max() <= limit), most)
    return np.clip(np.rint(numbers * (255.0 / most)), 0, 255).astype(np.uint8)
