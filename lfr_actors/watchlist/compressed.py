"""Templates in one byte a number, and what that can hide at most: a bound that is computed, not assumed.

A template t is kept as round(t · scale), clipped to ±127, and a query q in the same way; their integer product is
within a known distance of the cosine similarity. With t̂ and q̂ for what the integers stand for,

    |q·t - q̂·t̂| ≤ |q - q̂|·|t| + |q̂|·|t - t̂|        (Cauchy–Schwarz)

and both differences are measured when they are made. Vectors are turned first, all in the same random way, which
changes no score and spreads what they hold evenly over their numbers. So whoever looks at every template whose
integer product comes that near to a threshold looks at every template that reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lfr_actors.messages import Vectors

QUERY_LEVELS: Final = 127
_LEVELS_IN_16_BITS: Final = 63
"""Processors without VNNI add two products in 16 bits: 2 · 255 · 63 fits in, 2 · 255 · 127 would be cut off."""
CLIP_SIGMAS: Final = 5.0
"""Numbers further out than this are clipped: one in 1.7 million, which the bound of their vector makes good."""
ROUNDING: Final = 1e-5
"""More than float32 arithmetic adds to any of it: 512 products of numbers below 1, 24 bits each."""
TILE_ROWS: Final = 262_144
"""Rows a product: a model of 128 MB with 512 numbers a template."""
_OPSET: Final = 17
_IR_VERSION: Final = 9


def turn(dim: int) -> Vectors:
    """A random rotation, float32 (d, d); the same for every list."""
    drawn = np.random.default_rng(dim).standard_normal((dim, dim))
    return np.linalg.qr(drawn)[0].astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compressed:
    """Vectors as integers, int8 (n, d), each 1/`scale`; what each lost, float32 (n,), and its length then, (n,)."""

    scale: float
    codes: NDArray[np.int8] = field(repr=False)
    lost: NDArray[np.float32] = field(repr=False)
    length: NDArray[np.float32] = field(repr=False)


def compress(vectors: Vectors, levels: int = QUERY_LEVELS) -> Compressed:
    """Vectors (n, d) of length 1, turned before, as integers from -`levels` to `levels`."""
    scale = np.float32(levels * np.sqrt(vectors.shape[1]) / CLIP_SIGMAS)
    # one array all the way, overwritten at the end: numpy keeps small ones for reuse
    work = vectors * scale
    np.clip(np.rint(work, out=work), -levels, levels, out=work)
    codes = work.astype(np.int8)
    work /= scale
    length = _lengths(work)
    np.subtract(vectors, work, out=work)
    lost = _lengths(work)
    work.fill(0)
    return Compressed(scale=float(scale), codes=codes, lost=lost, length=length)


def _lengths(rows: Vectors) -> NDArray[np.float32]:
    """The length of each row, without an array of their squares."""
    lengths: NDArray[np.float32] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return lengths


class CompressedTile:
    """At most `TILE_ROWS` templates, turned before, as integers, and the product of queries with all of them.

    The product runs in ONNX Runtime, whose integer kernels use what the processor has, in `threads` threads.
    `lost` float32 (rows,): how far each template is from what its integers stand for.
    """

    def __init__(self, templates: Vectors, threads: int) -> None:
        compressed = compress(templates, template_levels())
        self.rows = len(templates)
        self.scale = compressed.scale
        self.lost = compressed.lost
        self._session = _session(compressed.codes, threads)

    def products(self, queries: Compressed) -> NDArray[np.int32]:
        """The integer product of each query with each template, int32 (queries, rows).

        Divided by both scales it is about the cosine similarity.
        """
        shifted = queries.codes.view(np.uint8) ^ np.uint8(128)  # 128 more: the kernels want one side unsigned
        try:
            answer: NDArray[np.int32] = self._session.run(None, {"queries": shifted})[0]
        finally:
            shifted.fill(0)
        return answer


@cache
def template_levels() -> int:
    """The largest integer of a template with which this processor's products are right: tried, not looked up."""
    most = np.full((16, 64), QUERY_LEVELS, np.int8)
    shifted = np.full((1, 64), 255, np.uint8)
    answer = _session(most, 1).run(None, {"queries": shifted})[0]
    right = bool((answer == 64 * QUERY_LEVELS * (255 - 128)).all())
    return QUERY_LEVELS if right else _LEVELS_IN_16_BITS


def _session(codes: NDArray[np.int8], threads: int) -> ort.InferenceSession:
    rows, dim = codes.shape
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["queries", "templates", "zero"], ["products"])],
        "compressed",
        [helper.make_tensor_value_info("queries", TensorProto.UINT8, [None, dim])],
        [helper.make_tensor_value_info("products", TensorProto.INT32, [None, rows])],
        [
            numpy_helper.from_array(np.ascontiguousarray(codes.T), "templates"),
            numpy_helper.from_array(np.array(128, np.uint8), "zero"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # what is freed goes back, and is overwritten on its way
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
