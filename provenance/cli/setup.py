"""`provenance init` and `provenance org`: an empty ledger, and its organisations."""

import click

from provenance.cli.context import Context, progress


class RoleName(click.ParamType[str]):
    """One of the roles of `provenance.domain.records.Role`, which is loaded only when it is asked for."""

    name = "role"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        """Return the roles as help shows them."""
        return f"[{'|'.join(_roles())}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the role, or fail as a usage error."""
        if value not in _roles():
            self.fail(f"{value!r} is not one of {', '.join(_roles())}.", param, ctx)
        return value


def _roles() -> list[str]:
    from provenance.domain.records import Role

    return [role.value for role in Role]


@click.command()
@click.pass_obj
def init(context: Context) -> None:
    """Set up an empty ledger in the data folder, with one steward.

    The steward is the organisation that grants roles and company prefixes to all others and sets the rules. This
    makes the ledger's certificate authority too: keep a copy of the data folder in a safe place.
    """
    from provenance import bootstrap, settings

    ledger_id = bootstrap.initialise(context.home, settings.read())
    click.echo(f"ledger {ledger_id}")
    progress(f"set up in {context.home}; next: provenance --home {context.home} org add NAME --role ROLE")


@click.group()
def org() -> None:
    """Organisations that are members of the consortium."""


@org.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=RoleName(),
    help="What the organisation is; may be given more than once.",
)
@click.option("--jurisdiction", help="Country of customs or a court (NL); WIPO ST.3 code of an IP office (EM).")
@click.option(
    "--prefix", "prefixes", multiple=True, help="A GS1 company prefix that it holds; may be given more than once."
)
@click.pass_obj
def add(
    context: Context, name: str, roles: tuple[str, ...], jurisdiction: str | None, prefixes: tuple[str, ...]
) -> None:
    """Enrol the organisation NAME, with a certificate of its own.

    Roles, jurisdictions and prefixes are granted by the steward and are on the ledger for everybody to see; what an
    organisation may do follows from them alone.
    """
    from provenance import bootstrap
    from provenance.domain.records import Organisation, Role

    with context.gateway() as gateway:
        if gateway.contracts_for(gateway.settings.steward).query(Organisation, name) is not None:
            raise click.ClickException(f"{name} is enrolled already; choose another name")
        bootstrap.enrol(
            gateway, name, name=name, roles=[Role(role) for role in roles], jurisdiction=jurisdiction, prefixes=prefixes
        )
    click.echo(name)
    progress(f"enrolled; next: provenance keys create --org {name} --level record")
