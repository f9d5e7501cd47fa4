"""Standing queries at work: looking for what is new, and telling those who subscribed, each what it may see.

`provenance.addresses` says where a gateway may be sent to, `posting` sends there and nowhere else, `looking` makes what
is to be delivered out of what the read model has, `sending` delivers it, and `worker` does both until told to stop.
"""
