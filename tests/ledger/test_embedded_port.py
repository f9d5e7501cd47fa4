"""The embedded ledger does what every ledger must do."""

from port_suite import PortSuite


class TestEmbeddedLedger(PortSuite):
    pass
