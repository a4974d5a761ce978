"""How alike two images are."""

import numpy as np


def ssim(one: np.ndarray, other: np.ndarray, valid: np.ndarray, window: int = 8) -> float:
    """Structural similarity (Wang et al. 2004, equation 13) of two images, (bands, h, w), over uniform windows.

    Windows with a pixel that is not valid, (h, w), do not count. 1 where none is left.
    """
    images = [np.where(valid, image, 0).astype(np.float64) for image in (one, other)]
    spread = max(float(np.ptp(images[0][:, valid])) if valid.any() else 0.0, 1.0)
    steady, contrast = (0.01 * spread) ** 2, (0.03 * spread) ** 2
    (x, y), whole = (
        (_means(image, window) for image in images),
        _means(valid[None].astype(np.float64), window)[0] > 1 - 1e-9,
    )
    xx, yy, xy = (_means(a * b, window) for a, b in ((images[0],) * 2, (images[1],) * 2, images))
    likeness = (2 * x * y + steady) * (2 * (xy - x * y) + contrast)
    likeness /= (x * x + y * y + steady) * (xx - x * x + yy - y * y + contrast)
    return float(likeness[:, whole].mean()) if whole.any() else 1.0


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise of bytes, decibels, at most 99."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else min(10 * float(np.log10(255.0**2 / error)), 99.0)


def _means(image: np.ndarray, window: int) -> np.ndarray:
    """Means of every window, (bands, h - window + 1, w - window + 1)."""
    sums = np.pad(image.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    corners = sums[:, window:, window:] - sums[:, :-window, window:] - sums[:, window:, :-window]
    return (corners + sums[:, :-window, :-window]) / window**2
