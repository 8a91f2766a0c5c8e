"""Many draws at once (PROTOCOL §6.3), in floating point: for simulations, never for a draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw(
    sizes: NDArray[np.int64],
    ns: NDArray[np.int64],
    odds: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """PROTOCOL §6.3 for many replications: declared chances, and who is drawn; arrays of
    replications × units.

    ``ns[N]`` is the sample size for N units of size > 0; ``odds`` is T/(M−T) of the tickets, None
    to skip the drawing.
    """
    left, n = sizes.astype(float), ns[(sizes > 0).sum(axis=1)][:, None]
    rest, total, certain = n, left.sum(axis=1, keepdims=True), np.zeros(sizes.shape, bool)
    while (sure := (left > 0) & (rest > 0) & (rest * left >= total)).any():
        certain, left = certain | sure, np.where(sure, 0, left)
        rest, total = rest - sure.sum(axis=1, keepdims=True), left.sum(axis=1, keepdims=True)
    expected = rest * left
    chance = certain + expected / np.maximum(total, 1)
    if odds is None:
        return chance, certain
    # no expectation: the key is infinite or, with ticket 0, nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        key = np.where(
            expected > 0, odds * (total - expected) / expected, np.where(certain, -1, np.inf)
        )
    limit = np.take_along_axis(np.sort(key, axis=1), np.maximum(n - 1, 0), axis=1)
    return chance, (key <= limit) & (n > 0)
