"""Images lose what tells of their owner, keep what is drawn and how to turn it, and never surprise the walk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.files.exif import orientation_of, tiff_with
from parlour.core.files.images import layout_of
from parlour.core.files.layout import Layout, NotAnImage
from parlour.core.files.types import IMAGES, type_of
from tests.core.files.pictures import SECRET, chunk, exif, jpeg, png, riff, segment, webp, written

SECRETS = st.binary(max_size=40).map(lambda noise: SECRET + noise)
ORIENTATIONS = st.integers(1, 8)


def walked(type_: str, data: bytes) -> Layout:
    return layout_of(type_, lambda at, count: data[at : at + count], len(data))


def read_back(type_: str, data: bytes) -> tuple[bytes, Layout]:
    """What is kept of an image, and its layout when it is walked again."""
    kept = written(data, walked(type_, data))
    again = walked(type_, kept)
    assert written(kept, again) == kept, "a second walk changes nothing"
    return kept, again


@given(SECRETS, ORIENTATIONS, st.sampled_from([0xE1, 0xE2, 0xE3, 0xEC, 0xED, 0xEF, 0xFE]))
def test_jpeg_keeps_its_picture_and_orientation_alone(secret: bytes, orientation: int, marker: int) -> None:
    colour = segment(0xE2, b"ICC_PROFILE\x00\x01\x01profile")
    data = jpeg(exif(orientation), segment(marker, secret), colour, segment(0xFE, secret), tail=secret)
    kept, layout = read_back("image/jpeg", data)
    assert SECRET not in kept
    assert colour in kept
    assert kept.endswith(b"drawn\xff\x00drawn\xff\xd0drawn\xff\xd9")
    assert (layout.orientation, layout.width, layout.height) == (orientation, 4, 3)
    assert layout.shown == ((3, 4) if orientation >= 5 else (4, 3))


def test_jfif_loses_its_thumbnail_and_stays_first() -> None:
    head = segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x01\x01" + SECRET)
    kept, _ = read_back("image/jpeg", jpeg(exif(6), head))
    assert kept.startswith(b"\xff\xd8" + segment(0xE0, b"JFIF\x00\x01\x02\x00\x00\x48\x00\x48\x00\x00"))
    assert SECRET not in kept


def test_jpeg_that_was_cut_off_in_its_picture_is_kept_so_far() -> None:
    data = jpeg(exif())[:-4]
    kept, layout = read_back("image/jpeg", data)
    assert SECRET not in kept
    assert layout.width == 4


@given(SECRETS, ORIENTATIONS, st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"tIME", b"prVt"]))
def test_png_keeps_its_picture_and_orientation_alone(secret: bytes, orientation: int, name: bytes) -> None:
    gamma = chunk(b"gAMA", b"\x00\x00\xb1\x8f")
    more = (chunk(name, secret), gamma, chunk(b"eXIf", tiff_with(orientation) + secret))
    kept, layout = read_back("image/png", png(*more, tail=secret))
    assert SECRET not in kept
    assert gamma in kept
    assert (layout.orientation, layout.width, layout.height) == (orientation, 2, 2)


@given(SECRETS, ORIENTATIONS)
def test_webp_keeps_its_picture_and_orientation_alone(secret: bytes, orientation: int) -> None:
    data = webp((b"EXIF", tiff_with(orientation) + secret), (b"XMP ", secret), (b"????", secret))
    kept, layout = read_back("image/webp", data)
    assert SECRET not in kept
    assert b"drawn" in kept
    assert int.from_bytes(kept[4:8], "little") == len(kept) - 8
    assert (layout.orientation, layout.width, layout.height) == (orientation, 5, 7)


def test_image_without_metadata_stays_as_it_is() -> None:
    for type_, data in (("image/png", png()), ("image/jpeg", jpeg())):
        assert walked(type_, data).is_whole(len(data))


def test_plain_webp_is_read_without_the_extended_head() -> None:
    lossy = b"\x00\x00\x00\x9d\x01\x2a\x20\x00\x10\x00 drawn"
    layout = walked("image/webp", riff([(b"VP8 ", lossy)]))
    assert (layout.width, layout.height) == (32, 16)


@pytest.mark.parametrize("build", [jpeg, png, webp])
@given(data=st.data())
def test_broken_images_are_refused_in_one_way(build: Callable[[], bytes], data: st.DataObject) -> None:
    whole = bytearray(build())
    type_ = type_of(bytes(whole))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    for each in {type_, *IMAGES}:
        try:
            layout = walked(each, cut)
        except NotAnImage:
            continue
        assert layout.width > 0
        assert layout.height > 0
        assert all(isinstance(part, bytes) or 0 <= part[0] < part[1] <= len(cut) for part in layout.parts)


@given(st.binary(max_size=64))
def test_any_exif_names_an_orientation(tiff: bytes) -> None:
    assert 1 <= orientation_of(tiff) <= 8


def test_gif_and_avif_are_measured_and_kept_whole() -> None:
    gif = b"GIF89a\x03\x00\x02\x00\x00\x00\x00;"
    layout = walked("image/gif", gif)
    assert ((layout.width, layout.height), layout.is_whole(len(gif))) == ((3, 2), True)
    with pytest.raises(NotAnImage):
        walked("image/avif", b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1")
