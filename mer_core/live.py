"""Arrays and tables -> parts of a page that readers move: HTML with its data, no server.

What is shown before (or without) JavaScript is a still of the same data; the scripts in
``book/_static/live`` add the controls. Outside the book a notebook shows the still.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from mer_core.clip import check_clip
from mer_core.degrade import degrade
from mer_core.quality import psnr
from mer_core.superres import MODELS, super_resolve


@dataclass(frozen=True)
class Demo:
    """One live part of a page.

    Parameters
    ----------
    kind : the name its script goes by: "compare", "ranking" or "scrubber"
    caption : says what is shown, on which data
    data : what the script reads, as JSON
    still : HTML that stands in without JavaScript, and in print
    """

    kind: str
    caption: str
    data: Mapping[str, object]
    still: str

    def _repr_html_(self) -> str:
        data = json.dumps(self.data, allow_nan=False).replace("<", "\\u003c")
        return (
            f'<div class="mer-demo" data-demo="{self.kind}">'
            f'<p class="mer-caption">{escape(self.caption)}</p>'
            f'<div class="mer-still">{self.still}</div>'
            f'<script type="application/json">{data}</script></div>'
        )

    def __repr__(self) -> str:
        return f"{self.caption} (live in the book)"


def webp(picture: np.ndarray) -> bytes:
    """(H, W) or (H, W, 3) uint8 as a WebP file without loss, a third smaller than a PNG."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "WEBP", lossless=True, quality=100, method=6)
    return stream.getvalue()


def webp_address(picture: np.ndarray) -> str:
    """(H, W) or (H, W, 3) uint8 as a ``data:`` address of a WebP file without loss."""
    return "data:image/webp;base64," + base64.b64encode(webp(picture)).decode()


def _image(address: str, alt: str) -> str:
    return f'<img src="{address}" alt="{escape(alt)}">'


def compare(
    hr: np.ndarray,
    pairs: Sequence[tuple[str, int, np.ndarray, np.ndarray]],
    *,
    caption: str,
) -> Demo:
    """Bicubic under a network's picture, with a slider between them and zoom.

    Parameters
    ----------
    hr : (H, W, 3) uint8, the original
    pairs : (network, factor, bicubic picture, network's picture) for each pair, sizes as `hr`
    caption : says what is shown, on which data

    Raises ValueError without a pair, or for a picture of another size.
    """
    if not pairs:
        raise ValueError("pairs: got none; at least one pair is needed")
    pictures = [webp_address(hr)]

    def shown(picture: np.ndarray) -> dict[str, object]:
        address = webp_address(picture)
        if address not in pictures:
            pictures.append(address)
        score = psnr(hr[None], picture[None])
        # a picture equal to the original has no finite PSNR, and JSON no infinity
        return {"picture": pictures.index(address), "psnr": score if np.isfinite(score) else None}

    entries = [
        {"network": name, "factor": factor, "before": shown(before), "after": shown(after)}
        for name, factor, before, after in pairs
    ]
    first = entries[0]
    stills = {
        "The face, enlarged by bicubic interpolation": first["before"]["picture"],
        f"The face, enlarged by {first['network']}": first["after"]["picture"],
        "The original face": 0,
    }
    still = " ".join(_image(pictures[i], alt) for alt, i in stills.items())
    return Demo("compare", caption, {"pictures": pictures, "pairs": entries}, still)


def psnr_by_blur(
    hr: np.ndarray, methods: Mapping[str, str | None], widths: Sequence[float], *, factor: int
) -> dict[str, list[float]]:
    """PSNR of each method after blurs of different width.

    Parameters
    ----------
    hr : (T, H, W, 3) uint8; few frames, since every network takes them once for each width
    methods : name -> source of its weights; those of another scale than `factor` are left out
    widths : sigma of the blur, in HR pixels
    factor : reduction per axis

    Returns
    -------
    method -> PSNR in dB for each of `widths`
    """
    chosen = {m: source for m, source in methods.items() if MODELS[m].scale == factor}
    found: dict[str, list[float]] = {m: [] for m in chosen}
    for sigma in widths:
        small = degrade(hr, factor, sigma=sigma)
        for method, source in chosen.items():
            found[method].append(psnr(hr, super_resolve(small, method, source=source)))
    return found


def ranking(
    table: Mapping[str, Sequence[float]],
    values: Sequence[float],
    *,
    parameter: str,
    unit: str,
    caption: str,
    start: int = 0,
) -> Demo:
    """Methods in the order of their values, while a slider moves one parameter.

    Parameters
    ----------
    table : method -> one number for each of `values`; more is better
    values : of the parameter, in order
    parameter : its name, with its unit
    unit : of the numbers
    caption : says what is shown, on which data
    start : index in `values` at which the slider stands first

    Raises ValueError where a method has another number of values.
    """
    for method, numbers in table.items():
        if len(numbers) != len(values):
            raise ValueError(
                f"table: {method} has {len(numbers)} numbers; {len(values)} are needed"
            )
    data = {
        "parameter": parameter,
        "unit": unit,
        "start": start,
        "values": [round(float(v), 6) for v in values],
        "methods": {m: [round(float(v), 4) for v in numbers] for m, numbers in table.items()},
    }
    ranked = [max(table, key=lambda m, i=i: table[m][i]) for i in range(len(values))]
    rows = "".join(
        f"<tr><th scope='row'>{escape(f'{v:g}')}</th><td>{escape(best)}</td></tr>"
        for v, best in zip(values, ranked, strict=True)
    )
    head = f"<tr><th scope='col'>{escape(parameter)}</th><th scope='col'>first</th></tr>"
    still = (
        f'<div class="mer-table"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    )
    return Demo("ranking", caption, data, still)


def scrubber(clip: np.ndarray, *, x: int, y: int, t: int, caption: str) -> Demo:
    """A clip to walk through: its planes XY, XT, YT and the LBP codes where they cross.

    Parameters
    ----------
    clip : (T, H, W) uint8, small: its bytes go into the page
    x, y, t : column, row and frame of the cursor at first
    caption : says what is shown, on which data

    Raises ValueError for a clip that is not grey, or a cursor outside it.
    """
    check_clip(clip, grey=True, min_shape=(3, 3, 3))
    frames, height, width = clip.shape
    for name, place, size in (("x", x, width), ("y", y, height), ("t", t, frames)):
        if not 0 <= place < size:
            raise ValueError(f"{name}: got {place}; the clip has 0 to {size - 1}")
    data = {
        "width": width,
        "height": height,
        "frames": frames,
        "x": x,
        "y": y,
        "t": t,
        "voxels": base64.b64encode(np.ascontiguousarray(clip)).decode(),
    }
    cuts = {
        f"Frame {t}": clip[t],
        f"Row {y} over time": np.repeat(clip[:, y], 2, axis=0),
        f"Column {x} over time": np.repeat(clip[:, :, x].T, 2, axis=1),
    }
    still = " ".join(_image(webp_address(cut), name) for name, cut in cuts.items())
    return Demo("scrubber", caption, data, still)
