"""Who is who: the deployment's stewards and rules, organisations, company prefixes, places.

The stewards are fixed once and grant everything else. A company prefix has one holder at a time and never moves from
one to another in one step: its holder is first enrolled without it. Registered places carry no whereabouts of natural
persons.
"""

import dataclasses
import re
from dataclasses import dataclass

from provenance.domain.acts.act import Call, Dated, act
from provenance.domain.acts.authority import all_known, fresh, issuer, known, member, steward
from provenance.domain.acts.fields import (
    Country,
    Degrees,
    Location,
    OrganisationName,
    PrefixDigits,
    Text,
    TimeZone,
    bounded,
)
from provenance.domain.countries import is_country
from provenance.domain.errors import Malformed, Refused
from provenance.domain.gs1.keys import Link
from provenance.domain.ip import St3
from provenance.domain.records import (
    Delegation,
    Deployment,
    Organisation,
    Place,
    PlaceKind,
    Prefix,
    Record,
    Role,
    Rules,
)
from provenance.domain.trade import UnLocode
from provenance.domain.world import Records

MOST_STEWARDS = 50
MOST_PREFIXES = 50
GREATEST_THRESHOLD = 100_000
INTERNATIONAL_WATERS = "XZ"


def checked(rules: Rules) -> None:
    """Check thresholds that stewards wrote; raises `Malformed` (`rules.*`)."""
    if rules.id != "rules" or re.fullmatch(r"[A-Za-z0-9._-]{1,40}", rules.version) is None:
        raise Malformed("rules.version", "a version has up to 40 letters, digits, dots and hyphens", "/rules/version")
    for field in dataclasses.fields(rules):
        value = getattr(rules, field.name)
        if isinstance(value, int) and not 0 < value <= GREATEST_THRESHOLD:
            raise Malformed("rules.threshold", f"it must be 1 to {GREATEST_THRESHOLD}", f"/rules/{field.name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who grants roles from now on, and the first rules (the defaults where none are given)."""

    stewards: tuple[OrganisationName, ...]
    rules: Rules = dataclasses.field(default_factory=Rules)

    def __post_init__(self) -> None:
        bounded(self.stewards, "/stewards", most=MOST_STEWARDS)
        checked(self.rules)


@act("registry:found")
def found(records: Records, call: Call, arguments: Found) -> tuple[Record, ...]:
    """Fix the stewards, once and for all; the founder must be one of them."""
    if records.get(Deployment, "deployment") is not None:
        raise Refused("registry.founded", "the registry was founded already, and its stewards are fixed")
    if call.creator not in arguments.stewards:
        raise Refused("authority.steward", f"{call.creator} is not among the stewards that it names")
    return (Deployment(stewards=arguments.stewards), arguments.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRules:
    """New thresholds of the fold, under a version of their own."""

    rules: Rules

    def __post_init__(self) -> None:
        checked(self.rules)


@act("registry:set_rules")
def set_rules(records: Records, call: Call, arguments: SetRules) -> tuple[Record, ...]:
    """Put other rules in force; their version must be another one, since verdicts name it."""
    steward(records, call)
    if known(records, Rules, "rules").version == arguments.rules.version:
        raise Refused(
            "rules.version", f"version {arguments.rules.version} is in force: other rules need another version"
        )
    return (arguments.rules,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol(Dated):
    """An organisation with what it may do. Customs and courts have a country, an IP office its ST.3 code."""

    organisation: OrganisationName
    name: Text
    roles: tuple[Role, ...]
    jurisdiction: St3 | None = None
    prefixes: tuple[PrefixDigits, ...] = ()

    def __post_init__(self) -> None:
        bounded(self.roles, "/roles", least=0)
        bounded(self.prefixes, "/prefixes", least=0, most=MOST_PREFIXES)
        if Role.IP_OFFICE in self.roles and self.jurisdiction is None:
            raise Malformed("organisation.jurisdiction", "an IP office has a code of WIPO ST.3", "/jurisdiction")
        if {Role.CUSTOMS, Role.COURT} & set(self.roles) and not is_country(str(self.jurisdiction)):
            raise Malformed("organisation.jurisdiction", "customs and courts act for a country", "/jurisdiction")


@act("registry:enrol")
def enrol(records: Records, call: Call, arguments: Enrol) -> tuple[Record, ...]:
    """Enrol an organisation, or amend what is on record of it; prefixes that it no longer has are free afterwards."""
    deployment = steward(records, call)
    if Role.STEWARD in arguments.roles and arguments.organisation not in deployment.stewards:
        raise Refused("registry.stewards_fixed", f"{arguments.organisation} was not named a steward at the founding")
    stamp = call.stamp(arguments.effective)
    organisation = Organisation(
        id=arguments.organisation,
        name=arguments.name,
        roles=arguments.roles,
        granted=stamp,
        jurisdiction=None if arguments.jurisdiction is None else str(arguments.jurisdiction),
        prefixes=arguments.prefixes,
    )
    return (organisation, *_released(records, organisation), *_granted(records, organisation))


def _released(records: Records, organisation: Organisation) -> list[Record]:
    previous = records.get(Organisation, organisation.id)
    dropped = [each for each in previous.prefixes if each not in organisation.prefixes] if previous else []
    return [dataclasses.replace(each, ended=organisation.granted) for each in all_known(records, Prefix, dropped)]


def _granted(records: Records, organisation: Organisation) -> list[Record]:
    granted: list[Record] = []
    for digits in organisation.prefixes:
        within = [digits[:length] for length in range(4, len(digits) + 1)]
        held = [each for each in records.get_many(Prefix, within) if each is not None and each.ended is None]
        for each in held:
            if each.holder != organisation.id:
                raise Refused("prefix.held", f"{each.holder} holds the company prefix {each.id}")
        if digits not in [each.id for each in held]:
            granted.append(Prefix(id=digits, holder=organisation.id, granted=organisation.granted))
    return granted


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatePrefix(Dated):
    """A prefix, and the organisation that may issue keys under it."""

    prefix: PrefixDigits
    delegate: OrganisationName


@act("registry:delegate_prefix")
def delegate_prefix(records: Records, call: Call, arguments: DelegatePrefix) -> tuple[Record, ...]:
    """Let another member issue serials, SSCCs and places under the caller's company prefix."""
    _held(records, call, arguments.prefix)
    known(records, Organisation, arguments.delegate)
    identifier = f"{arguments.prefix}/{arguments.delegate}"
    previous = records.get(Delegation, identifier)
    if previous is not None and previous.ended is None and previous.granted.by == call.creator:
        raise Refused("delegation.exists", f"{arguments.delegate} is a delegate for {arguments.prefix} already")
    stamp = call.stamp(arguments.effective)
    return (Delegation(id=identifier, prefix=arguments.prefix, delegate=arguments.delegate, granted=stamp),)


@act("registry:end_delegation")
def end_delegation(records: Records, call: Call, arguments: DelegatePrefix) -> tuple[Record, ...]:
    """Take back what `registry:delegate_prefix` gave; what the delegate issued stays issued."""
    _held(records, call, arguments.prefix)
    delegation = known(records, Delegation, f"{arguments.prefix}/{arguments.delegate}")
    if delegation.ended is not None:
        raise Refused("delegation.ended", f"the delegation of {delegation.id} has ended already")
    return (dataclasses.replace(delegation, ended=call.stamp(arguments.effective, after=delegation.granted)),)


def _held(records: Records, call: Call, digits: str) -> Prefix:
    prefix = known(records, Prefix, digits)
    if prefix.holder != call.creator or prefix.ended is not None:
        raise Refused("authority.prefix", f"{call.creator} does not hold the company prefix {digits}")
    return prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPlace(Dated):
    """A place by its GLN link. A doorstep says its district at most: no more than one decimal of a degree."""

    place: Location
    name: Text
    place_kind: PlaceKind
    country: Country
    unlocode: UnLocode | None = None
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    time_zone: TimeZone | None = None

    def __post_init__(self) -> None:
        if self.unlocode is not None and self.unlocode.country not in (self.country, INTERNATIONAL_WATERS):
            raise Malformed("place.unlocode", f"{self.unlocode} is not in {self.country}", "/unlocode")
        if (self.latitude is None) != (self.longitude is None):
            raise Malformed("place.coordinates", "a place has both coordinates or none", "/latitude")
        if self.latitude is None or self.longitude is None:
            return
        if abs(self.latitude) > 90 or abs(self.longitude) > 180:  # noqa: PLR2004 - the ends of the Earth
            raise Malformed("place.coordinates", "these coordinates are not on the Earth", "/latitude")
        exact = self.latitude % Degrees("0.1") or self.longitude % Degrees("0.1")
        if self.place_kind is PlaceKind.DOORSTEP and exact:
            raise Malformed("place.personal", "a doorstep's coordinates have one decimal at most", "/latitude")


@act("registry:register_place")
def register_place(records: Records, call: Call, arguments: RegisterPlace) -> tuple[Record, ...]:
    """Register a place under a GLN of the caller's own company prefix, or of one that it is a delegate for."""
    member(records, call)
    issuer(records, call, arguments.place.gln)
    fresh(records, Place, arguments.place)
    return (
        Place(
            id=Link(arguments.place),
            name=arguments.name,
            place_kind=arguments.place_kind,
            country=arguments.country,
            registered=call.stamp(arguments.effective),
            unlocode=None if arguments.unlocode is None else str(arguments.unlocode),
            latitude=arguments.latitude,
            longitude=arguments.longitude,
            time_zone=arguments.time_zone,
        ),
    )
