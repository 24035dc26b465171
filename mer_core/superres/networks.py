"""The networks as data: their convolutions, their cost, strict loading, and their real layers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .registry import Network, find

if TYPE_CHECKING:
    import keras

FAMILIES = ("RDN", "RRDN", "nESRGAN+", "face RRDB", "face nRRDB")


class Conv(NamedTuple):
    """One convolution: side of its kernel, channels in and out, its output side / the input's."""

    name: str
    kernel: int
    inputs: int
    filters: int
    scale: float = 1
    bias: bool = True


def convolutions(network: Network) -> list[Conv]:
    """Every convolution of `network`, in order, without building it.

    The test suite holds this list against the layers that are really built.
    """
    _, s, C, D, G, G0, T = (getattr(network, k) for k in ("family", "scale", *"CDG", "G0", "T"))
    if network.family == "RDN":
        blocks = [
            [Conv(f"F_{d}_{c}", 3, G0 + (c - 1) * G, G) for c in range(1, C + 1)]
            + [Conv(f"LFF_{d}", 1, G0 + C * G, G0)]
            for d in range(1, D + 1)
        ]
        head = [Conv("F_m1", 3, 3, G0), Conv("F_0", 3, G0, G0)]
        tail = [Conv("GFF_1", 1, D * G0, G0), Conv("GFF_2", 3, G0, G0)]
        tail += [Conv("UPN1", 5, G0, 64), Conv("UPN2", 3, 64, 32), Conv("UPN3", 3, 32, 3 * s * s)]
        tail += [Conv("SR", 3, 3 * s * s, 3, s)]
    elif network.family == "RRDN":
        blocks = [
            [Conv(f"F_{t}_{d}_{c}", 3, G0 + (c - 1) * G, G) for c in range(1, C + 1)]
            + [Conv(f"LFF_{t}_{d}", 3, G0 + C * G, G0)]
            for t in range(1, T + 1)
            for d in range(1, D + 1)
        ]
        head = [Conv("Pre_blocks_conv", 3, 3, G0)]
        tail = [Conv("post_blocks_conv", 3, G0, G0), Conv("PreShuffle", 3, G0, 3 * s * s)]
        tail += [Conv("SR", 3, 3, 3, s)]
    elif network.family in FAMILIES:
        grid = 1 / network.stride  # of the body
        blocks = [
            [Conv(f"F_{t}_{d}_{c}", 3, G0 + (c - 1) * G, G, grid) for c in range(1, C)]
            + [Conv(f"F_{t}_{d}_{C}", 3, G0 + (C - 1) * G, G0, grid)]
            + [Conv(f"skip_{t}_{d}", 1, G0, G, grid, bias=False)] * (network.family != "face RRDB")
            for t in range(1, T + 1)
            for d in range(1, D + 1)
        ]
        seen = 3 if network.family == "nESRGAN+" else 6  # the face networks see the detail too
        head = [Conv("first", 3 * network.stride, seen, G0, grid)]
        tail = [Conv("trunk", 3, G0, G0, grid)]
        if network.family == "nESRGAN+":
            tail += [Conv("up_1", 3, G0, G0, 2), Conv("up_2", 3, G0, G0, 4)]
            tail += [Conv("HR_1", 3, G0, G0, 4), Conv("HR_2", 3, G0, 3, 4)]
        else:
            tail += [Conv("up_1", 3, G0, G0 // 2, s / 2), Conv("up_2", 3, G0 // 2, G0 // 4, s)]
            tail += [Conv("last", 3, G0 // 4, 3, s), Conv("base", 6 * s, 3, 3, 1, bias=False)]
    else:
        raise ValueError(f"family: got {network.family!r}; allowed are {', '.join(FAMILIES)}")
    return head + [conv for block in blocks for conv in block] + tail


def expected(network: Network) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor: ``layer/kernel`` (k, k, in, out) and ``layer/bias`` (out,)."""
    shapes: dict[str, tuple[int, ...]] = {}
    for c in convolutions(network):
        shapes[f"{c.name}/kernel"] = (c.kernel, c.kernel, c.inputs, c.filters)
        if c.bias:
            shapes[f"{c.name}/bias"] = (c.filters,)
    return shapes


def flops(name: str, height: int, width: int) -> float:
    """Floating-point operations for one LR frame (a multiply and an add are two); no TensorFlow.

    Parameters
    ----------
    name : a name of MODELS; an interpolation counts as 0
    height, width : of the LR frame, in pixels
    """
    network = find(name).network
    if network is None:
        return 0.0
    per_pixel = sum(
        2 * c.kernel**2 * c.inputs * c.filters * c.scale**2 for c in convolutions(network)
    )
    return float(per_pixel * height * width)


def memory(network: Network, height: int, width: int) -> int:
    """Bytes that one LR frame of height x width pixels takes in the engine, from above.

    Four times what the widest convolution reads and writes, in float32: OpenVINO's share was 2.1
    to 3 times that in psnr-small, psnr-large, both ESRGANs and nESRGAN+ (the benchmark measures).
    """
    widest = max((c.inputs + c.filters) * c.scale**2 for c in convolutions(network))
    return 4 * 4 * widest * height * width


def check_tensors(
    tensors: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]], *, origin: str
) -> None:
    """Raise one ValueError naming every missing, extra, wrongly shaped or not finite tensor."""
    faults = [f"missing {n} {tuple(shapes[n])}" for n in sorted(shapes.keys() - tensors.keys())]
    for name in sorted(tensors):
        tensor = tensors[name]
        if name not in shapes:
            faults.append(f"extra {name} {tensor.shape}")
        elif tensor.shape != tuple(shapes[name]):
            faults.append(f"{name} has shape {tensor.shape}, not {tuple(shapes[name])}")
        elif tensor.dtype != np.float32:
            faults.append(f"{name} has dtype {tensor.dtype}, not float32")
        elif not np.isfinite(tensor).all():
            faults.append(f"{name} has values that are not finite")
    if faults:
        raise ValueError(f"weights: {origin} does not fit the network: {'; '.join(faults)}")


def build(network: Network) -> "keras.Model":
    """The Keras model of `network`, (N, H, W, 3) float32 in [0, 1] to (N, sH, sW, 3)."""
    if network.family not in ("RDN", "RRDN"):
        from . import nesrgan

        return nesrgan.build(network)
    from . import isr

    return isr.build(network)


def assign(model: "keras.Model", tensors: Mapping[str, np.ndarray], *, origin: str) -> None:
    """Set every weight of `model` by name; anything missing, extra or misshapen is a ValueError."""
    variables = {"/".join(v.path.split("/")[-2:]): v for v in model.weights}
    check_tensors(tensors, {n: tuple(v.shape) for n, v in variables.items()}, origin=origin)
    for name, variable in variables.items():
        variable.assign(tensors[name])


def describe(model: "keras.Model") -> list[dict]:
    """The layers of a built model, in order, as plain data.

    Returns
    -------
    One dict a layer: ``name``; ``type`` (Keras's class; a scaling Lambda is "Scale", a
    depth-to-space Lambda "PixelShuffle"); ``kernel`` and ``filters`` (ints, None without);
    ``inputs`` (names of the layers it reads).
    """
    names: dict[str, str] = {}
    for layer in model.layers:  # Keras numbers unnamed layers by how many were made before
        scales = sum(n.startswith("Scale_") for n in names.values())
        unnamed = layer.name.startswith("lambda")
        names[layer.name] = f"Scale_{scales + 1}" if unnamed else layer.name
    found = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Lambda":
            kind = "PixelShuffle" if layer.name == "PixelShuffle" else "Scale"
        inputs = [
            t._keras_history.operation.name
            for n in layer._inbound_nodes[:1]
            for t in n.input_tensors
        ]
        kernel = getattr(layer, "kernel_size", (None,))[0]
        found.append(
            {
                "name": names[layer.name],
                "type": kind,
                "kernel": kernel,
                "filters": getattr(layer, "filters", None),
                "inputs": [names[i] for i in inputs],
            }
        )
    return found
