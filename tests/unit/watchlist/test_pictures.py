"""Reading pictures: orientation, depth, channels, and every way in which a file can be no picture."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lfr_actors.watchlist.pictures import Animated, Unreadable, read_picture, read_picture_file


def gradient() -> np.ndarray:
    """RGB, (40, 60, 3), every pixel different from its neighbours."""
    rows, columns = np.mgrid[0:40, 0:60]
    return np.stack([rows * 6, columns * 4, rows + columns], axis=2).astype(np.uint8)


def test_colour_comes_as_bgr(tmp_path: Path) -> None:
    """Channels are blue, green, red, as everywhere in the product."""
    Pillow.fromarray(gradient()).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), gradient()[:, :, ::-1])


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    """A picture stored on its side stands upright."""
    exif = Pillow.Exif()
    exif[274] = 6
    lying = Pillow.fromarray(gradient()).rotate(90, expand=True)
    lying.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), gradient()[:, :, ::-1])


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "YCbCr"])
def test_every_mode_becomes_three_channels_of_eight_bits(tmp_path: Path, mode: str) -> None:
    """Grey, palette, bilevel, CMYK and alpha all become uint8 (h, w, 3)."""
    Pillow.fromarray(gradient()).convert("RGB" if mode == "LA" else mode).convert(mode).save(
        tmp_path / "a.tif"
    )
    image = read_picture(tmp_path / "a.tif")
    assert (image.dtype, image.shape) == (np.uint8, (40, 60, 3))


def test_sixteen_bits_keep_their_range(tmp_path: Path) -> None:
    """16-bit grey is scaled to 8 bits, not cut."""
    grey = np.linspace(0, 65535, 2400).reshape(40, 60).astype(np.uint16)
    Pillow.fromarray(grey).save(tmp_path / "a.png")
    image = read_picture(tmp_path / "a.png")
    np.testing.assert_allclose(image[:, :, 0], grey / 257, atol=1)


def test_what_is_transparent_is_grey(tmp_path: Path) -> None:
    """A transparent pixel has no colour of its own; it becomes mid-grey."""
    rgba = np.dstack([gradient(), np.full((40, 60), 255, np.uint8)])
    rgba[0, 0] = (255, 0, 0, 0)
    Pillow.fromarray(rgba).save(tmp_path / "a.png")
    image = read_picture(tmp_path / "a.png")
    assert image[0, 0].tolist() == [127, 127, 127]
    np.testing.assert_array_equal(image[1], gradient()[1, :, ::-1])


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 10_000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_unpacks(tmp_path: Path, side: int) -> None:
    """A small file that claims a huge picture is refused by its header."""
    (tmp_path / "a.png").write_bytes(png(side, side))
    with pytest.raises(Unreadable, match="megapixels"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello", "known kind"),
        (png(50, 50), "damaged"),
        (b"\xff\xd8\xff\xe0cut", "known kind|damaged"),
    ],
)
def test_what_is_no_picture_says_why(tmp_path: Path, content: bytes, words: str) -> None:
    """Empty, wrong and damaged files each get their sentence."""
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read_picture(tmp_path / "a.jpg")


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    """A path without a file behind it is named as such."""
    with pytest.raises(Unreadable, match="no such file"):
        read_picture(tmp_path / "none.jpg")
    with pytest.raises(Unreadable, match="not a file"):
        read_picture(tmp_path)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_several_pictures_in_a_file_are_refused(tmp_path: Path, suffix: str) -> None:
    """Nobody could say which frame or page shows the subject; one alone is read, whatever the format."""
    frames = [Pillow.fromarray(np.roll(gradient(), 9 * at, axis=0)) for at in range(3)]
    frames[0].save(tmp_path / f"several.{suffix}", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / f"one.{suffix}")
    with pytest.raises(Animated, match="several pictures"):
        read_picture(tmp_path / f"several.{suffix}")
    assert read_picture(tmp_path / f"one.{suffix}").shape == (40, 60, 3)


def test_what_is_no_plain_file_is_never_waited_for(tmp_path: Path) -> None:
    """A pipe, a socket, a device and a link say so at once."""
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "link.jpg").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "sock.jpg"))
    for name in ("pipe.jpg", "sock.jpg", "link.jpg"):
        with pytest.raises(Unreadable, match="not a file|cannot be read"):
            read_picture(tmp_path / name)


def test_a_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    """A sparse file of a gigabyte is told apart before a byte of it is read."""
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(Unreadable, match="1,000 MB is more than the 100 MB allowed"):
        read_picture(tmp_path / "a.jpg")


def test_a_strip_is_refused(tmp_path: Path) -> None:
    """A picture of one pixel by many thousands would need a huge square to look for faces at its edges."""
    Pillow.new("RGB", (1, 20_000)).save(tmp_path / "a.png")
    with pytest.raises(Unreadable, match="1 × 20000 px"):
        read_picture(tmp_path / "a.png")


def test_a_small_file_with_a_large_comment_is_refused(tmp_path: Path) -> None:
    """Text that unpacks to many megabytes is not unpacked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    whole = png(50, 50)
    comment = chunk(b"iTXt", b"Comment\0\x01\0\0\0" + zlib.compress(bytes(20_000_000)))
    (tmp_path / "a.png").write_bytes(whole[:33] + comment + whole[33:])
    with pytest.raises(Unreadable, match="damaged"):
        read_picture(tmp_path / "a.png")


def test_the_hash_is_of_the_file(tmp_path: Path) -> None:
    """Who has the file can say that this is the picture on the list."""
    Pillow.fromarray(gradient()).save(tmp_path / "a.png")
    expected = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert read_picture_file(tmp_path / "a.png").sha256 == expected
