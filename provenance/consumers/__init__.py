"""Consumers' scans: noticed as their pages are shown, and kept off the request's path."""

from provenance.consumers.scans import Consumers

__all__ = ["Consumers"]
