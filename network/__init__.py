"""A real Hyperledger Fabric network as plain processes: described as data, rendered to configuration, started, stopped.

`topology` says who takes part, `render` turns that into what Fabric reads, `binaries` finds or builds Fabric,
`processes` starts and stops, `channel` and `lifecycle` bring the channel and the chaincode into being, and `operate`
joins these into what `python -m network` does.

Nothing here imports the gateway: a network stands on its own, and a gateway meets it by its connection profile alone.
Private keys never leave the home folder and are never readable by others; no process is ended that was not started
from the same home folder.
"""
