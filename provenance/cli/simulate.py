"""`provenance simulate`: a synthetic supply chain, for tests and benchmarks."""

import click

from provenance.cli.context import Context, print_json, progress


@click.command()
@click.option("--items", required=True, type=click.IntRange(min=1), help="How many items to make.")
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same events.")
@click.pass_obj
def simulate(context: Context, items: int, seed: int) -> None:
    """Fill the data folder with a synthetic but plausible supply chain.

    Several fictitious brands, routes and pallets, with what real trade has: late, missed, doubled and wrongly clocked
    scans. Everything goes through real captures. A folder without a ledger gets one; a ledger that holds anybody
    else's events is left alone.
    """
    from provenance import settings, simulate

    print_json(simulate.run(context.home, settings.read(), items=items, seed=seed, say=progress))
