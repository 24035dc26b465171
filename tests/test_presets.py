import pytest

from mer_core import pipeline, presets


@pytest.mark.parametrize("name", presets.NAMES)
def test_the_package_s_presets_name_what_exists(name):
    preset = presets.load(name)
    assert preset.name == name and preset.about
    pipeline.check(preset)


def test_a_saved_preset_reads_back_equal(tmp_path):
    preset = presets.load("quick", sigma=1.5, **{"descriptors.lbp-top.radii": [3, 3, 3]})
    again = presets.load(presets.save(preset, tmp_path / "mine.yml"))
    assert again == preset
    assert again.descriptors["lbp-top"] == {"radii": [3, 3, 3], "grid": [5, 5, 1]}


def test_overrides_change_the_name_and_only_their_key():
    quick, other = presets.load("quick"), presets.load("quick", noise=2.0)
    assert other.name.startswith("quick-") and other.noise == 2.0
    assert presets.load("quick", noise=3.0).name != other.name
    changed = {k for k, v in other.parameters().items() if v != quick.parameters()[k]}
    assert changed == {"name", "noise"}
    assert presets.inputs(presets.load("quick", factor=4)) == presets.inputs(quick)
    assert presets.inputs(other) != presets.inputs(quick)


@pytest.mark.parametrize(
    ("overrides", "match"),
    [
        ({"sigmma": 1}, "sigmma: an override has an unknown key; known are name, about, dataset"),
        ({"sigma": "wide"}, "sigma: got 'wide' .* allowed is int or float or None"),
        ({"frames": 0}, "frames: got 0"),
        ({"models": "bicubic-x2"}, "models: got 'bicubic-x2' .* allowed is list"),
        ({"noise": True}, "noise: got True"),
        ({"sigma.x": 1}, "reaches into sigma"),
    ],
)
def test_wrong_overrides_are_named(overrides, match):
    with pytest.raises(ValueError, match=match):
        presets.load("quick", **overrides)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("name: x\nabout: y\nspeed: 9\n", "speed: preset mine has an unknown key"),
        ("name: x\n", "about: preset mine lacks"),
        ("- 1\n", "holds no keys"),
        ("name: [\n", "is not YAML"),
        ("name: !!python/object:os.system x\nabout: y\n", "is not YAML"),
    ],
)
def test_wrong_files_are_named(tmp_path, text, match):
    (tmp_path / "mine.yml").write_text(text)
    with pytest.raises(ValueError, match=match):
        presets.load(tmp_path / "mine.yml")


@pytest.mark.parametrize("name", ["nope", "none/quick.yml", "README.md"])
def test_an_unknown_preset_lists_the_known(name):
    with pytest.raises(ValueError, match=r"known are ci, quick, paper, or a \.yml file"):
        presets.load(name)


@pytest.mark.parametrize(
    ("overrides", "match"),
    [
        ({"dataset": "smic"}, "dataset: got 'smic'; known are synthetic"),
        ({"models": ["bicubic-x3"]}, "bicubic-x3"),
        ({"size": 126}, "size: got 126; the models' scale 4 must divide it"),
        ({"factor": 3}, "factor: got 3; it must divide size, 128"),
        ({"weights": "torrent"}, "weights: got 'torrent'; allowed are npm"),
        ({"descriptors": {"hog": {}}}, "descriptors: got 'hog'; allowed are lbp-top"),
        ({"descriptors.lbp-top.radius": 1}, "descriptors.lbp-top: got 'radius'; allowed are radii"),
        ({"kernel": "cubic"}, "kernel: got 'cubic'"),
        ({"enlarge": "bilinear"}, "enlarge: got 'bilinear'"),
        ({"controls": ["high-pass"]}, "controls: got 'high-pass'; allowed are own-size, "),
    ],
)
def test_names_that_do_not_exist_are_found_before_a_run(overrides, match):
    with pytest.raises(ValueError, match=match):
        pipeline.check(presets.load("quick", **overrides))
