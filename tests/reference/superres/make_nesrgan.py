"""Write the nESRGAN+ fixtures: run by hand with PyTorch (2.13.0 was used), not by the tests.

    python make_nesrgan.py

A small network (6 filters, growth 3, 2 blocks) with seeded random weights, whose modules are
nested as in its authors' code, saved in both layouts of PyTorch's files, and PyTorch's own output.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

FILTERS, GROWTH, BLOCKS = 6, 3, 2


def conv(inputs, outputs, leaky=False):
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1)]
    return nn.Sequential(*layers, *([nn.LeakyReLU(0.2)] if leaky else []))


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1x1 = nn.Conv2d(FILTERS, GROWTH, 1, bias=False)
        for c in range(4):
            setattr(self, f"conv{c + 1}", conv(FILTERS + c * GROWTH, GROWTH, leaky=True))
        self.conv5 = conv(FILTERS + 4 * GROWTH, FILTERS)

    def forward(self, x):
        a = self.conv1(x)
        b = self.conv2(torch.cat([x, a], 1)) + self.conv1x1(x)
        c = self.conv3(torch.cat([x, a, b], 1))
        d = self.conv4(torch.cat([x, a, b, c], 1)) + b
        return x + 0.2 * self.conv5(torch.cat([x, a, b, c, d], 1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.RDB1, self.RDB2, self.RDB3 = Dense(), Dense(), Dense()

    def forward(self, x):
        return x + 0.2 * self.RDB3(self.RDB2(self.RDB1(x)))


class Shortcut(nn.Module):
    def __init__(self, sub):
        super().__init__()
        self.sub = sub

    def forward(self, x):
        return x + self.sub(x)


class Twice(nn.Module):
    def forward(self, x):
        return F.interpolate(x, scale_factor=2, mode="nearest")


def plain(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        trunk = nn.Sequential(*(Block() for _ in range(BLOCKS)), plain(FILTERS, FILTERS))
        self.model = nn.Sequential(
            plain(3, FILTERS), Shortcut(trunk),
            Twice(), plain(FILTERS, FILTERS), nn.LeakyReLU(0.2),
            Twice(), plain(FILTERS, FILTERS), nn.LeakyReLU(0.2),
            plain(FILTERS, FILTERS), nn.LeakyReLU(0.2), plain(FILTERS, 3),
        )  # fmt: skip

    def forward(self, x):
        return self.model(x)


torch.manual_seed(0)
network = Network().eval()
state = network.state_dict()
torch.save(state, "nesrgan_zip.pth")
torch.save(state, "nesrgan_row.pth", _use_new_zipfile_serialization=False)
image = torch.rand(1, 3, 7, 9)
with torch.no_grad():
    output = network(image)
np.savez(
    "nesrgan_output.npz",
    image=image.permute(0, 2, 3, 1).numpy(),
    output=output.permute(0, 2, 3, 1).numpy(),
)
