import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from tiling.encode import Painting, encode
from tiling.models import ImageFormat
from tiling.png import encode_palette_png, encode_png

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
PICTURES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.uint8, shape)
)


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


@settings(max_examples=60, deadline=None)
@given(PICTURES)
def test_a_png_decodes_to_the_very_pixels(pixels: np.ndarray) -> None:
    image = opened(encode_png(pixels))
    assert image.mode == MODES[pixels.shape[2]]
    np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=30)), hnp.arrays(np.uint8, (256, 4)))
def test_a_palette_png_decodes_to_its_colours(indexes: np.ndarray, lut: np.ndarray) -> None:
    image = opened(encode_palette_png(indexes, lut))
    np.testing.assert_array_equal(np.asarray(image.convert("RGBA")), lut[indexes])


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.uint8, (12, 16), elements=st.integers(0, 5)),
    hnp.arrays(np.uint8, (12, 16), elements=st.sampled_from([0, 0, 255, 255, 128])),
    hnp.arrays(np.uint8, (256, 4)),
)
def test_a_palette_keeps_holes_and_half_transparent_pixels(
    indexes: np.ndarray, alpha: np.ndarray, lut: np.ndarray
) -> None:
    painting = Painting(colors=indexes[..., None], alpha=alpha, palette=lut)
    decoded = np.asarray(opened(encode(painting, ImageFormat.PNG)).convert("RGBA"))
    expected_alpha = np.minimum(alpha, lut[indexes][..., 3])
    np.testing.assert_array_equal(decoded[..., 3], expected_alpha)
    np.testing.assert_array_equal(
        decoded[expected_alpha > 0], np.dstack([lut[indexes][..., :3], expected_alpha])[expected_alpha > 0]
    )


def test_a_palette_tile_that_uses_every_colour_still_has_its_holes() -> None:
    indexes = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(2, axis=0)
    alpha = np.full((32, 16), 255, dtype=np.uint8)
    alpha[1] = 0
    lut = np.stack([np.arange(256)] * 3 + [np.full(256, 255)], axis=1).astype(np.uint8)
    decoded = np.asarray(
        opened(encode(Painting(colors=indexes[..., None], alpha=alpha, palette=lut), ImageFormat.PNG)).convert("RGBA")
    )
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    np.testing.assert_array_equal(decoded[alpha > 0][:, 0], indexes[alpha > 0])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_is_white_where_it_would_be_transparent(channels: int) -> None:
    colors = np.zeros((64, 64, channels), dtype=np.uint8)
    alpha = np.zeros((64, 64), dtype=np.uint8)
    alpha[:, 32:] = 255
    image = opened(encode(Painting(colors=colors, alpha=alpha), ImageFormat.JPG))
    assert image.format == "JPEG"
    gray = np.asarray(image.convert("L"))
    assert gray[:, :16].min() > 245
    assert gray[:, 48:].max() < 10


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("opaque", [True, False])
def test_a_webp_is_close_to_its_pixels(channels: int, opaque: bool) -> None:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    colors = np.broadcast_to(ramp[None, :, None], (64, 64, channels)).copy()
    alpha = np.full((64, 64), 255, dtype=np.uint8)
    alpha[:8] = 255 if opaque else 0
    decoded = np.asarray(opened(encode(Painting(colors=colors, alpha=alpha), ImageFormat.WEBP)).convert("RGBA"))
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    assert np.abs(decoded[16:, :, 0].astype(int) - ramp).max() < 24


@settings(max_examples=10, deadline=None)
@given(hnp.arrays(np.uint8, (20, 20, 3)))
def test_a_lossless_webp_keeps_every_value(colors: np.ndarray) -> None:
    painting = Painting(colors=colors, alpha=np.full((20, 20), 255, dtype=np.uint8), lossless=True)
    np.testing.assert_array_equal(np.asarray(opened(encode(painting, ImageFormat.WEBP))), colors)
