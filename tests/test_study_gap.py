"""The study of random 1x1 convolutions in trained networks."""

import dataclasses

import numpy as np
import pytest

from mer_core.studies import nesrgan_gap
from mer_core.superres import networks
from mer_core.superres.registry import FACE, Network

SMALL = dataclasses.replace(FACE, G=4, G0=4, T=1)


def drawn(model, rng):
    """Weights for every layer of `model`, by name."""
    names = ["/".join(v.path.split("/")[-2:]) for v in model.weights]
    return {
        n: rng.normal(0, 0.4, v.shape).astype(np.float32)
        for n, v in zip(names, model.weights, strict=True)
    }


def test_a_plain_network_with_residuals_is_the_one_built_with_them():
    """The same weights and 1x1 kernels give the same picture, whichever way the network came."""
    residual = networks.build(dataclasses.replace(SMALL, family="face nRRDB"))
    tensors = drawn(residual, np.random.default_rng(0))
    networks.assign(residual, tensors, origin="drawn")
    plain = networks.build(SMALL)
    own = {k: v for k, v in tensors.items() if not k.startswith("skip_")}
    networks.assign(plain, own, origin="drawn")
    picture = np.random.default_rng(1).random((1, 8, 8, 3), np.float32)
    before = plain(picture, training=False).numpy()
    model = nesrgan_gap.with_residuals(plain, SMALL)
    for name, value in tensors.items():
        if name.startswith("skip_"):
            model.get_layer(name.partition("/")[0]).kernel.assign(value)
    found = model(picture, training=False).numpy()
    np.testing.assert_allclose(
        found, residual(picture, training=False).numpy(), rtol=1e-4, atol=1e-4
    )
    assert np.abs(found - before).max() > 1e-2


def test_isr_s_network_takes_residuals_too():
    spec = Network("RRDN", 4, C=4, D=1, G=4, G0=4, T=1)
    model = nesrgan_gap.with_residuals(networks.build(spec), spec)
    assert model.get_layer("skip_1_1").kernel.shape == (1, 1, 4, 4)
    assert model(np.zeros((1, 6, 5, 3), np.float32), training=False).shape == (1, 24, 20, 3)


@pytest.mark.parametrize("how", nesrgan_gap.DRAWS)
def test_a_draw_has_the_spread_of_its_name(how):
    kernel = nesrgan_gap.draw((1, 1, 50, 400), how, np.random.default_rng(0))
    wanted = 1 / np.sqrt(3 * 50) if how == nesrgan_gap.DRAWS[0] else 0.1 * np.sqrt(2 / 50)
    assert kernel.std() == pytest.approx(wanted, rel=0.02) and kernel.dtype == np.float32
    with pytest.raises(ValueError, match="how: got 'none'"):
        nesrgan_gap.draw((1, 1, 2, 2), "none", np.random.default_rng(0))
