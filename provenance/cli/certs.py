"""`provenance certs`: the certificates that signatures rest on, their renewal and the replacement of keys."""

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from provenance.cli.context import Context, print_json, progress

if TYPE_CHECKING:
    from provenance.ledger.certificates import Certificate


@click.group()
def certs() -> None:
    """Certificates of the ledger and its organisations, all issued by the ledger's own authority."""


@certs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a certificate.")
@click.pass_obj
def list_(context: Context, *, as_json: bool) -> None:
    """List the certificates in use: holder, name, last day, days left, key (its SHA-256 begins with).

    Commands and `provenance serve` warn of a certificate that ends within PROVENANCE_CERTIFICATE_DAYS.
    """
    now = datetime.now(UTC)
    for each in _in_use(context):
        if as_json:
            print_json(_json(each, now))
        else:
            days = "revoked" if each.revoked else f"{each.days_left(now)} days"
            click.echo(f"{each.holder}\t{each.name}\t{each.ends.date()}\t{days}\t{each.key[:16]}")


@certs.command()
@click.option("--org", "organisations", multiple=True, help="An organisation; may be given more than once.")
@click.option("--all", "everyone", is_flag=True, help="Every organisation whose key is here.")
@click.pass_obj
def renew(context: Context, organisations: tuple[str, ...], *, everyone: bool) -> None:
    """Give organisations a new certificate for the key that they have, valid from now on for five years.

    Processes that run take it up at their next transaction. The certificate before stays valid until its own end; to
    end it, use `certs rotate`.
    """
    from provenance import bootstrap
    from provenance.ledger.identity import CertificateAuthority, held_organisations

    context.require_embedded("`certs renew`")
    keys = context.home / bootstrap.KEYS_FOLDER
    if everyone == bool(organisations):
        raise click.UsageError("Give --org NAME or --all.")
    authority, revoked = CertificateAuthority.open(keys), _revoked(context)
    if ended := sorted(revoked & set(organisations)):
        raise click.ClickException(f"{ended[0]}'s key is revoked; run: provenance certs rotate --org {ended[0]}")
    for organisation in organisations or sorted(set(held_organisations(keys)) - revoked):
        authority.renew(organisation)
        click.echo(organisation)


@certs.command()
@click.option("--org", "organisation", help="The organisation that gets a new key.")
@click.option("--ledger", "own", is_flag=True, help="The ledger's own key, which signs blocks and checkpoints.")
@click.pass_obj
def rotate(context: Context, organisation: str | None, *, own: bool) -> None:
    """Replace a key: make a new one, with its certificate, and have the ledger say that it counts from now on.

    A block of the ledger, signed with the ledger's present key, revokes an organisation's former key with all its
    certificates, or names the ledger's new one. What was signed before stays valid and verifiable; what is signed with
    a former key after it is refused, and found by `ledger verify`. The former private key is removed. Processes that
    run take the new one up by themselves. Where it is interrupted, do it again.
    """
    from provenance.ledger.embedded import rotation

    context.require_embedded("`certs rotate`")
    if own == bool(organisation):
        raise click.UsageError("Give --org NAME or --ledger.")
    block = rotation.rotate(context.home, organisation) if organisation else rotation.rotate_ledger(context.home)
    click.echo(f"block {block}")
    progress("take a new backup: the ones before hold the former key, and not this one")


@certs.command()
@click.option("--org", "organisation", required=True, help="The organisation whose key is to count no more.")
@click.pass_obj
def revoke(context: Context, organisation: str) -> None:
    """End an organisation's key, without giving it another: it left, or somebody else may have its key.

    A block of the ledger revokes the key with all its certificates. What was signed before stays valid and verifiable;
    what is signed with it after is refused, and found by `ledger verify`, whoever signs. That cannot be taken back:
    `certs rotate` gives the organisation a new key. Processes that run notice at their next transaction.
    """
    from provenance.ledger.embedded import rotation

    context.require_embedded("`certs revoke`")
    block = rotation.end(context.home, organisation)
    click.echo(f"block {block}")
    progress(f"nothing is recorded for {organisation} until: provenance certs rotate --org {organisation}")


def _revoked(context: Context) -> set[str]:
    """Return the organisations whose key here is revoked."""
    from provenance.ledger.certificates import Holder

    return {each.name for each in _in_use(context) if each.revoked and each.holder is Holder.ORGANISATION}


def _in_use(context: Context) -> "list[Certificate]":
    from provenance import bootstrap, opening, settings

    context.require_embedded("`certs list`")
    with closing(opening.open_embedded(context.home, settings.read())) as opened:
        return bootstrap.certificates(context.home, opened)


def _json(each: "Certificate", now: datetime) -> dict[str, Any]:
    from provenance.domain.instant import format_instant

    return {
        "holder": each.holder.value,
        "name": each.name,
        "begins": format_instant(each.begins),
        "ends": format_instant(each.ends),
        "days_left": each.days_left(now),
        "fingerprint": each.fingerprint,
        "key": each.key,
        "revoked": each.revoked,
    }
