"""A face clip is degraded, super-resolved, described and classified; this package does that.

Conventions, written once and kept everywhere:

clip
    ``(T, H, W, 3)`` uint8 RGB or ``(T, H, W)`` uint8 grey, 0-255, frame first, row 0 on top.
    Between stages a clip is always uint8; floats live inside a stage, which rounds once on
    its way out. Frame numbers in tables are the numbers in the files' names.
axes
    ``radii=(rx, ry, rt)`` in pixels, pixels, frames; ``window=(wy, wx, wt)``;
    ``grid=(gy, gx, gt)``, blocks counted in C order of (gy, gx, gt); planes XY, XT, YT.
scale, factor
    per axis: factor 4 turns 128x128 into 32x32, scale 4 turns it back.
HR, LR, SR
    the 128x128 clip, the degraded clip, the super-resolved clip.
luma
    BT.601, 0.299 R + 0.587 G + 0.114 B, full range 0-255.
randomness
    a ``seed`` argument; no global state is read or changed.

``import mer_core`` costs NumPy and nothing else; heavier packages are imported when first used.
"""

__version__ = "0.1.0"

LABELS = ("negative", "positive", "surprise")
