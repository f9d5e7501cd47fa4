"""What a verdict can find: every code with its severity and meaning, in one table.

Codes are stable: other software reacts to them, never to the sentences. A sentence says what was found, with names,
dates and places, in words that a buyer understands; it never says that a thing is fake, nor that it is authentic
without saying what was checked. The only code that speaks of counterfeits is an examiner's result.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding weighs; `info` never changes a grade."""

    INFO = "info"
    ATTENTION = "attention"
    SUSPICIOUS = "suspicious"
    STOPPED = "stopped"

    @property
    def rank(self) -> int:
        """The place in the order, 0 for info."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Code:
    """What a finding's code stands for."""

    severity: Severity
    meaning: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the rules found: its code, one plain sentence, and what it rests on.

    `facts` holds digests of facts and keys of records (`measure:M-1`), in the order of what happened.
    """

    code: str
    severity: Severity
    text: str
    facts: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the finding as JSON shows it."""
        return {"code": self.code, "severity": self.severity.value, "text": self.text, "facts": list(self.facts)}


def finding(code: str, text: str, *facts: str) -> Finding:
    """Return the finding with the severity that `CODES` gives its code."""
    return Finding(code, CODES[code].severity, text, facts)


def _table(severity: Severity, **meanings: str) -> dict[str, Code]:
    return {code: Code(severity, meaning) for code, meaning in meanings.items()}


CODES: dict[str, Code] = {
    **_table(
        Severity.STOPPED,
        held="An authority detained the goods and has not released them.",
        seized="An authority seized the goods.",
        destroyed="An authority ordered the destruction of the goods.",
        recalled="The brand recalled the item, its lot or the whole product.",
    ),
    **_table(
        Severity.SUSPICIOUS,
        never_issued="No act on record issued this serial number.",
        unlicensed_maker="Its maker held no licence on record when it recorded the item.",
        licence_ended="It was made after its maker's licence had ended.",
        commissioned_twice="Two different makers say that they made the item with this number.",
        copied="Its code was read in two places, faster than goods travel.",
        seen_after_end="It was seen after the record says that its life had ended.",
        examined_counterfeit="An examiner had the item in hand and found it to be counterfeit.",
    ),
    **_table(
        Severity.ATTENTION,
        never_commissioned="Its number was issued, but nobody has recorded making it.",
        late_claim="It was made in the licence's term, by a record that came only after the term's end.",
        licence_ended_later="The licence was ended afterwards, with effect from before the item was made.",
        seen_early="It was seen before it was made.",
        ended_twice="Two organisations say that they ended its life.",
        destroyed_on_record="A member recorded that it was destroyed.",
        in_two_containers="It was seen in one container while it was packed in another.",
        container_cycle="Two containers are each said to be inside the other.",
        seen_outside_container="It was sold or unpacked alone while it was packed in a container.",
        wrong_receiver="Somebody else than the named receiver took it in.",
        not_custodian="Somebody sent it off while its custodian on record had it still.",
        delivery_rejected="Its receiver rejected the delivery.",
        outside_authorised_market="It is offered or sold where its brand or licence does not authorise it.",
        sold_after_sell_off="Its maker sold it after the licence's time to sell off stock.",
        moved_under_hold="It was moved while a measure held it.",
        measure_elsewhere="A measure was taken in another country than the one where the goods were last seen.",
        recall_unclear="A lot of the product is recalled, and the record does not say this item's lot.",
        reported_stolen="A member reported it stolen.",
        sender_id_reused="One organisation used the same event number for different contents.",
    ),
    **_table(
        Severity.INFO,
        maker_authorised="Its maker held the right, or a licence for it, when it made and recorded the item.",
        inside_container="It is packed in a container, whose place and holder are its own.",
        hold_lifted="A measure on it was lifted.",
        recall_lifted="A recall of it was lifted.",
        examined_genuine="An examiner had the item in hand and found it to be genuine.",
        examined_inconclusive="An examiner had the item in hand and came to no conclusion.",
        ratified="The right holder consented afterwards to its making.",
        late_claim_supported="A late record of its making is supported by another organisation's earlier sighting.",
        right_unconfirmed="A right was declared by its holder and not yet confirmed by the office.",
        right_in_grace="A right's term had passed and its renewal was still possible.",
        no_right_in_force="No right of the product was in force where and when it was made.",
        product_unknown="The product of this number is not on record.",
        issued_after_use="Its number was issued only after the record of its making.",
        commissioned_again="Its maker recorded its making more than once.",
        ended="The record says that its life as a traded item ended.",
        arrival_missed="Its receiver handled it without a record of the arrival.",
        custody_gap="A handover is missing from the record.",
        handover_one_sided="It was taken in without a departure that named the receiver.",
        rejection_settled="A rejected delivery was followed by an accepted one.",
        unpacking_missed="It left a container without a record of the unpacking.",
        location_unknown="A place is not on record, so nothing was concluded from it.",
        future_date="A record carries a date after the one on which it was recorded.",
        clock_doubtful="It was seen shortly before it was made: one of the clocks was wrong.",
        clock_regressed="The ledger's time went backwards at a record.",
        wrong_check_digit="An identifier on record has a wrong check digit.",
        record_withdrawn="An organisation withdrew a record of its own.",
        foreign_declaration="An organisation declared a record wrong that it had not made.",
        content_differs="The same event is on record with different further contents.",
    ),
}
"""Every code that a verdict can carry."""
