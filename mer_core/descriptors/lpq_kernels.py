"""The compiled loops of LPQ-TOP, one per pair of window lengths; imported when it first runs.

A plane is coded in strips of TILE columns: along the first axis of the plane each row of voxels
becomes three rows (weights 1, cos, sin), and along the second those become four complex
responses. Strides within a strip are constants, so that the loops become vector code. Sums may
be fused (contracted): the tie rule absorbs the last digits.
"""

from functools import cache

import numpy as np
from numba import njit, uint64

from mer_core.descriptors.planes import TIE

TILE = 64
STRIDE = 80  # voxels per row of a strip: TILE and the widest window beyond it, 11
ROW = 3 * TILE


def waves(half: int) -> tuple[np.ndarray, np.ndarray]:
    """cos and sin of the lowest frequency of a window of 2 * half + 1, from its centre outwards."""
    angle = 2 * np.pi * np.arange(half + 1) / (2 * half + 1)
    return np.cos(angle), np.sin(angle)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _mix(weights, a, b, c, d):
    return weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d


@cache
def plane_coder(half1: int, half2: int, down: bool, whiten: bool):
    """The loop for windows 2 * half1 + 1 along the first axis and 2 * half2 + 1 along the second.

    down : the first axis is y, not x; whiten : mix the responses before they are quantised
    """
    cos1, sin1 = waves(half1)
    cos2, sin2 = waves(half2)
    step = STRIDE if down else 1

    @njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
    def code_strip(strip, outer, inner, mixing, out, out_steps, n):
        """Write n columns of codes of one strip.

        strip : uint8, rows of STRIDE voxels
        outer, inner : (count, stride) of the slices, and of the rows within a slice
        mixing : (even, odd, even_bits, odd_bits): what the real and the imaginary responses set,
            and, to whiten, four rows of four weights for each; frequency 1 is the wave along the
            first axis, 2 along the second. Without whitening, only odd[3][3], the sign of the
            last response, is used
        out, out_steps : flat codes, and the strides of slices and rows in them
        """
        even, odd, even_bits, odd_bits = mixing
        sign = odd[3][3]
        rows = np.zeros(inner[0] * ROW)
        codes = np.empty(TILE, np.int64)
        for o in range(outer[0]):
            for r in range(inner[0]):
                start = uint64(o * outer[1] + r * inner[1] + half1 * step)
                at = uint64(r * ROW)
                for i in range(TILE):
                    j = start + uint64(i)
                    total = np.int32(strip[j])
                    real = np.float64(total)
                    imag = 0.0
                    for k in range(1, half1 + 1):
                        low = np.int32(strip[j - uint64(k * step)])
                        high = np.int32(strip[j + uint64(k * step)])
                        total = np.int32(total + low + high)
                        real += cos1[k] * np.float64(np.int32(high + low))
                        imag += sin1[k] * np.float64(np.int32(high - low))
                    rows[at + uint64(i)] = np.float64(total)
                    rows[at + uint64(TILE + i)] = real
                    rows[at + uint64(2 * TILE + i)] = imag
            for r in range(inner[0] - 2 * half2):
                at = uint64((r + half2) * ROW)
                for i in range(TILE):
                    s = at + uint64(i)
                    c = s + uint64(TILE)
                    d = s + uint64(2 * TILE)
                    s_cos, c_cos, d_cos = rows[s], rows[c], rows[d]
                    c_sum, d_sum = c_cos, d_cos
                    s_sin = c_sin = d_sin = 0.0
                    for k in range(1, half2 + 1):
                        far = uint64(k * ROW)
                        low, high = rows[s - far], rows[s + far]
                        s_cos += cos2[k] * (low + high)
                        s_sin += sin2[k] * (high - low)
                        low, high = rows[c - far], rows[c + far]
                        both = low + high
                        c_sum += both
                        c_cos += cos2[k] * both
                        c_sin += sin2[k] * (high - low)
                        low, high = rows[d - far], rows[d + far]
                        both = low + high
                        d_sum += both
                        d_cos += cos2[k] * both
                        d_sin += sin2[k] * (high - low)
                    re3, im3 = c_cos - d_sin, c_sin + d_cos
                    re4, im4 = c_cos + d_sin, c_sin - d_cos
                    none = np.int64(0)
                    code = none
                    if whiten:
                        code |= (
                            even_bits[0] if _mix(even[0], c_sum, s_cos, re3, re4) >= -TIE else none
                        )
                        code |= (
                            odd_bits[0] if _mix(odd[0], d_sum, s_sin, im3, im4) >= -TIE else none
                        )
                        code |= (
                            even_bits[1] if _mix(even[1], c_sum, s_cos, re3, re4) >= -TIE else none
                        )
                        code |= (
                            odd_bits[1] if _mix(odd[1], d_sum, s_sin, im3, im4) >= -TIE else none
                        )
                        code |= (
                            even_bits[2] if _mix(even[2], c_sum, s_cos, re3, re4) >= -TIE else none
                        )
                        code |= (
                            odd_bits[2] if _mix(odd[2], d_sum, s_sin, im3, im4) >= -TIE else none
                        )
                        code |= (
                            even_bits[3] if _mix(even[3], c_sum, s_cos, re3, re4) >= -TIE else none
                        )
                        code |= (
                            odd_bits[3] if _mix(odd[3], d_sum, s_sin, im3, im4) >= -TIE else none
                        )
                    else:
                        code |= even_bits[0] if c_sum >= -TIE else none
                        code |= odd_bits[0] if d_sum >= -TIE else none
                        code |= even_bits[1] if s_cos >= -TIE else none
                        code |= odd_bits[1] if s_sin >= -TIE else none
                        code |= even_bits[2] if re3 >= -TIE else none
                        code |= odd_bits[2] if im3 >= -TIE else none
                        code |= even_bits[3] if re4 >= -TIE else none
                        code |= odd_bits[3] if sign * im4 >= -TIE else none
                    codes[uint64(i)] = code
                target = uint64(o * out_steps[0] + r * out_steps[1])
                for i in range(n):
                    out[target + uint64(i)] = np.uint8(codes[uint64(i)])

    return code_strip
