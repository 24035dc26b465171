import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mer_core.clip import check_clip, read_clip, resize, to_grey


def row(folder):
    return pd.Series({"folder": str(folder)})


def save(folder, *images):
    folder.mkdir(exist_ok=True)
    for k, image in enumerate(images):
        Image.fromarray(image).save(folder / f"reg_{k:03d}.bmp")
    return row(folder)


def test_grey_is_bt601_rounded_once():
    clip = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]]], np.uint8)
    # .299 x 255 = 76.245, .587 x 255 = 149.685, .114 x 255 = 29.07, 2.99 + 11.74 + 3.42 = 18.15
    assert to_grey(clip).tolist() == [[[76, 150, 29, 18]]]
    assert to_grey(clip[..., 0]) is not clip and to_grey(clip[..., 0]).shape == (1, 1, 4)


@pytest.mark.parametrize(
    ("clip", "word"),
    [
        ([[1]], "list"),
        (np.zeros((2, 4, 4)), "float64"),
        (np.zeros((4, 4), np.uint8), r"\(4, 4\)"),
        (np.zeros((2, 4, 4, 4), np.uint8), r"\(2, 4, 4, 4\)"),
        (np.zeros((0, 4, 4), np.uint8), r"\(0, 4, 4\)"),
    ],
)
def test_what_is_not_a_clip_is_named(clip, word):
    with pytest.raises(ValueError, match=rf"^test: got .*{word}"):
        check_clip(clip, argument="test")


def test_a_clip_too_small_says_the_least():
    with pytest.raises(ValueError, match="got 2 frames; at least 3"):
        check_clip(np.zeros((2, 9, 9), np.uint8), min_shape=(3, 3, 3))
    with pytest.raises(ValueError, match="to_grey"):
        check_clip(np.zeros((2, 9, 9, 3), np.uint8), grey=True)


def test_reads_frames_in_the_order_of_their_names(tmp_path):
    images = [np.full((6, 4, 3), 10 * k, np.uint8) for k in range(12)]
    got = read_clip(save(tmp_path / "c", *images), size=4)
    assert got.shape == (12, 4, 4, 3) and got.dtype == np.uint8
    assert got[:, 0, 0, 0].tolist() == [10 * k for k in range(12)]


def test_frames_are_taken_evenly_from_first_to_last(tmp_path):
    clip = save(tmp_path / "c", *[np.full((4, 4, 3), k, np.uint8) for k in range(10)])
    assert read_clip(clip, size=4, frames=4, grey=True)[:, 0, 0].tolist() == [0, 3, 6, 9]
    assert read_clip(clip, size=4, frames=1, grey=True)[:, 0, 0].tolist() == [0]
    assert len(read_clip(clip, size=4, frames=12)) == 12


def test_crop_keeps_the_middle_and_stretch_keeps_all(tmp_path):
    image = np.zeros((8, 4, 3), np.uint8)
    image[:2] = image[-2:] = 200
    clip = save(tmp_path / "c", image)
    assert read_clip(clip, size=4, aspect="crop").max() == 0
    assert read_clip(clip, size=4, aspect="stretch").max() > 150


def test_resize_of_a_constant_is_constant_and_centres_stay():
    flat = np.full((2, 8, 8, 3), 77, np.uint8)
    for method in ("nearest", "bicubic", "lanczos"):
        assert (resize(flat, (16, 12), method) == 77).all()
    ramp = np.tile(np.arange(0, 80, 10, dtype=np.uint8), (1, 8, 1))
    doubled = resize(ramp, (16, 16), "bicubic")[0, 8].astype(float)
    assert abs(doubled.mean() - ramp.mean()) < 1  # no shift to either side
    with pytest.raises(ValueError, match="method: got 'cubic'; allowed are nearest"):
        resize(flat, (4, 4), "cubic")


def test_missing_empty_truncated_and_odd_frames_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none does not exist"):
        read_clip(row(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="empty has no frame"):
        read_clip(row(tmp_path / "empty"))
    good = np.zeros((40, 30, 3), np.uint8)
    clip = save(tmp_path / "cut", good, good)
    whole = (tmp_path / "cut" / "reg_001.bmp").read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not an image"):
        (tmp_path / "cut" / "reg_001.bmp").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"reg_001\.bmp cannot be read"):
            read_clip(clip)
    odd = save(tmp_path / "odd", good, np.zeros((40, 31, 3), np.uint8))
    with pytest.raises(ValueError, match=r"reg_001\.bmp is 31x40; the clip's first is 30x40"):
        read_clip(odd)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"aspect": "squash"}, "aspect: got 'squash'; allowed are stretch, crop"),
        ({"size": 0}, "size: got 0"),
        ({"frames": 0}, "frames: got 0"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, options, match):
    with pytest.raises(ValueError, match=match):
        read_clip(save(tmp_path / "c", np.zeros((4, 4, 3), np.uint8)), **options)
