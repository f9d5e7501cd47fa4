"""`provenance rules`: the rules that verdicts are made by, and what others would change."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provenance.cli.context import Context, print_json, progress

if TYPE_CHECKING:
    from provenance.domain.records import Rules
    from provenance.refold import Change

_OFTEN = 5000


@click.group()
def rules() -> None:
    """The rules of the fold: a version and its thresholds, a record that the stewards set."""


@rules.command()
@click.pass_obj
def show(context: Context) -> None:
    """Print the rules in force as JSON: a file to change, and to try with `rules try`."""
    from provenance.domain import codec
    from provenance.domain.world import rules_of

    with context.gateway() as gateway:
        gateway.projector().catch_up()
        in_force = codec.encode(rules_of(gateway.readmodel.world()))
    print_json({name: value for name, value in in_force.items() if name != "id"})


@rules.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a change, and a last one with the counts.")
@click.pass_obj
def attempt(context: Context, file: Path, as_json: bool) -> None:  # noqa: FBT001
    """Fold every item under the rules in FILE too, and print the verdicts that would change.

    Nothing is written. FILE is JSON as `rules show` prints it; a threshold that it leaves out has its default, not the
    value in force.
    """
    from datetime import UTC, datetime

    from provenance.refold import Refold

    tried = _read(file)
    with context.gateway() as gateway:
        gateway.projector().catch_up()
        refold = Refold(gateway.readmodel, tried, as_of=datetime.now(UTC))
        for change in refold.changes(_tell):
            _print(change, as_json=as_json)
    if as_json:
        counts = {"items": refold.items, "changed": refold.changed}
        print_json({"rules": {"in_force": refold.in_force.version, "tried": tried.version}, **counts})
    progress(
        f"{refold.changed} of {refold.items} verdicts change from rules {refold.in_force.version} to {tried.version}"
    )


def _read(file: Path) -> "Rules":
    from provenance.domain import canonical, codec
    from provenance.domain.acts import registry
    from provenance.domain.records import Rules

    found = codec.decode(Rules, canonical.parse(file.read_bytes()))
    registry.checked(found)
    return found


def _tell(items: int) -> None:
    if items and items % _OFTEN == 0:
        progress(f"{items} items folded")


def _print(change: "Change", *, as_json: bool) -> None:
    if as_json:
        print_json({"item": change.item, "before": _verdict(change.before), "after": _verdict(change.after)})
        return
    codes = [f"+{code}" for code in change.added] + [f"-{code}" for code in change.removed]
    told = " ".join(codes) or "the same codes on other facts"
    click.echo(f"{change.item}\t{change.before.grade.value} -> {change.after.grade.value}\t{told}")


def _verdict(judged: Any) -> dict[str, Any]:
    return {"grade": judged.grade.value, "findings": list(dict.fromkeys(each.code for each in judged.findings))}
