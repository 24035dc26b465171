"""Put fixed inputs through networks with fixed weights, by TensorFlow, and keep what comes out.

    ONEDNN_MAX_CPU_ISA=AVX2 python golden.py golden.npz [NAME ...]

wrote ``golden.npz`` (the TensorFlow of requirements.txt, one thread); the tests run the same line
and compare bit for bit. oneDNN chooses its kernels by the processor, and another kernel adds up in
another order; the variable holds every x86 processor with AVX2 to the same ones. Three small
networks have seeded weights and need no download; of the published ones those named are added,
without names every one whose weights are in the cache.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from mer_core.superres import MODELS, SRModel, engine, networks, weights
from mer_core.superres.registry import LOCAL, Network

SEEDED = {
    "seeded-rdn": Network("RDN", 2, C=3, D=2, G=8, G0=12),
    "seeded-rrdn": Network("RRDN", 4, C=4, D=3, G=6, G0=8, T=2),
    "seeded-nesrgan": Network("nESRGAN+", 4, C=5, D=3, G=4, G0=8, T=2),
}
PUBLISHED = ("psnr-small", "esrgan-x2", "esrgan-x4")


def tensors(spec: Network) -> dict[str, np.ndarray]:
    """Weights by a rule: uniform from one seed, in the layers' order, scaled by the inputs."""
    rng, found = np.random.default_rng(20220210), {}
    for name, shape in networks.expected(spec).items():
        reach = 1.5 / np.sqrt(np.prod(shape[:-1])) if name.endswith("kernel") else 0.1
        found[name] = ((2 * rng.random(shape) - 1) * reach).astype(np.float32)
    return found


def register(folder: Path) -> None:
    """Enter the seeded networks into the registry and put their weights into the cache."""
    for name, spec in SEEDED.items():
        MODELS[name] = SRModel(name, spec.scale, "seeded", spec, (LOCAL,))
        if not weights.available(name):
            np.savez(folder / f"{name}.npz", **tensors(spec))
            weights.fetch(name, file=folder / f"{name}.npz", progress=False)


def image() -> np.ndarray:
    """(1, 24, 24, 3) uint8: waves of three colours, an edge, and seeded noise."""
    y, x = np.mgrid[0:24, 0:24] / 24
    waves = [120 + 70 * np.sin(k + 9 * x + 4 * y) * np.cos((5 + k) * y) for k in range(3)]
    picture = np.stack(waves, axis=-1) + 60 * (x + 0.5 * y > 0.7)[..., None]
    picture += np.random.default_rng(1).integers(-12, 13, picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)[None]


def enlarge(name: str, clip: np.ndarray, by: str) -> np.ndarray:
    """The network's output, unrounded: (1, s 24, s 24, 3) float32."""
    return engine.run(clip, name, lambda f: f, dtype=np.float32, threads=1, engine=by)


def main(out: Path, names: list[str]) -> None:
    made = {}
    with tempfile.TemporaryDirectory() as scratch:  # the user's cache keeps to real networks
        before = os.environ.get("MER_CACHE")
        os.environ["MER_CACHE"] = scratch
        register(Path(scratch))
        for name in SEEDED:
            made[name] = enlarge(name, image(), "tensorflow")[0]
    os.environ.pop("MER_CACHE") if before is None else os.environ.update(MER_CACHE=before)
    for name in names:
        made[name] = enlarge(name, image(), "tensorflow")[0]
    np.savez_compressed(out, image=image(), **made)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or [n for n in PUBLISHED if weights.available(n)])
