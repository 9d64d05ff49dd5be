"""CenterFace made ready to run: its input shape freed, its weights made constants."""

from __future__ import annotations

from onnx import ModelProto, ValueInfoProto, helper

OUTPUT_CHANNELS = (1, 2, 2, 10)
"""Heat map of face centres, log size, offset, landmarks: all at stride 4."""


def freed(model: ModelProto) -> ModelProto:
    """The model for any (1, 3, h, w), h and w multiples of 32; RGB, 0 to 255.

    The published file is fixed to ten pictures of 32x32, and lists its weights among its inputs, which keeps
    ONNX Runtime from folding its normalisations into its convolutions. Raises `ValueError` when the outputs
    are not CenterFace's.
    """
    weights = {weight.name for weight in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    if len(inputs) != 1 or len(model.graph.output) != len(OUTPUT_CHANNELS):
        raise ValueError(f"{len(inputs)} inputs and {len(model.graph.output)} outputs are not CenterFace's")
    outputs = list(model.graph.output)
    del model.graph.input[:], model.graph.output[:]
    model.graph.input.append(_shaped(inputs[0], [1, 3, "h", "w"]))
    for value, channels in zip(outputs, OUTPUT_CHANNELS, strict=True):
        model.graph.output.append(_shaped(value, [1, channels, "h4", "w4"]))
    del model.graph.value_info[:]
    return model


def _shaped(value: ValueInfoProto, shape: list[int | str]) -> ValueInfoProto:
    return helper.make_tensor_value_info(value.name, value.type.tensor_type.elem_type, shape)
