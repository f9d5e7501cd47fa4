"""Which Application Identifiers belong together and which exclude each other (General Specifications 4.13 and 4.14).

The rules hold for everything that is printed on one thing, on however many symbols. Whoever builds a link has it all
and is held to them; a link or a symbol that is read may be one of several, so reading does not ask for them.

`a+b` means both, `31nn` any AI that begins with 31; an AI is never excluded by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from provenance.domain.errors import Malformed
from provenance.domain.gs1.ai import AIS, spans

_TRADE = "01 02 03 8006 8026"
_PRICED = "30 31nn 32nn 35nn 36nn"
_REQUIRED = {
    "37": "02 8026",
    "00+02 00+8026": "37",
    _TRADE: "10 11 13 15 16 20 240 241 422",
    "8020": "12 415 3910-3919",
    "01 02 03 255 8006 8026": "17",
    "01 03 8006": "21 251 7021 8012",
    "01": "22 235 337n 710-717 8001 8014 8200",
    "01 02 8006 8026": "242 7001",
    "01 03": "243",
    "01+21 03+21 8006+21": "250",
    "414": "254",
    "01 02": "30 310n-316n 320n-329n 350n-352n 356n 357n 360n 361n 364n-366n 7002 7005-7009 7030-7039 8005",
    "00 01": "330n-336n 340n-349n 353n-355n 362n 363n 367n-369n",
    "255 8020": "3900-3909",
    "01+30 01+31nn 01+32nn 01+35nn 01+36nn": "3920-3929",
    _PRICED: "3930-3939 395n",
    "255": "3940-3943 8111",
    "00": "403 4300-4302 4304-4312 4314-4326 4330-4333 7041",
    "01 02 03": "423-426 7003 7010 7011 8008",
    "01+422 02+422 03+422": "427",
    "4302": "4303",
    "4312": "4313",
    "01+10 03+10": "7004",
    "01+416 03+416 8006+416": "7020",
    "01+7021 03+7021 8006+7021": "7022",
    "01 8004": "7230-7239",
    "01 8006": "7240",
    "8017 8018": "7241 7242 7253-7256 8019",
    "8018": "7250-7252 7257 7259",
    "8018+7259": "7258",
    "415": "8007 8020",
    "00 01 03": "8009",
    "8010": "8011",
    "00 01+21 03+21 253 255 8003 8004 8006+21 8010+8011 8017 8018": "8030",
    "01+21": "8040",
    "01+21+8040": "8041-8043",
}
"""Groups of AIs, one of which has to be there, by the AIs that ask for it."""

_EXCLUDED = {
    "255 37": "01", "01 03": "02", "01 02 37 235": "03", "235": "21", "01 02 415 8006 8020 8026": "255",
    "390n 391n 394n 8111": "3900-3909", "391n": "3910-3919", "392n 393n": "3920-3929", "393n": "3930-3939",
    "394n 8111": "3940-3943", "392n 393n 395n 8005": "395n", "421": "420", "4307": "421", "426": "422-425",
    "4331": "4330", "4330": "4331", "4333": "4332", "4332": "4333", "03": "7240", "7251": "7250", "7250": "7251",
    "7256 7259": "7253-7255", "7256": "7259", "01 03 37": "8006", "8018": "8017", "8017": "8018",
    "02 03 8006": "8026",
}  # fmt: skip
"""AIs that may not be there, by the AIs that exclude them; a measure also excludes itself with other decimals."""

_MEASURES = "310n-316n 320n-329n 330n-337n 340n-349n 350n-357n 360n-369n"


def check_together(codes: Iterable[str]) -> None:
    """Accept the AIs of one thing; raises `Malformed` (`identifier.association`)."""
    present = frozenset(codes)
    for code in sorted(present):
        for other in excluded(code):
            if found := next((each for each in sorted(present) if _matches(each, other) and each != code), None):
                raise Malformed("identifier.association", f"({code}) and ({found}) exclude each other")
        groups = required(code)
        if groups and not any(all(_among(each, present - {code}) for each in group) for group in groups):
            wanted = " or ".join("(" + ") and (".join(group) + ")" for group in groups)
            raise Malformed("identifier.association", f"({code}) is given only together with {wanted}")


def required(code: str) -> tuple[tuple[str, ...], ...]:
    """Return the groups of which an AI asks for one."""
    return tuple(tuple(group.split("+")) for group in _rules()[0].get(code, "").split())


def excluded(code: str) -> tuple[str, ...]:
    """Return the AIs that an AI excludes."""
    return tuple(_rules()[1].get(code, "").split())


@cache
def _rules() -> tuple[Mapping[str, str], Mapping[str, str]]:
    measures = ((code, f"{code[:3]}n") for code in spans(_MEASURES))
    return dict(_spread(_REQUIRED)), {**dict(_spread(_EXCLUDED)), **dict(measures)}


def _spread(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for others, codes in table.items():
        yield from ((code, others) for code in spans(codes))


def _among(pattern: str, present: Iterable[str]) -> bool:
    return any(_matches(code, pattern) for code in present)


def _matches(code: str, pattern: str) -> bool:
    return code in AIS and code.startswith(pattern.rstrip("n")) and (len(code) == len(pattern))
