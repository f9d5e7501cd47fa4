"""Who may do what: role x jurisdiction x object, from records alone.

An organisation's own certificate authority can write anything into a certificate, so nothing here looks at one: the
creator's id is looked up in the registry, and what it may do follows from what the stewards granted and from the thing
that it acts on. Each rule is a few lines that either return what was asked for or raise `Refused` with its code:

=========================== ==========================================================================================
`authority.steward`         only a steward of the deployment does this
`authority.not_enrolled`    the creator is no member
`authority.role`            the creator's roles do not allow this
`authority.jurisdiction`    the creator's country or office is not the one that the thing belongs to
`authority.prefix`          the creator neither holds the company prefix nor is its holder's delegate
`<kind>.unknown`            the act names something that is not on record
`<kind>.exists`             the act would overwrite what is on record
=========================== ==========================================================================================
"""

from collections.abc import Sequence
from typing import TypeVar

from provenance.domain.acts.act import Call
from provenance.domain.errors import Refused
from provenance.domain.gs1.keys import prefix_candidates
from provenance.domain.records import Delegation, Deployment, Organisation, Prefix, Record, Role
from provenance.domain.world import Records

R = TypeVar("R", bound=Record)


def known(records: Records, kind: type[R], identifier: str) -> R:
    """Return the record; raises `Refused` (`<kind>.unknown`)."""
    record = records.get(kind, identifier)
    if record is None:
        raise Refused(f"{kind.kind}.unknown", f"there is no {_noun(kind)} {identifier} on record")
    return record


def all_known(records: Records, kind: type[R], identifiers: Sequence[str]) -> list[R]:
    """Return the records; raises `Refused` (`<kind>.unknown`) for the first that is missing."""
    found = records.get_many(kind, identifiers)
    for identifier, record in zip(identifiers, found, strict=True):
        if record is None:
            raise Refused(f"{kind.kind}.unknown", f"there is no {_noun(kind)} {identifier} on record")
    return [record for record in found if record is not None]


def fresh(records: Records, kind: type[Record], identifier: str) -> None:
    """Check that nothing is on record under the id; raises `Refused` (`<kind>.exists`)."""
    if records.get(kind, identifier) is not None:
        raise Refused(f"{kind.kind}.exists", f"{_noun(kind)} {identifier} is already on record")


def steward(records: Records, call: Call) -> Deployment:
    """Return the deployment that the creator is a steward of; raises `Refused`."""
    deployment = records.get(Deployment, "deployment")
    if deployment is None:
        raise Refused("registry.unfounded", "the registry has not been founded: nobody can be a steward yet")
    if call.creator not in deployment.stewards:
        raise Refused("authority.steward", f"{call.creator} is no steward of this deployment")
    return deployment


def member(records: Records, call: Call, *roles: Role) -> Organisation:
    """Return the creator as a member that has one of `roles`, or any where none is named; raises `Refused`."""
    organisation = records.get(Organisation, call.creator)
    if organisation is None:
        raise Refused("authority.not_enrolled", f"{call.creator} is not enrolled")
    if roles and not set(roles) & set(organisation.roles):
        needed = " or ".join(role.value for role in roles)
        raise Refused("authority.role", f"{call.creator} does not have the role that this needs: {needed}")
    return organisation


def of_jurisdiction(organisation: Organisation, place: str) -> None:
    """Check that the organisation acts for the country or office `place`; raises `Refused`."""
    if organisation.jurisdiction != place:
        own = organisation.jurisdiction or "no country"
        raise Refused("authority.jurisdiction", f"{organisation.id} acts for {own}, not for {place}")


def issuer(records: Records, call: Call, digits: str) -> Prefix:
    """Return the prefix that owns a key's `digits` (company prefix first) if the creator may issue under it.

    The longest prefix on record owns a key. Raises `Refused` (`authority.prefix`) unless the creator holds it or is a
    delegate of its present holder.
    """
    candidates = [known for known in records.get_many(Prefix, prefix_candidates(digits)) if known is not None]
    prefix = max((each for each in candidates if each.ended is None), key=lambda each: len(each.id), default=None)
    if prefix is None or not (prefix.holder == call.creator or _delegated(records, call, prefix)):
        raise Refused("authority.prefix", f"{call.creator} may not issue under the company prefix of {digits}")
    return prefix


def _delegated(records: Records, call: Call, prefix: Prefix) -> bool:
    delegation = records.get(Delegation, f"{prefix.id}/{call.creator}")
    return delegation is not None and delegation.ended is None and delegation.granted.by == prefix.holder


def _noun(kind: type[Record]) -> str:
    return kind.kind.replace("_", " ")
