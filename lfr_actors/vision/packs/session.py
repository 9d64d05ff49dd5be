"""ONNX Runtime sessions whose execution provider is the one asked for, or an error that says why not.

ONNX Runtime drops a provider that cannot start and carries on with the next one; here the provider is read
back from the session after it was made, and `device: cuda` without CUDA is `DeviceUnavailable`.
"""

from __future__ import annotations

import functools
import importlib.metadata
from pathlib import Path
from typing import Any, Literal

import onnxruntime
from onnx import TensorProto, helper

from lfr_actors.errors import DeviceUnavailable, PackError

Device = Literal["auto", "cpu", "cuda"]

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

_LOG_ERRORS_ONLY = 3


def session_options(threads: int) -> Any:
    """Options of every session: `threads` threads inside an operator, operators one after the other.

    Threads do not spin while they wait: the cores are shared with decoding, tracking and other cameras.
    What a run needed in between is given back to the C library after it, which overwrites it (`hardening`):
    an arena would keep pictures and embeddings until the next run. That costs 5 % of detecting, aligning and
    embedding a frame with six faces, 7 % of detecting and 1.5 % of embedding alone.
    """
    if threads < 1:
        raise ValueError(f"threads is {threads}; at least 1 is needed")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _LOG_ERRORS_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def providers_for(pack: str, device: Device) -> list[str]:
    """The providers to hand to ONNX Runtime; raises `DeviceUnavailable` when CUDA is not there."""
    available = onnxruntime.get_available_providers()
    if device == "cpu" or (device == "auto" and CUDA not in available):
        return [CPU]
    if CUDA not in available:
        raise DeviceUnavailable(pack, f"device: cuda was asked for, but {_why_no_cuda(available)}")
    _preload_cuda()
    return [CUDA, CPU]


def check_provider(pack: str, device: Device, session: Any) -> str:
    """The provider that a session really runs on; `DeviceUnavailable` when that is not the CUDA asked for."""
    really = str(session.get_providers()[0])
    if device == "cuda" and really != CUDA:
        raise DeviceUnavailable(
            pack,
            f"device: cuda was asked for, but ONNX Runtime started on {really}: CUDA is installed "
            "and could not start. Check the driver (nvidia-smi) and that CUDA and cuDNN are of the versions "
            f"that onnxruntime {onnxruntime.__version__} was built for",
        )
    return really


def open_session(pack: str, model: Path | bytes, *, device: Device, threads: int) -> Any:
    """A session for a model file or its bytes.

    Raises `PackError` when the file is not a model that ONNX Runtime can run, `DeviceUnavailable` when
    `device` is "cuda" and the session would run on anything else.
    """
    source = str(model) if isinstance(model, Path) else model
    providers = providers_for(pack, device)
    try:
        session = onnxruntime.InferenceSession(source, session_options(threads), providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions share no base class but this one
        what = model.name if isinstance(model, Path) else "the model"
        raise PackError(pack, f"{what} cannot be run by ONNX Runtime: {error}") from error
    check_provider(pack, device, session)
    return session


@functools.cache
def really_used(device: Device = "auto") -> str:
    """The provider that a session for `device` really gets on this machine, found by starting a tiny one."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    same = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "probe", [value], [same])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = open_session("probe", model.SerializeToString(), device=device, threads=1)
    return str(session.get_providers()[0])


def _preload_cuda() -> None:
    """Let ONNX Runtime find CUDA and cuDNN where the NVIDIA packages of this environment put them."""
    if hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()


def _why_no_cuda(available: list[str]) -> str:
    builds = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            builds.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return (
        f"the installed ONNX Runtime ({', '.join(builds) or onnxruntime.__version__}) offers only "
        f"{', '.join(available)}. Replace it: pip uninstall onnxruntime, then pip install onnxruntime-gpu; "
        "or set device: cpu"
    )
