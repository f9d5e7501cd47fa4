"""`provenance capture`: EPCIS documents from files onto the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provenance.cli.context import Context, print_json, progress

if TYPE_CHECKING:
    from provenance.bootstrap import Gateway
    from provenance.capture import Outcome


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "organisation", metavar="ORG", help="Who records it; may be left out where only one could.")
@click.option("--proceed", is_flag=True, help="Record the well-formed events of a document that has faulty ones too.")
@click.option("--json", "as_json", is_flag=True, help='Print {"file","accepted","rejected","state"} for each file.')
@click.pass_obj
def capture(
    context: Context, /, *, files: tuple[Path, ...], organisation: str | None, proceed: bool, as_json: bool
) -> int:
    """Record the events of FILES: EPCIS documents, query documents, or bare events, in JSON, JSON-LD or XML.

    Each file is recorded whole or not at all, unless --proceed is given. The ledger takes every well-formed
    observation, however odd: what it means is found when somebody asks. Recording the same again is success. Exit
    status 0 only if all were recorded.
    """
    from provenance.capture import CaptureState, capture_document
    from provenance.operations import Behaviour

    behaviour = Behaviour.PROCEED if proceed else Behaviour.ROLLBACK
    complete = True
    with context.gateway() as gateway:
        contracts = gateway.contracts_for(organisation or only(gateway))
        for file in files:
            outcome = capture_document(contracts, file.read_bytes(), behaviour)
            complete = complete and outcome.state is CaptureState.SUCCESS
            if as_json:
                print_json(_report(file, outcome))
            else:
                _print(file, outcome)
        gateway.projector().catch_up()
    return 0 if complete else 1


def only(gateway: "Gateway") -> str:
    """Return the one organisation that could record something here; raises `UsageError` where it is not clear."""
    from provenance.bootstrap import STEWARD

    found = [name for name in gateway.wallet.organisations() if name != STEWARD]
    if len(found) != 1:
        known = f"one of {', '.join(found)}" if found else "an organisation; first: provenance org add"
        raise click.UsageError(f"say who records it with --as ORG: {known}.")
    return found[0]


def _report(file: Path, outcome: "Outcome") -> dict[str, Any]:
    rejected = [{"index": each.index, "code": each.code, "detail": _detail(each)} for each in outcome.rejected]
    return {"file": str(file), "accepted": outcome.accepted, "rejected": rejected, "state": outcome.state.value}


def _print(file: Path, outcome: "Outcome") -> None:
    for identifier in outcome.accepted:
        click.echo(identifier)
    for each in outcome.rejected:
        place = "the document" if each.index is None else f"event {each.index}"
        progress(f"{file}: {place}: {_detail(each)} ({each.code})")
    progress(f"{file}: {outcome.state.value}, {len(outcome.accepted)} recorded")


def _detail(rejection: Any) -> str:
    return f"{rejection.detail}, at {rejection.pointer}" if rejection.pointer else str(rejection.detail)
