"""Figures of the chaincode for Prometheus, in a registry of their own. Never what a transaction holds."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chaincode.shim.running import Outcome

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class PrometheusFigures:
    """Counts what streams do; safe to use from several threads."""

    def __init__(self, streams: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._transactions = Counter(
            "chaincode_transactions", "Transactions by name and outcome", ("name", "outcome"), registry=self._registry
        )
        self._seconds = Histogram(
            "chaincode_transaction_seconds",
            "From a transaction's arrival to its completion",
            ("name",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._in_flight = Gauge("chaincode_in_flight", "Transactions that are not answered", registry=self._registry)
        registered = Gauge("chaincode_streams", "Peers that are connected", registry=self._registry)
        registered.set_function(streams)

    def began(self) -> None:
        """Count a transaction in."""
        self._in_flight.inc()

    def ended(self, name: str, outcome: Outcome, seconds: float) -> None:
        """Count a transaction out."""
        self._in_flight.dec()
        self._transactions.labels(name, outcome).inc()
        self._seconds.labels(name).observe(seconds)

    def page(self) -> bytes:
        """Return the figures in Prometheus' text form."""
        return generate_latest(self._registry)
