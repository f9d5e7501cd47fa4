"""QR symbols of Digital Links, as SVG and as PNG."""

import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pure import PyPNGImage
from qrcode.image.svg import SvgPathImage


def svg(text: str) -> bytes:
    """Return the symbol as an SVG image with its quiet zone."""
    return _symbol(text, SvgPathImage)


def png(text: str) -> bytes:
    """Return the symbol as a PNG image, 10 pixels a module, with its quiet zone."""
    return _symbol(text, PyPNGImage)


def _symbol(text: str, factory: type[SvgPathImage] | type[PyPNGImage]) -> bytes:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=10, border=4)
    code.add_data(text.encode(), optimize=0)
    code.make(fit=True)
    image = io.BytesIO()
    code.make_image(image_factory=factory).save(image)
    return image.getvalue()
