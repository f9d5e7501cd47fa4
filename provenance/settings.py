"""Everything that a deployment can set, as one frozen value that is read once, in the composition root.

The fields of `Settings` are the one table: each carries its default and one sentence, and feeds the reading of the
environment, `provenance serve --help` and the documentation. Nothing has a default secret, and nothing else reads the
environment.
"""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "PROVENANCE_"
PUBLIC_URL = "PROVENANCE_PUBLIC_URL (--public-url)"
CONNECTION_PROFILE = "PROVENANCE_CONNECTION_PROFILE (--connection-profile)"
DATABASES = ("postgresql", "sqlite")
LEDGERS = ("embedded", "fabric")
LOG_FORMS = ("json", "plain", "quiet")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SettingError(Exception):
    """A setting that is missing or not usable; the sentence names its variable."""


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


def _secret(meaning: str) -> Any:
    """A setting that may hold a password: it is never shown."""
    return field(default=None, metadata={"meaning": meaning}, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment sets; sizes are bytes, spans seconds."""

    public_url: str | None = _setting(
        None, "the address that QR codes and verdict pages show, without a path: https://verify.example.com"
    )
    host: str = _setting("127.0.0.1", "the address to listen on")
    port: int = _setting(8000, "the port to listen on")
    workers: int = _setting(2, "web worker processes")
    threads: int = _setting(24, "threads of each web worker")
    captures: int = _setting(2, "processes that record accepted documents")
    grace: int = _setting(30, "how long a stop waits for requests and jobs that have begun")
    key_rate: int = _setting(60_000, "requests a minute of one API key; 0 is no limit")
    page_rate: int = _setting(600, "requests a minute of one address without a key; 0 is no limit")
    proxy_networks: str | None = _setting(
        "127.0.0.0/8,::1/128", "networks of the proxies whose X-Forwarded-For says which address asks"
    )
    body_limit: int = _setting(16 * 1024 * 1024, "the largest request body that is accepted")
    file_limit: int = _setting(64 * 1024 * 1024, "the largest file that is taken and kept by its hash")
    webhook_networks: str | None = _setting(
        None, "networks beside the public internet that subscribers' addresses may be in, also over http: 10.1.0.0/16"
    )
    socket_limit: int = _setting(8, "websockets that each web worker holds open at most, each of them in a thread")
    metrics_port: int = _setting(
        9464, "the port on localhost that figures for Prometheus and the state of health are asked at; 0 is none"
    )
    log: str = _setting("json", "how log lines look: json, plain, or quiet (plain, warnings alone)")
    lag_limit: int = _setting(60, "how far behind the ledger the read model may be in a gateway that is ready")
    spool_reserve: int = _setting(256 * 1024 * 1024, "how much room for accepted bodies a gateway that is ready has")
    readmodel_url: str | None = _secret(
        "the database of the read model: postgresql://user@host/name; a SQLite file in the data folder if not set"
    )
    operations_url: str | None = _secret(
        "the database of the operations store, likewise; spool and keys stay in the data folder"
    )
    country_header: str | None = _setting(
        None, "the header in which a trusted proxy names the consumer's country, such as CF-IPCountry"
    )
    scan_retention: int = _setting(90, "how many days consumers' scans are kept")
    certificate_days: int = _setting(30, "how many days before its end a certificate is warned of")
    clock_tolerance: int = _setting(300, "how far a transaction's time may be off this host's clock")
    ledger: str | None = _setting(
        None, "embedded, or fabric; where it is not set, fabric if there is a connection profile"
    )
    connection_profile: str | None = _setting(
        None, "the file that tells the peers and the signer of this gateway's organisation on Fabric"
    )
    insecure_signers: str | None = _setting(
        None,
        "a folder of several organisations' profiles (NAME/connection.json) whose signers are held as well: for "
        "demonstrations alone",
    )
    steward: str = _setting("Steward", "the organisation (MSP id) that founds the ledger and enrols members")

    @property
    def on_fabric(self) -> bool:
        """Whether the ledger is a channel of Fabric."""
        return self.ledger == "fabric" or (self.ledger is None and self.connection_profile is not None)

    @property
    def profile_path(self) -> Path:
        """Where the connection profile is; raises `SettingError` where none is set."""
        if self.connection_profile is None:
            raise SettingError(f"{CONNECTION_PROFILE} is not set; Fabric is reached through a connection profile")
        return Path(self.connection_profile)

    @property
    def base_url(self) -> str:
        """The public address, or the one that is listened on where none is set."""
        return self.public_url or f"http://{_bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    name: str
    variable: str
    default: Any
    meaning: str


def table() -> list[Setting]:
    """Return the table of settings in the order of their declaration."""
    return [
        Setting(each.name, PREFIX + each.name.upper(), each.default, each.metadata["meaning"])
        for each in fields(Settings)
        if each.default is not MISSING
    ]


def read(**overrides: Any) -> Settings:
    """Return the settings of the environment, with what a command line overrides (None overrides nothing).

    Raises `SettingError`, which names the variable.
    """
    from environs import Env, EnvError  # costs a sixth of a second, which `provenance --help` need not wait for

    env = Env()
    kinds = {each.name: int if each.type is int else str for each in fields(Settings)}
    try:
        found = {row.name: getattr(env, kinds[row.name].__name__)(row.variable, row.default) for row in table()}
    except EnvError as error:
        raise SettingError(f"{error}; correct the environment variable") from None
    found.update({name: value for name, value in overrides.items() if value is not None})
    settings = Settings(**found)
    for name in ("readmodel_url", "operations_url"):
        _require_database(name, getattr(settings, name))
    if settings.ledger not in (None, *LEDGERS):
        raise SettingError(f"{PREFIX}LEDGER is {settings.ledger!r}; it is one of {', '.join(LEDGERS)}")
    if settings.on_fabric:
        _ = settings.profile_path
    networks("WEBHOOK_NETWORKS", settings.webhook_networks)
    networks("PROXY_NETWORKS", settings.proxy_networks)
    if settings.log not in LOG_FORMS:
        raise SettingError(f"{PREFIX}LOG is {settings.log!r}; it is one of {', '.join(LOG_FORMS)}")
    return settings if settings.public_url is None else replace(settings, public_url=canonical_url(settings.public_url))


def _require_database(name: str, url: str | None) -> None:
    if url and urlsplit(url).scheme.partition("+")[0] not in DATABASES:
        known = " or ".join(f"{each}://" for each in DATABASES)
        raise SettingError(f"{PREFIX}{name.upper()} is of no database that is known here: begin it with {known}")


def networks(name: str, text: str | None) -> Sequence[IPv4Network | IPv6Network]:
    """Return the networks that a setting names, separated by commas; raises `SettingError`."""
    try:
        return tuple(ip_network(each.strip()) for each in (text or "").split(",") if each.strip())
    except ValueError as error:
        raise SettingError(f"{PREFIX}{name} names no network: {error}; write it as 10.1.0.0/16 or fd12::/16") from None


def canonical_url(text: str) -> str:
    """Return a public address as it is compared and printed: scheme and host in lower case, no path, no final slash.

    Raises `SettingError`.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise SettingError(f"{PUBLIC_URL} is {text!r}, which is no address: {error}") from None
    host, standard = (parts.hostname or "").lower(), {"https": 443, "http": 80}
    bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in standard or not host or not bare:
        raise SettingError(f"{PUBLIC_URL} is {text!r}; give scheme and host alone, such as https://verify.example.com")
    return f"{parts.scheme}://{_bracketed(host)}" + ("" if port in (None, standard[parts.scheme]) else f":{port}")


def require_public_url(settings: Settings) -> str:
    """Return the public address if it is fit for consumers: https, or http on this very machine.

    What a consumer scans must not be changed on its way. Raises `SettingError`.
    """
    if settings.public_url is None:
        raise SettingError(f"{PUBLIC_URL} is not set; give the https address that consumers' QR codes lead to")
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise SettingError(f"{PUBLIC_URL} is {settings.public_url}; it must be https, or http on localhost")
    return settings.public_url


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
