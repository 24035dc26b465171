"""nESRGAN+ in Keras's own layers, and the importer of its authors' PyTorch file.

Rakotonirina & Rasoanaivo (2020), doi:10.1109/ICASSP40776.2020.9054071: ESRGAN's generator with
residuals inside the dense block (the second convolution gets a 1x1 of the block's input, the
fourth gets the second) and multiplicative Gaussian noise after every block, in training only.
Their network has 23 blocks of 64 filters; `Network.T` says how many are built here.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .pth import read_pth
from .registry import Network

if TYPE_CHECKING:
    import keras

BETA = 0.2  # what is kept of a block's output beside its input
SLOPE = 0.2  # of the leaky ReLU
NOISE = 0.1  # standard deviation of the noise, as a share of the value it is added to


def build(spec: Network) -> "keras.Model":
    """The Keras model, (N, H, W, 3) float32 in [0, 1] to (N, 4H, 4W, 3)."""
    from .isr import quiet

    with quiet():
        import keras
        from keras import layers

    # x * N(1, s^2) is x + s x N(0, 1); Keras states s^2 as rate / (1 - rate)
    rate = NOISE**2 / (1 + NOISE**2)

    def conv(x, name, filters, kernel=3, leaky=True, bias=True):
        x = layers.Conv2D(filters, kernel, padding="same", use_bias=bias, name=name)(x)
        return layers.LeakyReLU(negative_slope=SLOPE, name=f"{name}_leaky")(x) if leaky else x

    def residual(x, block, name):
        small = layers.Rescaling(BETA, name=f"{name}_scale")(block)
        total = layers.Add(name=f"{name}_out")([small, x])
        return layers.GaussianDropout(rate, name=f"{name}_noise")(total)

    def dense(x, t, d):
        seen = [x]
        for c in range(1, spec.C):
            joined = layers.Concatenate(name=f"join_{t}_{d}_{c}")(seen) if c > 1 else x
            y = conv(joined, f"F_{t}_{d}_{c}", spec.G)
            if c == 2:
                skip = conv(x, f"skip_{t}_{d}", spec.G, kernel=1, leaky=False, bias=False)
                y = layers.Add(name=f"add_{t}_{d}_{c}")([y, skip])
            elif c == 4:
                y = layers.Add(name=f"add_{t}_{d}_{c}")([y, seen[2]])
            seen.append(y)
        joined = layers.Concatenate(name=f"join_{t}_{d}_{spec.C}")(seen)
        y = conv(joined, f"F_{t}_{d}_{spec.C}", spec.G0, leaky=False)
        return residual(x, y, f"RDB_{t}_{d}")

    image = keras.Input((None, None, 3), name="LR")
    first = x = conv(image, "first", spec.G0, leaky=False)
    for t in range(1, spec.T + 1):
        block = x
        for d in range(1, spec.D + 1):
            block = dense(block, t, d)
        x = residual(x, block, f"RRDB_{t}")
    x = layers.Add(name="GRL")([first, conv(x, "trunk", spec.G0, leaky=False)])
    for step in (1, 2):
        x = layers.UpSampling2D(2, interpolation="nearest", name=f"nearest_{step}")(x)
        x = conv(x, f"up_{step}", spec.G0)
    x = conv(x, "HR_1", spec.G0)
    return keras.Model(image, conv(x, "HR_2", 3, leaky=False), name="nesrgan_plus")


def torch_names(spec: Network) -> dict[str, str]:
    """Our layer -> its module in the authors' state dict (written by their BasicSR code)."""
    names = {"first": "model.0", "trunk": f"model.1.sub.{spec.T}"}
    names |= {"up_1": "model.3", "up_2": "model.6", "HR_1": "model.8", "HR_2": "model.10"}
    for t in range(1, spec.T + 1):
        for d in range(1, spec.D + 1):
            block = f"model.1.sub.{t - 1}.RDB{d}"
            names |= {f"F_{t}_{d}_{c}": f"{block}.conv{c}.0" for c in range(1, spec.C + 1)}
            names[f"skip_{t}_{d}"] = f"{block}.conv1x1"
    return names


def read(file: Path, spec: Network) -> dict[str, np.ndarray]:
    """Tensors of the authors' .pth file under our names: kernels (k, k, in, out), float32.

    What the file has beyond the network keeps its own name, so that strict loading reports it;
    a plain ESRGAN file lacks the 1x1 convolutions and is refused for that.
    """
    ours = {theirs: name for name, theirs in torch_names(spec).items()}
    tensors = {}
    for name, tensor in read_pth(file).items():
        module, _, part = name.rpartition(".")
        if module in ours and part == "weight" and tensor.ndim == 4:
            tensors[f"{ours[module]}/kernel"] = np.ascontiguousarray(
                tensor.transpose(2, 3, 1, 0),
                np.float32,  # (out, in, k, k) in PyTorch
            )
        elif module in ours and part == "bias":
            tensors[f"{ours[module]}/bias"] = np.asarray(tensor, np.float32)
        else:
            tensors[name] = tensor
    return tensors
