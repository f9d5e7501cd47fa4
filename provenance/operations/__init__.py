"""What must survive and is not on the ledger: API keys, accepted bodies, capture jobs, signed transactions."""

from provenance.operations.accounts import Account, Accounts
from provenance.operations.answers import Answers, Kept
from provenance.operations.counters import Counters
from provenance.operations.deliveries import Cut, Deliveries, Delivery, DeliveryState, Waiting
from provenance.operations.errors import LeaseLost, OperationsError, SchemaTooNew
from provenance.operations.files import DigestMismatch, Files, Retention, Stated, StoredFile, TooLarge
from provenance.operations.jobs import Behaviour, Job, Jobs, JobState
from provenance.operations.keys import Key, Keys
from provenance.operations.levels import Level
from provenance.operations.links import Links, Outcome, StoredLink
from provenance.operations.outbox import Outbox, OutboxState, Part, Posted
from provenance.operations.pages import Pages
from provenance.operations.queries import NamedQueries, NamedQuery
from provenance.operations.store import Operations
from provenance.operations.subscriptions import Subscription, Subscriptions

__all__ = [
    "Account",
    "Accounts",
    "Answers",
    "Behaviour",
    "Counters",
    "Cut",
    "Deliveries",
    "Delivery",
    "DeliveryState",
    "DigestMismatch",
    "Files",
    "Job",
    "JobState",
    "Jobs",
    "Kept",
    "Key",
    "Keys",
    "LeaseLost",
    "Level",
    "Links",
    "NamedQueries",
    "NamedQuery",
    "Operations",
    "OperationsError",
    "Outbox",
    "OutboxState",
    "Outcome",
    "Pages",
    "Part",
    "Posted",
    "Retention",
    "SchemaTooNew",
    "Stated",
    "StoredFile",
    "StoredLink",
    "Subscription",
    "Subscriptions",
    "TooLarge",
    "Waiting",
]
