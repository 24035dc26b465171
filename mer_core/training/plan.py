"""A run before it starts: what it will do, with an estimate; then its pictures."""

from pathlib import Path

import numpy as np

from mer_core import store
from mer_core.plan import gigaflops
from mer_core.superres import networks
from mer_core.training import critics, pictures, recipes
from mer_core.training.recipes import Settings

EFFICIENCY = 0.5  # share of the matrix products' rate that training reaches, measured on AVX2
ADVERSARIAL = 1.6  # cost of an adversarial step, in pixel steps
PSNR_FRAMES = 2  # of each held-out identity


def step_seconds(name: str, settings: Settings) -> float:
    """Seconds of a pixel step on this CPU, from its best rate of matrix products; 0.4 s to tell.

    Forward and backward together cost three times the forward pass.
    """
    side = settings.patch // recipes.network(name).scale
    work = 3 * settings.batch * networks.flops(name, side, side)
    return work / (EFFICIENCY * gigaflops() * 1e9)


def describe(
    name: str, settings: Settings, device: dict, features: str, photographs: Path | None
) -> list[str]:
    """Lines for people: what is trained, on what, for how long."""
    loss, spec = recipes.recipe(name), recipes.network(name)
    total = sum(int(np.prod(shape)) for shape in networks.expected(spec).values())
    seed, training, held = settings.seed, *identities(settings)
    lacking = pictures.missing(seed, training, settings.states)
    lacking += pictures.missing(seed, held, PSNR_FRAMES)
    each = pictures.FACE_SECONDS + settings.states * pictures.FRAME_SECONDS
    lines = [
        f"{name}: {spec}, {total / 1e6:.2f} M parameters; loss: {loss.reference}",
        f"data: {settings.identities} synthetic identities of the training stream, "
        f"{settings.states} frames each, {lacking} identities to render"
        + (f"; photographs in {photographs}" if photographs else ""),
        f"{settings.steps} steps of {settings.batch} patches of {settings.patch}x{settings.patch} "
        f"on {device['device']} ({device['backend']}, {device['threads']} threads), "
        f"{settings.precision}",
    ]
    if loss.adversarial:
        lines.append(
            f"the first {settings.warm} steps on the pixel loss, then with a discriminator; "
            f"features: {critics.choose(features)}"
        )
    disk = 150e6 if loss.adversarial else 30e6
    if device["device"] == "CPU":
        extra = (ADVERSARIAL - 1) / 2 if loss.adversarial else 0.0
        seconds = settings.steps * (1 + extra) * step_seconds(name, settings) + each * lacking
        lines.append(
            f"about {seconds / 60:.0f} min on an idle machine, {disk / 1e6:.0f} MB of disk, "
            "1.5 GiB of memory"
        )
    else:
        lines.append(f"minutes on a GPU (the first steps tell), {disk / 1e6:.0f} MB of disk")
    return lines


def identities(settings: Settings) -> tuple[range, range]:
    """Indices of the training identities, and of the held-out ones, which follow them."""
    first = settings.identities
    return range(first), range(first, first + settings.held_out)


def gather(settings: Settings, photographs: Path | None, *, progress: bool = True):
    """Training pictures and validation pictures, (n, 128, 128, 3) uint8 each, the tiles last."""
    training, held = identities(settings)
    tiles = pictures.photographs(photographs, settings.seed) if photographs else None
    faces = pictures.faces(settings.seed, training, settings.states, progress=progress)
    validation = pictures.faces(settings.seed, held, PSNR_FRAMES, progress=progress)
    faces, validation = (f.reshape(-1, *f.shape[2:]) for f in (faces, validation))
    return (faces if tiles is None else np.concatenate([faces, tiles])), validation


def folder() -> Path:
    """Where runs lie, a folder each, unless `--out` names another place."""
    return store.cache_dir() / "training" / "runs"
