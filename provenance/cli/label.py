"""`provenance label`: the GS1-128 symbols of a logistic unit's label."""

from pathlib import Path

import click


@click.command()
@click.argument("sscc", metavar="SSCC")
@click.option(
    "-o", "--output", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it: .svg or .png; - is SVG on standard output.",
)  # fmt: skip
@click.option("--content", metavar="GTIN", help="What is inside, if all of it is alike (AI 02).")
@click.option("--count", metavar="N", help="How many of it (AI 37).")
@click.option("--lot", metavar="LOT", help="Of which lot (AI 10).")
def label(sscc: str, output: Path, content: str | None, count: str | None, lot: str | None) -> None:
    """Draw the label of the logistic unit SSCC: 18 digits, as a scanner sends it, link or EPC URN.

    In SVG it is to scale: print it at 100 %. A unit's SSCC must come from a range that was issued (the API's
    sscc-ranges): this command needs no ledger, and does not ask.
    """
    from provenance import labels
    from provenance.cli.files import written
    from provenance.domain.errors import Malformed
    from provenance.domain.gs1 import link, scanning
    from provenance.domain.gs1.keys import Sscc

    draw = {".svg": labels.svg, ".png": labels.png, "": labels.svg}.get(output.suffix.lower())
    if draw is None:
        raise click.UsageError(f"{output}: a label is written as .svg or .png.")
    parts = link.parts(scanning.read(sscc).thing)
    if parts.key[0] != "00":
        raise Malformed("identifier.form", f"{sscc!r} names no logistic unit; an SSCC has 18 digits (AI 00)")
    image = draw(Sscc.parse(parts.key[1]), labels.stated(content, count, lot))
    with written(output) as file:
        file.write(image)
