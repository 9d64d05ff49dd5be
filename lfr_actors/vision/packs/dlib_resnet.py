"""dlib's face recognition network, read from its `.dat` file and written as an ONNX graph.

The file holds the layers from input to output. Each convolution (`con_4`) and each `affine_` layer is
followed by a tensor: a version (2), four dimensions, then little-endian float32; integers are one byte of
length and then that many bytes. A convolution's tensor is its filters then its biases; an affine layer's, its
gammas then its betas; the last layer (`fc_2`) has no bias.

The network (dlib's example `dnn_face_recognition_ex.cpp`): a 7x7 convolution of stride 2 and a pool, then
residual blocks of two 3x3 convolutions in five levels; the first block of each level but the first halves the
picture, its shortcut an average pool. Convolutions of stride 2 and pools have no padding, the others one;
where the two sides of a sum differ in shape, the smaller is padded with zeros at the end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

SIDE_PX = 150
DIM = 128
MEAN_RGB = (122.782, 117.001, 104.298)
DIVISOR = 256.0

BLOCKS: tuple[tuple[int, bool], ...] = (
    *[(32, False)] * 3,
    *[(64, True), (64, False), (64, False), (64, False)],
    *[(128, True), (128, False), (128, False)],
    *[(256, True), (256, False), (256, False)],
    (256, True),
)
"""The residual blocks: filters, and whether the block halves the picture."""

_LAYER = re.compile(
    rb"\x01[\x04\x05\x07](con_4|affine_|fc_2(?=\x01\x80\x02\x00\x01))(?:\x01\x80\x02\x00\x01)?\x01\x02"
)
"""A layer's name with its length, the fully connected layer's two sizes, and the version of the tensor."""

Floats = NDArray[np.float32]


def read_layers(content: bytes) -> list[tuple[str, Floats]]:
    """The layers with weights, in order: name and its tensor, flat float32.

    Raises `ValueError` when the file is not laid out as this network's.
    """
    layers = []
    for found in _LAYER.finditer(content):
        at, shape = found.end(), []
        for _ in range(4):
            value, at = _integer(content, at)
            shape.append(value)
        count = math.prod(shape)
        if count <= 0 or at + 4 * count > len(content):
            raise ValueError(f"a tensor of shape {shape} does not fit into the file")
        layers.append((found.group(1).decode(), np.frombuffer(content, "<f4", count, at)))
    convolutions = 1 + 2 * len(BLOCKS)
    names = [name for name, _ in layers]
    if names != ["con_4", "affine_"] * convolutions + ["fc_2"]:
        raise ValueError(f"the file's {len(names)} layers are not those of dlib's face recognition network")
    return layers


def _integer(content: bytes, at: int) -> tuple[int, int]:
    """dlib's integer at `at`, and where the next thing starts."""
    if at >= len(content):
        raise ValueError("the file is cut off in the shape of a tensor")
    length = content[at] & 0x0F
    value = int.from_bytes(content[at + 1 : at + 1 + length], "little")
    return (-value if content[at] & 0x80 else value), at + 1 + length


def to_onnx(content: bytes) -> ModelProto:
    """The network as ONNX: `chips` uint8 (n, 150, 150, 3) BGR → `embeddings` float32 (n, 128), raw.

    Each affine layer is folded into the convolution before it; the input's mean and divisor and the order of
    its channels into the first. Raises `ValueError` as `read_layers` does.
    """
    layers = [tensor for _, tensor in read_layers(content)]
    graph = _Graph(iter(layers))
    graph.node("Cast", ["chips"], "pixels", to=TensorProto.FLOAT)
    graph.node("Transpose", ["pixels"], "planes", perm=[0, 3, 1, 2])
    x = graph.convolution("planes", 3, 32, 7, 2, relu=True, pixels=True)
    x = graph.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
    channels, side = 32, 35
    for filters, halves in BLOCKS:
        x, side = graph.block(x, channels, filters, side, halves)
        channels = filters
    x = graph.node("GlobalAveragePool", [x])
    x = graph.node("Flatten", [x], axis=1)
    graph.node("MatMul", [x, graph.constant(layers[-1].reshape(channels, DIM))], "embeddings")
    return graph.model()


class _Graph:
    """An ONNX graph under construction; takes its weights from dlib's layers in order."""

    def __init__(self, layers: Iterator[Floats]) -> None:
        self._layers = layers
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def node(self, kind: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        output = output or f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def convolution(
        self,
        x: str,
        channels: int,
        filters: int,
        kernel: int,
        stride: int,
        *,
        relu: bool,
        pixels: bool = False,
    ) -> str:
        """A convolution with its affine layer, and a ReLU if there is one; `pixels`: the input is a chip."""
        tensor, affine = next(self._layers), next(self._layers)
        weights = tensor[:-filters].reshape(filters, channels, kernel, kernel).astype(np.float64)
        bias = tensor[-filters:].astype(np.float64)
        gamma, beta = affine.reshape(2, filters).astype(np.float64)
        if pixels:
            weights = weights / DIVISOR
            bias = bias - np.einsum("fckl,c->f", weights, np.array(MEAN_RGB))
            weights = weights[:, ::-1]
        weights = weights * gamma[:, None, None, None]
        names = [
            self.constant(weights.astype(np.float32)),
            self.constant((bias * gamma + beta).astype(np.float32)),
        ]
        pad = kernel // 2 if stride == 1 else 0
        x = self.node("Conv", [x, *names], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)
        return self.node("Relu", [x]) if relu else x

    def block(self, x: str, channels: int, filters: int, side: int, halves: bool) -> tuple[str, int]:
        """A residual block; returns its output and the side of that in px."""
        stride = 2 if halves else 1
        main = self.convolution(x, channels, filters, 3, stride, relu=True)
        main = self.convolution(main, filters, filters, 3, 1, relu=False)
        if halves:
            main_side, short_side = (side - 3) // 2 + 1, (side - 2) // 2 + 1
            side = max(main_side, short_side)
            x = self.node("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
            x = self._padded(x, filters - channels, side - short_side)
            main = self._padded(main, 0, side - main_side)
        return self.node("Relu", [self.node("Add", [main, x])]), side

    def _padded(self, x: str, channels: int, side: int) -> str:
        if channels == 0 and side == 0:
            return x
        return self.node("Pad", [x, self.constant(np.array([0, 0, 0, 0, 0, channels, side, side], np.int64))])

    def model(self) -> ModelProto:
        chips = helper.make_tensor_value_info("chips", TensorProto.UINT8, ["n", SIDE_PX, SIDE_PX, 3])
        embeddings = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", DIM])
        graph = helper.make_graph(self._nodes, "dlib-resnet", [chips], [embeddings], self._constants)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="lfr-actors"
        )
