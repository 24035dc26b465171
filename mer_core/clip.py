"""The clip: check, read, grey, resize. A clip is uint8, frame first; see the package docstring."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

LUMA = np.array([299, 587, 114])  # BT.601, in thousandths: integers round alike everywhere
SUFFIXES = (".bmp", ".png", ".jpg", ".jpeg")
ASPECTS = ("stretch", "crop")
METHODS = ("nearest", "bicubic", "lanczos")


def check_clip(
    clip: np.ndarray,
    *,
    grey: bool | None = None,
    min_shape: Sequence[int] | None = None,
    argument: str = "clip",
) -> None:
    """Raise ValueError, naming `argument`, unless `clip` is a clip.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8, no axis empty
    grey : True asks for (T, H, W), False for (T, H, W, 3), None takes both
    min_shape : the least (T, H, W)
    """
    if not isinstance(clip, np.ndarray):
        raise ValueError(f"{argument}: got {type(clip).__name__}; a NumPy array is needed")
    if clip.dtype != np.uint8:
        raise ValueError(f"{argument}: got dtype {clip.dtype}; uint8 (0-255) is needed")
    shapes = {True: "(T, H, W)", False: "(T, H, W, 3)", None: "(T, H, W) or (T, H, W, 3)"}[grey]
    is_grey, is_rgb = clip.ndim == 3, clip.ndim == 4 and clip.shape[-1] == 3
    if not {True: is_grey, False: is_rgb, None: is_grey or is_rgb}[grey] or 0 in clip.shape:
        hint = "; mer_core.clip.to_grey makes a grey clip" if grey and is_rgb else ""
        raise ValueError(f"{argument}: got shape {clip.shape}; {shapes} is needed{hint}")
    for axis, least in enumerate(min_shape or ()):
        if clip.shape[axis] < least:
            name = ("frames", "rows", "columns")[axis]
            raise ValueError(
                f"{argument}: got {clip.shape[axis]} {name}; at least {least} are needed"
            )


def to_grey(clip: np.ndarray) -> np.ndarray:
    """BT.601 luma of an RGB clip, rounded once (a half goes up); a grey clip comes back as it is.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8

    Returns
    -------
    (T, H, W) array of uint8
    """
    check_clip(clip)
    return clip if clip.ndim == 3 else ((clip @ LUMA + 500) // 1000).astype(np.uint8)


def resize(clip: np.ndarray, size: tuple[int, int], method: str = "bicubic") -> np.ndarray:
    """Resize every frame with Pillow, centres aligned, the kernel widened when reducing.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8
    size : (height, width) of the result, in pixels
    method : "nearest", "bicubic" (Keys, a = -0.5) or "lanczos" (three lobes)

    Pillow's integer arithmetic gives the same bytes on every machine. Keys 1981,
    doi:10.1109/TASSP.1981.1163711.
    """
    from PIL import Image

    check_clip(clip)
    if method not in METHODS:
        raise ValueError(f"method: got {method!r}; allowed are {', '.join(METHODS)}")
    height, width = size
    if clip.shape[1:3] == (height, width):
        return clip.copy()
    kernel = Image.Resampling[method.upper()]
    frames = [np.asarray(Image.fromarray(f).resize((width, height), kernel)) for f in clip]
    return np.stack(frames)


def frame_files(folder: Path) -> list[Path]:
    """The frames of a clip folder, ordered by name; raises FileNotFoundError if there are none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"folder: {folder} does not exist; a clip's folder is needed")
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    if not files:
        raise FileNotFoundError(f"folder: {folder} has no frame ({', '.join(SUFFIXES)})")
    return files


def _read_frame(file: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(file) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's three ways to say "damaged"
        raise ValueError(f"frame: {file} cannot be read as an image ({error})") from error


def pick(count: int, frames: int | None) -> np.ndarray:
    """Indices of `frames` frames, evenly from the first to the last, of `count`."""
    if frames is None:
        return np.arange(count)
    if not isinstance(frames, int | np.integer) or frames < 1:
        raise ValueError(f"frames: got {frames!r}; a whole number from 1 on or None is needed")
    return np.rint(np.linspace(0, count - 1, frames)).astype(int)


def read_clip(
    row: "pd.Series",
    *,
    size: int = 128,
    aspect: str = "stretch",
    grey: bool = False,
    frames: int | None = None,
) -> np.ndarray:
    """Read the clip that one row of a dataset's table names.

    Parameters
    ----------
    row : a row of `mer_core.datasets.load`, or anything with a ``folder``
    size : height and width of the result, in pixels
    aspect : "stretch" takes the whole frame to a square, as the paper does with 190x230 faces;
        "crop" first cuts the largest centred square
    grey : True returns the luma
    frames : how many, evenly from the first to the last (a short clip repeats some); None is all

    Returns
    -------
    (T, size, size, 3) or (T, size, size) array of uint8, reduced with Pillow's bicubic kernel

    Raises FileNotFoundError for a missing folder or one without frames, ValueError for a frame
    that cannot be read or has another size than the first, and for a wrong argument.
    """
    if aspect not in ASPECTS:
        raise ValueError(f"aspect: got {aspect!r}; allowed are {', '.join(ASPECTS)}")
    if not isinstance(size, int | np.integer) or size < 1:
        raise ValueError(f"size: got {size!r}; a whole number of pixels from 1 on is needed")
    files = frame_files(row.folder)
    files = [files[i] for i in pick(len(files), frames)]
    images = [_read_frame(file) for file in files]
    height, width = images[0].shape[:2]
    for file, image in zip(files, images, strict=True):
        if image.shape != images[0].shape:
            came = f"{image.shape[1]}x{image.shape[0]}"
            raise ValueError(f"frame: {file} is {came}; the clip's first is {width}x{height}")
    clip = np.stack(images)
    if aspect == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        clip = clip[:, top : top + side, left : left + side]
    clip = resize(np.ascontiguousarray(clip), (size, size))
    return to_grey(clip) if grey else clip
