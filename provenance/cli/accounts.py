"""`provenance accounts`: people of organisations; they live in this gateway, never on the ledger."""

from typing import TYPE_CHECKING

import click

from provenance.cli.context import Context, progress
from provenance.cli.keys import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.operations.accounts import Account, Accounts


@click.group()
def accounts() -> None:
    """People of an organisation, as it states them; API keys may belong to one (`keys create --account`)."""


@accounts.command()
@click.option("--org", "organisation", required=True, help="The organisation that the person belongs to.")
@click.option("--level", required=True, type=click.Choice(LEVELS), help="No key of the account goes further.")
@click.option("--name", required=True, help="What the organisation calls the person; it stays in this gateway.")
@click.pass_obj
def add(context: Context, organisation: str, level: str, name: str) -> None:
    """Add an account and print its id."""
    from provenance.operations.levels import Level

    with context.gateway() as gateway:
        if organisation not in gateway.wallet.organisations():
            known = ", ".join(gateway.wallet.organisations())
            raise click.ClickException(f"{organisation!r} has no certificate here; organisations are: {known}")
        made = gateway.operations.accounts.add(organisation, name, Level(level))
    click.echo(made.id)
    progress(f"next: provenance keys create --org {organisation} --level {level} --account {made.id}")


@accounts.command("list")
@click.pass_obj
def list_(context: Context) -> None:
    """List the accounts: id, organisation, level, state, name."""
    with context.gateway() as gateway:
        for each in gateway.operations.accounts.all():
            state = "disabled" if each.disabled else "active"
            click.echo(f"{each.id}\t{each.organisation}\t{each.level.value}\t{state}\t{each.name}")


@accounts.command()
@click.argument("account_id")
@click.pass_obj
def disable(context: Context, account_id: str) -> None:
    """Disable an account: every key of it stops working at once, and none can be made."""
    _change(context, account_id, lambda accounts: accounts.disable(account_id))


@accounts.command()
@click.argument("account_id")
@click.pass_obj
def enable(context: Context, account_id: str) -> None:
    """Let the keys of a disabled account work again, but for those that were revoked."""
    _change(context, account_id, lambda accounts: accounts.enable(account_id))


def _change(context: Context, account_id: str, change: "Callable[[Accounts], Account | None]") -> None:
    with context.gateway() as gateway:
        if change(gateway.operations.accounts) is None:
            raise click.ClickException(f"there is no account {account_id}; see: provenance accounts list")
    click.echo(account_id)
