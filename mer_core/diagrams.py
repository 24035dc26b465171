"""The paper's Figures 1 to 5, drawn from the code that runs.

Figure 1 is the pipeline; Figures 2 to 5 (RRDB, RDB, RDN, nESRGAN+) are read off the layers of a
network, so that a diagram cannot disagree with what computes. A network comes as the list that
`mer_core.superres.layers.describe_network` returns: one mapping a layer, in order, with ``name``,
``type`` (the Keras class), ``inputs`` (names of layers), ``filters`` and ``kernel`` (its side);
the last two are None where a layer has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mer_core.figures import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Network = Sequence[Mapping[str, Any]]
FILL = {
    "data": "#f2f2f2",
    "conv": "#d6e8f5",
    "join": "#fbe7c6",
    "block": "#d5efe5",
    "end": "#f7ddd0",
}
HALF = 1.3  # half the width of a box


class _Column:
    """Boxes from top to bottom in one column, arrows between them, detours at the sides."""

    def __init__(self, rows: int, *, width: float = 5.0, left: float = 3.0, right: float = 3.0):
        import matplotlib.pyplot as plt

        self.fig, self.ax = plt.subplots(figsize=(width, 0.62 * rows + 0.1))
        self.ax.set(xlim=(-left, right), ylim=(rows - 0.45, -0.5))
        self.ax.set_axis_off()
        self.row = 0
        self.at: dict[str, int] = {}

    def box(self, name: str, text: str, kind: str, *, arrow: bool = True) -> None:
        from matplotlib.patches import FancyBboxPatch

        y = self.row
        self.ax.add_patch(
            FancyBboxPatch(
                (-HALF, y - 0.27),
                2 * HALF,
                0.54,
                boxstyle="round,pad=0,rounding_size=0.1",
                fc=FILL[kind],
                ec="#444444",
                lw=0.9,
            )
        )
        self.ax.text(0, y, text, ha="center", va="center", fontsize=9.5)
        if arrow and y:
            _arrow(self.ax, [(0, y - 0.73), (0, y - 0.27)])
        self.at[name] = y
        self.row += 1

    def dots(self, text: str) -> None:
        """A row standing for what is repeated."""
        y = self.row
        _arrow(self.ax, [(0, y - 0.73), (0, y - 0.25)])
        self.ax.text(0, y, text, ha="center", va="center", fontsize=9.5, color="#333333")
        self.row += 1

    def detour(
        self,
        start: str,
        end: str,
        reach: float,
        *,
        colour: str = "vermilion",
        text: str = "",
        down: float = 0.1,
    ) -> None:
        """An arrow around the boxes between; `reach` < 0 goes left, > 0 right.

        It leaves `down` below the middle of its first box and enters as far above the last's.
        """
        x, a, b = reach, self.at[start], self.at[end]
        side = HALF if reach > 0 else -HALF
        _arrow(self.ax, [(side, a + down), (x, a + down), (x, b - down), (side, b - down)], colour)
        if text:
            shift = 0.12 if reach > 0 else -0.12
            align = "left" if reach > 0 else "right"
            self.ax.text(x + shift, (a + b) / 2, text, ha=align, va="center", fontsize=9)


def _arrow(ax: Axes, points: Sequence[tuple[float, float]], colour: str = "black") -> None:
    tint = PALETTE[colour]
    if len(points) > 2:
        ax.plot(*zip(*points[:-1], strict=True), color=tint, lw=1.2, solid_joinstyle="round")
    style = {"arrowstyle": "-|>", "color": tint, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", points[-1], points[-2], arrowprops=style)


def framework() -> Figure:
    """Figure 1: from a high-resolution clip to a table, in the order the package works."""
    flow = _Column(8, left=2.9, right=3.2)
    flow.box("hr", "HR clip, 128 × 128", "data")
    flow.box("degrade", "degrade: blur, reduce, noise", "conv")
    flow.box("lr", "LR clip, 64 × 64 or 32 × 32", "data")
    flow.box("sr", "super-resolve: × 2 or × 4", "conv")
    flow.box("srclip", "SR clip, 128 × 128", "data")
    flow.box("describe", "describe: LBP-TOP, LPQ-TOP", "block")
    flow.box("classify", "classify: SVM, one subject out", "join")
    flow.box("table2", "accuracy, UF1, UAR: Table 2", "end")
    flow.detour("hr", "describe", -1.65, colour="blue", down=0.02)
    flow.detour("lr", "describe", -1.65, colour="blue", down=0.02)
    notes = {"ha": "right", "va": "center", "fontsize": 9}
    flow.ax.text(-1.77, flow.at["sr"] + 0.5, "HR and LR\nclips are\ndescribed\ntoo", **notes)
    middle = flow.at["sr"] - 0.5
    card = {"boxstyle": "round,pad=0.3", "fc": FILL["end"], "ec": "#444444", "lw": 0.9}
    compare = "SR against HR:\nPSNR, SSIM:\nTable 1"
    flow.ax.text(2.3, middle, compare, ha="center", va="center", fontsize=9, bbox=card)
    _arrow(flow.ax, [(HALF, flow.at["hr"]), (2.3, flow.at["hr"]), (2.3, middle - 0.55)])
    _arrow(flow.ax, [(HALF, flow.at["srclip"]), (2.3, flow.at["srclip"]), (2.3, middle + 0.55)])
    return flow.fig


def _table(network: Network) -> dict[str, dict[str, Any]]:
    """The layers by name, each with the channels of its output."""
    layers: dict[str, dict[str, Any]] = {}
    for layer in network:
        came = [layers[name]["channels"] for name in layer["inputs"]]
        if layer["filters"] is not None:
            channels = layer["filters"]
        elif layer["type"] == "Concatenate":
            channels = sum(came)
        else:
            channels = came[0] if came else 3  # an input is an RGB frame
        layers[layer["name"]] = {**layer, "channels": channels}
    return layers


def _conv(network: dict[str, Mapping[str, Any]], name: str, *, relu: bool = False) -> str:
    """What a convolution does: kernel, channels in and out, and its activation."""
    layer = network[name]
    came = sum(network[i]["channels"] for i in layer["inputs"])
    tail = ", ReLU" if relu else ""
    return f"conv {layer['kernel']}×{layer['kernel']}, {came} → {layer['channels']}{tail}"


def _count(network: Network, pattern: str) -> int:
    """How many different values the group of `pattern` takes among the layers' names."""
    found = {m[1] for layer in network if (m := re.fullmatch(pattern, layer["name"]))}
    if not found:
        raise ValueError(f"network: has no layer named like {pattern}; another network is needed")
    return len(found)


def rdb(network: Network) -> Figure:
    """Figure 3: the first residual dense block of an RDN.

    Parameters
    ----------
    network : layers of an RDN, as `describe_network` gives them
    """
    layers, depth = _table(network), _count(network, r"F_1_(\d+)")
    flow = _Column(depth + 4, left=2.6, right=2.6)
    start = layers["F_1_1"]["inputs"][0]
    flow.box("in", f"input, {layers[start]['channels']} channels", "data")
    for c in range(1, depth + 1):
        flow.box(f"c{c}", _conv(layers, f"F_1_{c}", relu=True), "conv")
    joined = layers[f"RDB_Concat_1_{depth}"]["channels"]
    flow.box("fuse", _conv(layers, "LFF_1"), "join")
    flow.box("add", "add", "join")
    flow.box("out", f"output, {layers['LRL_1']['channels']} channels", "data")
    ends = [f"c{c}" for c in range(1, depth + 1)] + ["fuse"]
    for k, source in enumerate(["in", *ends[:-2]]):  # every output feeds every later layer
        for target in ends[k + 1 :]:
            tint, down = ["blue", "green", "purple"][k % 3], 0.18 - 0.1 * (k % 3)
            flow.detour(source, target, -1.6 - 0.28 * k, colour=tint, down=down)
    flow.detour("in", "add", 1.65)
    flow.ax.text(1.77, flow.at["add"] / 2, "local\nresidual", fontsize=9, va="center")
    joined_text = f"joined:\n{joined} channels"
    flow.ax.text(-1.4, flow.at["fuse"] + 0.45, joined_text, fontsize=9, ha="right", va="center")
    return flow.fig


def rdn(network: Network) -> Figure:
    """Figure 4: a residual dense network, its blocks folded.

    Parameters
    ----------
    network : layers of an RDN, as `describe_network` gives them
    """
    layers = _table(network)
    blocks, depth = _count(network, r"LRL_(\d+)"), _count(network, r"F_1_(\d+)")
    growth = layers["F_1_1"]["channels"]
    flow = _Column(14, left=2.9, right=2.6)
    flow.box("lr", "LR frame, 3 channels", "data")
    flow.box("m1", _conv(layers, "F_m1"), "conv")
    flow.box("f0", _conv(layers, "F_0"), "conv")
    flow.box("b1", f"RDB 1: C = {depth}, G = {growth}", "block")
    flow.dots(f"⋮   {blocks - 2} more RDBs   ⋮")
    flow.box("bD", f"RDB {blocks}", "block")
    joined = layers["LRLs_Concat"]["channels"]
    flow.box("gff1", _conv(layers, "GFF_1"), "join")
    flow.box("gff2", _conv(layers, "GFF_2"), "conv")
    flow.box("add", "add", "join")
    flow.box("up1", _conv(layers, "UPN1", relu=True), "conv")
    flow.box("up2", _conv(layers, "UPN2", relu=True), "conv")
    flow.box("up3", _conv(layers, "UPN3"), "conv")
    flow.box("ups", "enlarge × 2, nearest", "join")
    flow.box("sr", f"{_conv(layers, 'SR')}: SR frame", "end")
    flow.detour("b1", "gff1", -1.6, colour="blue")
    flow.ax.text(
        -1.72,
        flow.at["gff1"] - 1.5,
        f"all {blocks} outputs\njoined:\n{joined}\nchannels",
        ha="right",
        va="center",
        fontsize=9,
    )
    flow.detour("m1", "add", 1.65, text="global\nresidual")
    return flow.fig


def rrdb(network: Network) -> Figure:
    """Figure 2: the first residual-in-residual dense block of an RRDN.

    Parameters
    ----------
    network : layers of an RRDN, as `describe_network` gives them; its Scale layers are the β
    """
    layers, blocks = _table(network), _count(network, r"LRL_1_(\d+)")
    depth = _count(network, r"F_1_1_(\d+)")
    flow = _Column(3 * blocks + 3, left=2.4, right=2.6)
    start = layers["F_1_1_1"]["inputs"][0]
    flow.box("in", f"input, {layers[start]['channels']} channels", "data")
    for d in range(1, blocks + 1):
        growth = layers[f"F_1_{d}_1"]["channels"]
        flow.box(f"d{d}", f"{depth} dense conv 3×3, G = {growth}", "block")
        flow.box(f"l{d}", f"{_conv(layers, f'LFF_1_{d}')}, × β", "conv")
        flow.box(f"a{d}", "add", "join")
        flow.detour("in" if d == 1 else f"a{d - 1}", f"a{d}", 1.65, colour="blue")
    flow.box("add", "× β, then add", "join")
    flow.box("out", f"output, {layers['RRDB_1_out']['channels']} channels", "data")
    flow.detour("in", "add", -1.65)
    flow.ax.text(-1.77, flow.at["add"] / 2, "outer\nresidual", ha="right", va="center", fontsize=9)
    flow.ax.text(1.77, 2.0, "inner\nresidual", ha="left", va="center", fontsize=9)
    return flow.fig


def nesrgan(network: Network) -> Figure:
    """Figure 5: the first dense block of nESRGAN+, and where its noise comes in.

    Parameters
    ----------
    network : layers of an nESRGAN+ network, as `describe_network` gives them
    """
    layers, depth = _table(network), _count(network, r"F_1_1_(\d+)")
    flow = _Column(depth + 6, left=2.9, right=3.1)
    start = layers["F_1_1_1"]["inputs"][0]
    flow.box("in", f"input, {layers[start]['channels']} channels", "data")
    ends = []  # what the later convolutions read: the sum where there is one
    for c in range(1, depth + 1):
        leaky = ", leaky" if c < depth else ""
        flow.box(f"c{c}", _conv(layers, f"F_1_1_{c}") + leaky, "conv")
        if summed := f"add_1_1_{c}" in layers:
            flow.box(f"a{c}", "add", "join")
        ends.append((f"c{c}", f"a{c}" if summed else f"c{c}"))
    flow.box("add", "× β, then add", "join")
    flow.box("noise", "noise, in training only", "end")
    flow.box("out", f"output, {layers['RDB_1_1_out']['channels']} channels", "data")
    sources = ["in", *(end for _, end in ends[:-2])]
    for k, source in enumerate(sources):  # every output feeds every later convolution
        for target, _ in ends[k + 1 :]:
            tint, down = ["blue", "green", "purple"][k % 3], 0.18 - 0.1 * (k % 3)
            flow.detour(source, target, -1.6 - 0.28 * k, colour=tint, down=down)
    skip = _conv(layers, "skip_1_1").replace(", ", "\n")
    flow.detour("in", "a2", 1.65, down=0.02, colour="orange", text=skip)
    flow.detour("a2", "a4", 1.65, down=0.14, colour="orange")
    flow.detour("in", "add", 2.95, down=-0.1)
    return flow.fig
