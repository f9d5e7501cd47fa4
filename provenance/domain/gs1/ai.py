"""GS1 Application Identifiers: the form of their values and their part in a Digital Link URI.

The table says for each AI the components of its value in the notation of GS1's syntax dictionary (`N13,csum,gcppos1
[X..17]`: 13 digits with a check digit, then up to 17 characters), whether an element string needs no separator after
it, whether it may stand in the query of a link, and for a primary key which qualifiers may follow it in the path, in
which order.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from provenance.domain.errors import Malformed
from provenance.domain.gs1.checks import CHECK_DIGITS, CHECKS

_CHARACTERS = {"N": "[0-9]", "X": "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]", "Y": "[#/0-9A-Z-]", "Z": "[0-9A-Za-z_=-]"}

_FORMATS = {
    "N18,csum,gcppos2": "00",
    "N14,csum,gcppos2": "01-03",
    "X..20": "10 21 22 243 254 420 4318 7020-7022 710-717 7240 8002 8012",
    "N6,yymmd0": "11-13 15-17",
    "N2": "20",
    "X..28": "235",
    "X..30": "240 241 250 251 400 403 4308 4319 7002 90",
    "N..6": "242",
    "N13,csum,gcppos1 [X..17]": "253",
    "N13,csum,gcppos1 [N..12]": "255",
    "N..8": "30 37",
    "N6": "310n-316n 320n-329n 330n-337n 340n-349n 350n-357n 360n-369n 395n 8005",
    "N..15": "3900-3909 3920-3929",
    "N3,iso4217 N..15": "3910-3919 3930-3939",
    "N4": "3940-3943 8111",
    "X..30,gcppos1": "401 7023 8004",
    "N17,csum,gcppos1": "402",
    "N13,csum,gcppos1": "410-417",
    "N3,iso3166 X..9": "421",
    "N3,iso3166": "422 424 426",
    "N3,iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166 [N3],iso3166": "423 425",
    "X..3": "427 7008",
    "X..35,pcenc": "4300 4301 4310 4311 4320",
    "X..70,pcenc": "4302-4306 4312-4316 7257",
    "X2,iso3166alpha2": "4307 4317",
    "N10,latitude N10,longitude": "4309",
    "N1,yesno": "4321-4323",
    "N6,yymmd0 N4,hhmi": "4324 4325",
    "N6,yymmdd": "4326 7006",
    "N6 [X1],hyphen": "4330-4333",
    "N13": "7001",
    "N6,yymmdd N4,hhmi": "7003",
    "N..4": "7004",
    "X..12": "7005",
    "N6,yymmdd [N6],yymmdd": "7007",
    "X..10": "7009 7255",
    "X..2": "7010",
    "N6,yymmdd [N4],hhmi": "7011",
    "N3,iso3166999 X..27": "7030-7039",
    "N1 X1 X1 X1,importeridx": "7040",
    "X..4,packagetype": "7041",
    "X2 X..28": "7230-7239",
    "N2,mediatype": "7241",
    "X..25": "7242 8020",
    "N8,yyyymmdd": "7250",
    "N8,yyyymmdd N4,hhmi": "7251",
    "N1,iso5218": "7252",
    "X..40,pcenc": "7253 7254 7259",
    "X..90,pcenc": "7256",
    "X3,posinseqslash": "7258",
    "N4,nonzero N5,nonzero N3,nonzero N1,winding N1": "8001",
    "N1,zero N13,csum,gcppos1 [X..16]": "8003",
    "N14,csum,gcppos2 N4,pieceoftotal": "8006 8026",
    "X..34,iban": "8007",
    "N6,yymmdd N2,hh [N2],mi [N2],ss": "8008",
    "X..50": "8009",
    "Y..30,gcppos1": "8010",
    "N..12,nozeroprefix": "8011",
    "X..25,csumalpha,gcppos1": "8013",
    "X..25,csumalpha,gcppos1,hasnondigit": "8014",
    "N18,csum,gcppos1": "8017 8018",
    "N..10": "8019",
    "Z..90": "8030",
    "N15": "8040 8041",
    "N32": "8042",
    "N18 [N..2]": "8043",
    "X..70,couponcode": "8110",
    "X..70,couponposoffer": "8112",
    "X..70": "8200",
    "X..90": "91-99",
}
_FIXED = re.compile("0[0-4]|1[1-9]|20|3[1-6]|41")
"""The AIs that need no separator by how they begin (General Specifications 7.8.5)."""

_CODE = re.compile("[0-9]{2,4}")

_NOT_ATTRIBUTES = frozenset(
    ("03", "21", "22", "235", "254", "7040", "7041", "8011", "8014", "8019", "8020", "8040", "8041", "8042", "8043")
) | {"8200"}

_PATHS = {
    "00": "", "01": "22,10,21|235", "253": "", "255": "", "401": "", "402": "", "414": "254|7040", "415": "8020",
    "417": "7040", "8003": "", "8004": "7040", "8006": "22,10,21", "8010": "8011", "8013": "", "8017": "8019",
    "8018": "8019",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """One AI: the form of its value, one group a component, and the checks of each component.

    `components` are the forms without their checks, `N13` or `X..17`; an optional one is of variable length.
    `longest` is the greatest length of a value; `paths` holds the orders in which qualifiers may follow a primary
    key, and is None for what is no primary key.
    """

    code: str
    components: tuple[str, ...]
    pattern: str
    checks: tuple[tuple[str, ...], ...]
    fixed: bool
    attribute: bool
    longest: int
    paths: tuple[tuple[str, ...], ...] | None

    @property
    def form(self) -> re.Pattern[str]:
        """The compiled pattern of the value, one group a component."""
        return _compiled(self.pattern)

    def failures(self, value: str) -> Iterator[str]:
        """Yield the names of the checks that the components of a well-formed value do not pass."""
        match = self.form.fullmatch(value)
        for component, names in zip(match.groups() if match else (), self.checks, strict=False):
            yield from (name for name in names if component and not CHECKS[name](component))

    def check(self, value: str) -> None:
        """Accept a value; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        if self.form.fullmatch(value) is None:
            raise Malformed("identifier.form", f"{value!r} does not have the form of a value of AI ({self.code})")
        for failure in self.failures(value):
            if failure in CHECK_DIGITS:
                raise Malformed("identifier.check_digit", f"the check digit of {value!r} is wrong for AI ({self.code})")
            reason = f"it fails the check {failure}"
            raise Malformed("identifier.form", f"{value!r} is no value of AI ({self.code}): {reason}")

    def allows(self, qualifiers: tuple[str, ...]) -> bool:
        """Return whether these AIs may follow this primary key in a path, in this order."""
        return any(tuple(each for each in path if each in qualifiers) == qualifiers for path in self.paths or ())


def of(code: str) -> ApplicationIdentifier:
    """Return the AI of a code; one that is not known (yet) may have any value of up to 90 characters."""
    return AIS.get(code) or _read(code, "X..90")


def may_exist(code: str) -> bool:
    """Return whether a code that is not in the table could be an AI of a later release (General Specifications 7.8.1).

    Its length is that of its family, and no AI begins with another one.
    """
    family = next((each for each in AIS if each[:2] == code[:2]), None)
    fitting = family is None or len(family) == len(code)
    return fitting and _CODE.fullmatch(code) is not None and not any(code[:size] in AIS for size in (2, 3))


def check(code: str, value: str) -> None:
    """Accept the value of a known AI; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
    known = AIS.get(code)
    if known is None:
        raise Malformed("identifier.form", f"({code}) is not a GS1 Application Identifier")
    known.check(value)


def spans(text: str) -> Iterator[str]:
    """Yield the codes that spans stand for: `410-412`, or `310n-312n` with each number of decimals."""
    for span in text.split():
        first, _, last = span.partition("-")
        decimals = "012345" if first.endswith("n") else ("",)
        first, last = first.rstrip("n"), (last or first).rstrip("n")
        for number in range(int(first), int(last) + 1):
            yield from (f"{number:0{len(first)}}{decimal}" for decimal in decimals)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile on first use: most AIs are never met, and commands have to start fast."""
    return re.compile(pattern)


def _component(text: str) -> str:
    kind, length = text.strip("[]")[0], text.strip("[]")[1:]
    span = f"{{1,{length[2:]}}}" if length.startswith("..") else f"{{{length}}}"
    return f"({_CHARACTERS[kind]}{span})" + ("?" if text.startswith("[") else "")


def _bare(text: str) -> str:
    form = text.partition(",")[0]
    return form if form[0] != "[" else form[1] + ".." + form.strip("[]")[1:].removeprefix("..")


def _length(text: str) -> int:
    return int(text.strip("[]")[1:].removeprefix(".."))


def _read(code: str, spec: str) -> ApplicationIdentifier:
    components = spec.split()
    paths = _PATHS.get(code)
    return ApplicationIdentifier(
        code=code,
        components=tuple(_bare(text) for text in components),
        pattern="".join(_component(text.split(",")[0]) for text in components),
        checks=tuple(tuple(text.split(",")[1:]) for text in components),
        fixed=_FIXED.match(code) is not None,
        attribute=code not in _NOT_ATTRIBUTES,
        longest=sum(_length(text.split(",")[0]) for text in components),
        paths=None if paths is None else tuple(tuple(filter(None, path.split(","))) for path in paths.split("|")),
    )


AIS: Mapping[str, ApplicationIdentifier] = {
    code: _read(code, spec) for spec, codes in _FORMATS.items() for code in spans(codes)
}
"""Every known AI by its code."""
