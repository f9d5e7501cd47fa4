"""`provenance keys`: API keys of organisations; they live in this gateway, never on the ledger."""

import click

from provenance.cli.context import Context, progress

LEVELS = ("read", "record", "decide", "admin")


@click.group()
def keys() -> None:
    """API keys, with which software speaks for an organisation (Authorization: Bearer KEY)."""


@keys.command()
@click.option("--org", "organisation", required=True, help="The organisation that the key speaks for.")
@click.option(
    "--level",
    required=True,
    type=click.Choice(LEVELS),
    help="read: look up; record: post events and scans too; decide: acts of authority too; admin: everything.",
)
@click.option("--name", default="", help="What the key is for, as `keys list` shows it.")
@click.option("--account", help="The id of the person's account that it belongs to, as `accounts list` shows it.")
@click.option("--place", help="The GLN, or its link, of the place where its scans are made unless they name one.")
@click.pass_obj
def create(
    context: Context, /, organisation: str, level: str, *, name: str, account: str | None, place: str | None
) -> None:
    """Create an API key and print it, alone, on stdout; it is stored hashed and never shown again."""
    from provenance.domain.gs1 import scanning
    from provenance.operations.levels import Level

    where = None if place is None else scanning.place(place)
    with context.gateway() as gateway:
        if organisation not in gateway.wallet.organisations():
            known = ", ".join(gateway.wallet.organisations())
            raise click.ClickException(f"{organisation!r} has no certificate here; organisations are: {known}")
        made = gateway.operations.keys.create(organisation, Level(level), name=name, account=account, place=where)
    click.echo(made[1])
    progress("keep it now: it is not shown again")


@keys.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """List the keys without their secrets: id, organisation, level, state, name, and whose it is."""
    with context.gateway() as gateway:
        for key in gateway.operations.keys.all():
            state = "revoked" if key.revoked else "active"
            whose = "" if key.account_name is None else f"\t{key.account_name}"
            click.echo(f"{key.id}\t{key.organisation}\t{key.level.value}\t{state}\t{key.name}{whose}")


@keys.command()
@click.argument("key_id")
@click.option(
    "--grace",
    type=click.IntRange(min=0, max=24 * 366),
    default=0,
    metavar="HOURS",
    help="How many hours the secret before still works [default 0: it stops at once].",
)
@click.pass_obj
def rotate(context: Context, key_id: str, grace: int) -> None:
    """Give the key with the id that `keys list` shows a new secret, and print the new key, alone, on stdout.

    Id, organisation and level stay. With --grace both secrets work for some hours, while the software that uses the
    key is given the new one; rotating again ends the older one at once.
    """
    from datetime import timedelta

    with context.gateway() as gateway:
        rotated = gateway.operations.keys.rotate(key_id, grace=timedelta(hours=grace))
        if rotated is None:
            raise click.ClickException(f"there is no active key {key_id}; see: provenance keys list")
    click.echo(rotated[1])
    progress("keep it now: it is not shown again")


@keys.command()
@click.argument("key_id")
@click.pass_obj
def revoke(context: Context, key_id: str) -> None:
    """Revoke the key with the id that `keys list` shows; it stops working at once."""
    with context.gateway() as gateway:
        if gateway.operations.keys.revoke(key_id) is None:
            raise click.ClickException(f"there is no key {key_id}; see: provenance keys list")
    click.echo(key_id)
