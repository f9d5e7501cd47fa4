"""The fold: what an item is, computed from the facts and records about it, and never stored.

`register` reads the records as of one time, `timeline` gathers the facts of one thing, `containment` follows it
through its containers into one merged history, and small independent judges look at that history.
`provenance.domain.verdict` puts them together.
"""
