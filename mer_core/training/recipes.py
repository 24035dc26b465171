"""What is trained, and on which loss: one entry a model, and the settings that all of them share.

Read it from top to bottom. Models of one scale and one network differ in their loss alone: they
start from the same weights and see the same patches in the same order. The adversarial ones take
the first half of their steps on the pixel loss, as ESRGAN does, so that half is the same run.
"""

import dataclasses
from dataclasses import dataclass

from mer_core.superres.registry import Network, find
from mer_core.training.errors import check


@dataclass(frozen=True)
class Loss:
    """Weights of the generator's three losses in the adversarial half of a run.

    relativistic : real and fake are judged against each other's mean (relativistic average)
    squared : the feature loss is a mean of squares, else of absolute values
    layers : the VGG19 layers whose features are compared, where VGG19 is at hand
    """

    pixel: float
    adversarial: float = 0.0
    feature: float = 0.0
    relativistic: bool = False
    squared: bool = True
    layers: tuple[str, ...] = ()
    reference: str = ""


PIXEL = Loss(1.0, reference="mean absolute error")
ISR_GAN = Loss(
    0.0,
    0.01,
    1 / 12,
    layers=("block2_conv2", "block3_conv3"),
    reference="ISR's last stage for its weights 'gans', the paper's ESRGAN",
)
NESRGAN = Loss(
    0.01,
    0.005,
    1.0,
    relativistic=True,
    squared=False,
    layers=("block5_conv4",),
    reference="nESRGAN+, doi:10.1109/ICASSP40776.2020.9054071",
)
RECIPES: dict[str, Loss] = {
    "face-psnr-x2": PIXEL,
    "face-gan-x2": ISR_GAN,
    "face-psnr-x4": PIXEL,
    "face-gan-x4": ISR_GAN,
    "face-ngan-x4": NESRGAN,
}


@dataclass(frozen=True)
class Settings:
    """Everything else that decides a run; the same for every model of the family.

    steps : in all; seed : of weights, patches and degradations
    batch : patches a step; patch : their side, HR pixels, a multiple of 8
    early : Adam's learning rate in the first half
    rate : at the start of the second half (ISR's 4e-4), lowered as a cosine to a fiftieth;
        discriminator_rate : ISR's 2e-4 (beta1 0.5), lowered alike
    identities, states : training faces, and frames drawn of each
    held_out : identities of the same stream kept for validation
    copies : degradations drawn of each frame; sigma : range of the blur, HR pixels for each unit
        of the factor; noise : range of the added noise, grey levels; sampling is "centred"
    flat : patches whose luma varies less than this (standard deviation, grey levels) are redrawn
    check : steps between validations, and between checkpoints
    patience : validations without a better PSNR that end a run on the pixel loss; 0 is never
    precision : "float32", or "mixed_bfloat16" where the device computes in it
    """

    steps: int = 200
    seed: int = 0
    batch: int = 4
    patch: int = 64
    early: float = 1e-3
    rate: float = 4e-4
    discriminator_rate: float = 2e-4
    identities: int = 72
    states: int = 6
    held_out: int = 8
    copies: int = 4
    sigma: tuple[float, float] = (0.3, 0.6)
    noise: tuple[float, float] = (0.0, 2.0)
    flat: float = 6.0
    check: int = 100
    patience: int = 10
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "identities", "states", "held_out", "copies", "check"):
            check(name, getattr(self, name), int, 1)
        check("seed", self.seed, int, 0)
        check("patience", self.patience, int, 0)
        for name in ("early", "rate", "discriminator_rate", "flat"):
            check(name, getattr(self, name), float, 0)
        if self.patch % 8 or not 16 <= self.patch <= 128:
            raise ValueError(f"patch: got {self.patch}; a multiple of 8 from 16 to 128 is needed")
        for name in ("sigma", "noise"):
            low, high = getattr(self, name)
            if not 0 <= low <= high:
                raise ValueError(f"{name}: got {low}, {high}; two numbers, rising, are needed")
        if self.precision not in ("float32", "mixed_bfloat16"):
            raise ValueError(
                f"precision: got {self.precision!r}; allowed are float32, mixed_bfloat16"
            )

    @property
    def warm(self) -> int:
        """Steps on the pixel loss before the adversarial loss sets in."""
        return self.steps // 2

    def parameters(self) -> dict:
        """As JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(self).items()}


def recipe(name: str) -> Loss:
    """The loss of model `name`; ValueError, listing the names, where it is not ours to train."""
    if name not in RECIPES:
        raise ValueError(f"name: got {name!r}; `mer train` has {', '.join(RECIPES)}")
    return RECIPES[name]


def network(name: str) -> Network:
    """The network that model `name` has in the registry."""
    recipe(name)
    return find(name).network


def as_dict(loss: Loss) -> dict:
    """A loss as JSON values."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(loss).items()}
