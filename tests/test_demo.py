import numpy as np
import pytest
from PIL import Image

from mer_core import demo
from mer_core.superres import weights


@pytest.mark.npm
def test_one_figure_and_five_lines(tmp_path):
    try:
        weights.fetch(demo.NETWORK, progress=False)
    except weights.FetchFailed as error:
        pytest.skip(f"the weights of {demo.NETWORK} cannot be had here: {error}")
    done = demo.demo(tmp_path / "demo.png")
    assert len(done.lines) == 5
    assert "not SMIC" in done.lines[0] and weights.digest(demo.NETWORK)[:12] in done.lines[2]
    gain = float(done.lines[2].partition("(")[2].partition(")")[0])
    assert gain > 0.5  # dB over bicubic, printed by the demo and computed by it
    with Image.open(done.figure) as image:
        picture = np.asarray(image.convert("L"))
    assert picture.shape[1] > picture.shape[0] > 300 and picture.std() > 20
    assert [p.name for p in tmp_path.iterdir()] == ["demo.png"]
