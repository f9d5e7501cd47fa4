"""GS1-128 symbols of logistic labels: the SSCC, and what is inside the unit, as SVG to scale or as PNG.

Symbols are Code 128 with FNC1 first (GS1 General Specifications, 5.4). In SVG a module is 0.495 mm wide, bars are 31.75
mm high and quiet zones 10 modules, as 6.7 asks of logistic labels; a symbol never exceeds 165.1 mm: content that would
is parted into two. The SSCC stands lowest. Under each symbol stands what it says (HRI).
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self
from xml.sax.saxutils import escape

import png as pypng
import zxingcpp

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import ai
from provenance.domain.gs1.elements import Element
from provenance.domain.gs1.keys import Gtin, Sscc

MODULE = 0.495
"""Width of a module in millimetres."""

WIDEST = 165.1
"""The most that a symbol with its quiet zones may measure, in millimetres."""

_BARS, _TEXT, _GAP, _QUIET = 31.75, 5.0, 4.0, 10
_PIXELS = 4
"""Pixels of a module in PNG: 205 dots an inch at true size."""
_MOST_COUNT = 99_999_999


@dataclass(frozen=True, slots=True)
class Content:
    """What a unit holds, if all of it is alike: a product, how many of them, and of which lot."""

    gtin: Gtin
    count: int
    lot: str | None = None

    @classmethod
    def parse(cls, gtin: str, count: str, lot: str | None = None) -> Self:
        """Return content as people state it; raises `Malformed` (`label.content`, `identifier.*`)."""
        if not (count.isascii() and count.isdigit() and 0 < int(count[:9]) <= _MOST_COUNT):
            raise Malformed("label.content", f"the count is a number from 1 to {_MOST_COUNT}, not {count[:20]!r}")
        if lot is not None:
            ai.check("10", lot)
        return cls(Gtin.parse(gtin), int(count), lot)

    @property
    def elements(self) -> tuple[Element, ...]:
        """Its elements, in the order of the symbol."""
        lot = () if self.lot is None else (("10", self.lot),)
        return (("02", str(self.gtin)), ("37", str(self.count)), *lot)


def stated(gtin: str | None, count: str | None, lot: str | None) -> Content | None:
    """Return content out of parts that may be missing; raises `Malformed` (`label.content`, `identifier.*`)."""
    if gtin is None and count is None and lot is None:
        return None
    if gtin is None or count is None:
        raise Malformed("label.content", "content is a GTIN with its count (AI 02 and 37), and perhaps a lot")
    return Content.parse(gtin, count, lot)


def svg(sscc: Sscc, content: Content | None = None) -> bytes:
    """Return the symbols of a label as an SVG image to scale."""
    drawn = [(_bits(symbol), _written(symbol)) for symbol in _symbols(sscc, content)]
    width = max(_width(bits) for bits, _ in drawn)
    height = len(drawn) * (_BARS + _TEXT) + (len(drawn) + 1) * _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}mm" height="{height:.3f}mm" ',
        f'viewBox="0 0 {width:.3f} {height:.3f}"><title>{escape(_written((("00", str(sscc)),)))}</title>',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for place, (bits, text) in enumerate(drawn):
        top = _GAP + place * (_BARS + _TEXT + _GAP)
        parts.append(f'<path d="{"".join(_paths(bits, top))}" fill="#000"/>')
        parts.append(
            f'<text x="{width / 2:.3f}" y="{top + _BARS + _TEXT - 1:.3f}" font-family="sans-serif" font-size="4" '
            f'text-anchor="middle">{escape(text)}</text>'
        )
    return "".join([*parts, "</svg>\n"]).encode()


def png(sscc: Sscc, content: Content | None = None) -> bytes:
    """Return the symbols of a label as a PNG image, 4 pixels a module."""
    drawn = [_image(symbol) for symbol in _symbols(sscc, content)]
    width = max(len(rows[0]) for rows in drawn)
    blank = [b"\xff" * width] * (_PIXELS * _QUIET)
    lines = list(blank)
    for rows in drawn:
        left = (width - len(rows[0])) // 2
        lines += [(b"\xff" * left + row).ljust(width, b"\xff") for row in rows]
        lines += blank
    image = io.BytesIO()
    pypng.Writer(width, len(lines), greyscale=True, bitdepth=8).write(image, lines)
    return image.getvalue()


def _symbols(sscc: Sscc, content: Content | None) -> list[tuple[Element, ...]]:
    found = [] if content is None else [content.elements]
    if content is not None and _width(_bits(content.elements)) > WIDEST:
        found = [content.elements[:2], content.elements[2:]]
    return [*found, (("00", str(sscc)),)]


def _written(symbol: tuple[Element, ...]) -> str:
    return "".join(f"({name}){value}" for name, value in symbol)


def _barcode(symbol: tuple[Element, ...]) -> zxingcpp.Barcode:
    return zxingcpp.create_barcode(_written(symbol), zxingcpp.BarcodeFormat.Code128, gs1=True)


def _rows(image: Any) -> list[bytes]:
    view = memoryview(image)
    height, width = view.shape or (0, 0)
    content = view.tobytes()
    return [content[at : at + width] for at in range(0, height * width, width)]


def _bits(symbol: tuple[Element, ...]) -> str:
    """Return the modules of a symbol, bars as 1, without its quiet zones."""
    row = _rows(_barcode(symbol).to_image(add_quiet_zones=False))[0]
    return "".join("1" if each == 0 else "0" for each in row)


def _image(symbol: tuple[Element, ...]) -> list[bytes]:
    return _rows(_barcode(symbol).to_image(scale=_PIXELS, add_hrt=True))


def _width(bits: str) -> float:
    return (len(bits) + 2 * _QUIET) * MODULE


def _paths(bits: str, top: float) -> Iterator[str]:
    """Give the bars of a symbol as paths."""
    at = 0
    while (start := bits.find("1", at)) >= 0:
        end = bits.find("0", start)
        at = len(bits) if end < 0 else end
        left = f"{(_QUIET + start) * MODULE:.3f}"
        yield f"M{left} {top:.3f}h{(at - start) * MODULE:.3f}v{_BARS}H{left}z"
