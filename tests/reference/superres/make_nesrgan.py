"""Write the nESRGAN+ fixtures: run by hand with PyTorch (2.13.0 was used), not by the tests.

    python make_nesrgan.py

Small networks with seeded random weights, whose modules are nested as in its authors' code, and
PyTorch's own output of each: one of 2 blocks, saved in both layouts of PyTorch's files, and one of
each depth that a file may have, 10 as in the paper and 23 as in its authors' file.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, leaky=False):
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1)]
    return nn.Sequential(*layers, *([nn.LeakyReLU(0.2)] if leaky else []))


class Dense(nn.Module):
    def __init__(self, filters, growth):
        super().__init__()
        self.conv1x1 = nn.Conv2d(filters, growth, 1, bias=False)
        for c in range(4):
            setattr(self, f"conv{c + 1}", conv(filters + c * growth, growth, leaky=True))
        self.conv5 = conv(filters + 4 * growth, filters)

    def forward(self, x):
        a = self.conv1(x)
        b = self.conv2(torch.cat([x, a], 1)) + self.conv1x1(x)
        c = self.conv3(torch.cat([x, a, b], 1))
        d = self.conv4(torch.cat([x, a, b, c], 1)) + b
        return x + 0.2 * self.conv5(torch.cat([x, a, b, c, d], 1))


class Block(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.RDB1, self.RDB2, self.RDB3 = Dense(*sizes), Dense(*sizes), Dense(*sizes)

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
    def __init__(self, filters, growth, blocks):
        super().__init__()
        body = (Block(filters, growth) for _ in range(blocks))
        trunk = nn.Sequential(*body, plain(filters, filters))
        self.model = nn.Sequential(
            plain(3, filters), Shortcut(trunk),
            Twice(), plain(filters, filters), nn.LeakyReLU(0.2),
            Twice(), plain(filters, filters), nn.LeakyReLU(0.2),
            plain(filters, filters), nn.LeakyReLU(0.2), plain(filters, 3),
        )  # fmt: skip

    def forward(self, x):
        return self.model(x)


def write(filters, growth, blocks, *, zipped=None, row=None, arrays, levels=None):
    torch.manual_seed(0)
    network = Network(filters, growth, blocks).eval()
    if zipped:
        torch.save(network.state_dict(), zipped)
    if row:
        torch.save(network.state_dict(), row, _use_new_zipfile_serialization=False)
    image = torch.rand(1, 3, 7, 9)
    if levels:  # the grey levels of a picture of 8 bits, in [0, 1]
        image = torch.round(image * levels) / levels
    with torch.no_grad():
        output = network(image)
    shown = {"image": image, "output": output}
    np.savez(arrays, **{name: x.permute(0, 2, 3, 1).numpy() for name, x in shown.items()})


write(6, 3, 2, zipped="nesrgan_zip.pth", row="nesrgan_row.pth", arrays="nesrgan_output.npz")
write(4, 1, 10, zipped="nesrgan_10.pth", arrays="nesrgan_10.npz", levels=255)
write(4, 1, 23, row="nesrgan_23.pth", arrays="nesrgan_23.npz", levels=255)
