"""Needles are found in every form and at any place, and nothing else is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lfr_actors.canary.needles import Block, Exact, Pictures, Runs, Vectors

COLOURS = ((13, 200, 77), (233, 30, 140), (62, 240, 191))
GREEN = bytes(COLOURS[0])


def templates(count: int = 12, dim: int = 128) -> NDArray[np.float32]:
    """Templates of one face in several frames: nearly alike, of length 1."""
    rng = np.random.default_rng(3)
    rows = rng.normal(0, 1, dim) + rng.normal(0, 0.03, (count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes without meaning."""
    return np.random.default_rng(seed).bytes(size)


def band(height: int = 6, each: int = 12) -> NDArray[np.uint8]:
    """A picture of three stripes side by side."""
    return np.repeat(np.array(COLOURS, np.uint8), each, axis=0)[None].repeat(height, axis=0)


@pytest.mark.parametrize("dtype", ["<f4", "<f2"])
@pytest.mark.parametrize("shift", [0, 1, 2, 3, 7, 64])
def test_a_template_is_found_as_either_number_at_any_byte(dtype: str, shift: int) -> None:
    """Wherever it begins, and though no sample has exactly its bits."""
    samples = templates()
    kind = "<f4" if dtype == "<f4" else "<f2"
    needle = Vectors(kind="template", samples=samples[1:], dtype=kind)  # type: ignore[arg-type]
    content = noise(4096 + shift) + samples[0].astype(dtype).tobytes() + noise(999, 2)
    found = needle.find(Block(content))
    size = np.dtype(dtype).itemsize
    assert len(found)
    assert 4096 + shift <= found.min() <= found.max() < 4096 + shift + 128 * size


@pytest.mark.parametrize("factor", [0.01, 17.3])
def test_a_template_is_found_before_it_has_length_one(factor: float) -> None:
    """A raw embedding points the same way."""
    samples = templates()
    needle = Vectors(kind="template", samples=samples)
    assert len(needle.find(Block(noise(500) + (samples[2] * np.float32(factor)).tobytes())))


@pytest.mark.parametrize("kept", [slice(0, 64), slice(40, 128)])
def test_half_a_template_is_found(kept: slice) -> None:
    """A vector of which an allocator has overwritten one end."""
    samples = templates()
    assert len(Vectors(kind="template", samples=samples).find(Block(samples[0, kept].tobytes())))


def test_another_face_is_not_found() -> None:
    """Neither templates of somebody else, nor noise, nor zeros, nor what is no number."""
    samples = templates()
    needle = Vectors(kind="template", samples=samples)
    other = np.random.default_rng(8).normal(0, 0.1, (64, 128)).astype(np.float32)
    content = other.tobytes() + (-samples).tobytes() + bytes(4096) + b"\xff" * 4096 + noise(1 << 20)
    assert not len(needle.find(Block(content)))


def test_an_empty_block_holds_nothing() -> None:
    """Blocks shorter than any needle are no fault."""
    for content in (b"", b"\x01", noise(9)):
        block = Block(content)
        assert not len(Vectors(kind="template", samples=templates()).find(block))
        assert not len(Exact("bytes", [b"0123456789"]).find(block))
        assert not len(Runs(kind="pixels", units=(GREEN,)).find(block))


def test_a_run_of_pixels_is_found_where_it_begins_once() -> None:
    """Eight equal pixels are a run, seven are not, and a longer run counts once."""
    needle = Runs(kind="pixels", units=(GREEN,))
    assert needle.find(Block(noise(101) + GREEN * 8 + noise(50, 2))).tolist() == [101]
    assert needle.find(Block(noise(101) + GREEN * 30 + noise(50, 2))).tolist() == [101]
    assert not len(needle.find(Block(noise(101) + GREEN * 7 + noise(50, 2))))


def test_pixels_are_found_in_both_orders_of_channels() -> None:
    """A crop that was turned to RGB is the same crop."""
    needle = Runs(kind="pixels", units=(GREEN, GREEN[::-1]))
    assert len(needle.find(Block(band()[..., ::-1].tobytes()))) == 6


def test_planes_of_floats_are_found_only_with_two_colours() -> None:
    """One value alone says nothing; a row of a plane with two of them does, mirrored or not."""
    units = tuple(np.float32(colour[1]).tobytes() for colour in COLOURS)
    needle = Runs(kind="planes", units=(units[1], units[0], units[2]), least=5, together_within=160)
    plane = np.ascontiguousarray(band().astype(np.float32).transpose(2, 0, 1))
    assert len(needle.find(Block(bytes(400) + plane.tobytes()))) == 6
    assert len(needle.find(Block(np.ascontiguousarray(plane[:, :, ::-1]).tobytes()))) == 6
    assert not len(needle.find(Block(np.full(5000, COLOURS[1][1], np.float32).tobytes())))


def test_interleaved_floats_are_found() -> None:
    """A crop turned to floats without being taken apart into planes."""
    unit = np.array(COLOURS[1], np.float32).tobytes()
    needle = Runs(kind="network input", units=(unit,), least=5)
    content = bytes(4 * 33) + band().astype(np.float32).tobytes()
    assert needle.find(Block(content)).tolist() == [4 * 33 + row * 36 * 12 + 12 * 12 for row in range(6)]


@pytest.mark.parametrize("shift", range(5))
def test_exact_strings_are_found_at_any_byte(shift: int) -> None:
    """Many at once; a string of which a byte differs is not found."""
    strings = [noise(24, seed) for seed in range(200)]
    needle = Exact("bytes", strings)
    altered = bytes([strings[9][0] ^ 1]) + strings[9][1:]
    content = noise(1000 + shift, 900) + strings[7] + altered + strings[150]
    assert needle.find(Block(content)).tolist() == [1000 + shift, 1048 + shift]


def test_exact_strings_that_are_too_short_are_refused() -> None:
    """Seven bytes turn up by chance."""
    with pytest.raises(ValueError, match="at least 8 bytes"):
        Exact("bytes", [b"1234567"])


@pytest.mark.parametrize("quality", [60, 75, 95])
def test_a_jpeg_of_the_band_is_found_at_any_quality(quality: int) -> None:
    """Decoded and looked at: no two encoders write the same bytes."""
    rng = np.random.default_rng(5)
    picture = rng.integers(60, 120, (64, 80, 3), dtype=np.uint8)
    picture[10:26, 10:58] = np.repeat(band(16, 16), 1, axis=0)
    own = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    other = cv2.imencode(".jpg", rng.integers(60, 120, (64, 80, 3), dtype=np.uint8))[1].tobytes()
    needle = Pictures(kind="JPEG", colours=COLOURS)
    assert needle.find(Block(noise(77) + other + own + noise(500, 2))).tolist() == [77 + len(other)]


def test_what_only_begins_like_a_jpeg_is_no_fault() -> None:
    """Memory is full of such beginnings."""
    content = (b"\xff\xd8\xff\xe0" + noise(300)) * 5 + b"\xff\xd8\xff"
    assert not len(Pictures(kind="JPEG", colours=COLOURS).find(Block(content)))
