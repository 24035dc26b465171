"""Pairs of patches: HR pictures, degraded by the pipeline's own code, cut, mirrored."""

import numpy as np

from mer_core.clip import to_grey
from mer_core.degrade import default_sigma, degrade
from mer_core.training.recipes import Settings

TRIES = 10  # draws of one patch before a flat one is taken after all


class Patches:
    """Batches by number: the same (settings, pictures, number) give the same batch.

    Parameters
    ----------
    pictures : (n, H, W, 3) array of uint8
    scale : HR side / LR side

    The place of a patch is drawn on a grid of 4 HR pixels, so that the batches of both scales
    show the same HR patches. Sampling is always centred: decimation shifts the LR frame, and a
    network that cannot know of the shift learns to blur.
    """

    def __init__(self, pictures: np.ndarray, scale: int, settings: Settings) -> None:
        self.settings, self.scale, self.hr = settings, scale, pictures
        rng = np.random.default_rng([settings.seed, 1])  # the same draws at both scales
        size = (len(pictures), settings.copies)
        sigma = scale * rng.uniform(*settings.sigma, size)
        noise = rng.uniform(*settings.noise, size)
        self.lr = np.stack(
            [
                np.stack(
                    [
                        degrade(
                            picture[None],
                            scale,
                            sigma=float(s),
                            noise=float(x),
                            seed=n * size[1] + k,
                        )[0]
                        for k, (s, x) in enumerate(zip(sigma[n], noise[n], strict=True))
                    ]
                )
                for n, picture in enumerate(pictures)
            ]
        )
        self.luma = to_grey(pictures)

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `number`: LR (B, p/s, p/s, 3) and HR (B, p, p, 3), float32 in [0, 1]."""
        made = self.settings
        rng = np.random.default_rng([made.seed, 2, number])
        pairs = [self._pair(rng) for _ in range(made.batch)]
        lr, hr = (np.stack(side) / np.float32(255) for side in zip(*pairs, strict=True))
        return lr, hr

    def _pair(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        side, s = self.settings.patch, self.scale
        height, width = self.hr.shape[1:3]
        for _ in range(TRIES):
            n, k = int(rng.integers(len(self.hr))), int(rng.integers(self.settings.copies))
            y, x = (4 * int(rng.integers((room - side) // 4 + 1)) for room in (height, width))
            mirrored = bool(rng.integers(2))
            if self.luma[n, y : y + side, x : x + side].std() >= self.settings.flat:
                break
        hr = self.hr[n, y : y + side, x : x + side]
        low = self.lr[n, k, y // s : (y + side) // s, x // s : (x + side) // s]
        return (low[:, ::-1], hr[:, ::-1]) if mirrored else (low, hr)


def held_out(pictures: np.ndarray, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """LR clip of the default degradation, and HR clip, of (n, 128, 128, 3) uint8 pictures."""
    return degrade(pictures, scale, sigma=default_sigma(scale)), pictures
