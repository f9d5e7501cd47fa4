"""Members of a live channel: letting another organisation in, and giving one a new key in place of one that is revoked.

Both are changes of the channel's configuration. Administrators of the organisations with peers sign that a member comes
in; what an organisation's own authority revokes, its own administrator alone puts into force.
"""

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fabric_protos.common import configtx_pb2 as configtx
from fabric_protos.common import policies_pb2 as policies
from fabric_protos.msp import msp_config_pb2 as msp_config

from network import configuration, files, topology
from network.binaries import Say
from network.commands import Fabric
from network.render import channel, crypto, profile, run
from network.topology import Organisation, Topology

_BACKDATED = timedelta(minutes=5)


def join(fabric: Fabric, identifier: str, host: str, say: Say) -> Topology:
    """Let an organisation without peers into the channel, reaching it through a host's, and return the new topology.

    Raises `TopologyError`, `NetworkError`.
    """
    home = fabric.home
    described = home.topology.read_text(encoding="utf-8").rstrip("\n")
    described += f'\n\n[[members]]\nhost = "{host}"\nids = ["{identifier}"]\n'
    wanted = topology.parse(described)
    member = wanted.organisation(identifier)
    _make_keys(fabric, wanted, member)
    made = _application(fabric, wanted)
    signers = wanted.endorsing[: wanted.policies.administrators]

    def admit(configured: configtx.ConfigGroup) -> None:
        application = configured.groups["Application"]
        application.groups[identifier].CopyFrom(made.groups[identifier])
        for name in channel.ADMITTING:
            if application.policies[name].policy.type == policies.Policy.SIGNATURE:  # it names the members
                application.policies[name].policy.CopyFrom(made.policies[name].policy)

    with suppress(configuration.Unchanged):  # where an attempt before came so far
        configuration.change(fabric, signers, admit)
    files.write(home.topology, described)
    profile.write(wanted, home, member)
    say(f"{identifier} is a member of {wanted.channel}, admitted by {', '.join(each.id for each in signers)}")
    return wanted


def rekey(fabric: Fabric, identifier: str, say: Say) -> None:
    """Give an organisation's client a new key and certificate, and revoke the ones before. Raises `NetworkError`."""
    organisation = fabric.topology.organisation(identifier)
    user = fabric.home.user(organisation, crypto.CLIENT) / "msp"
    certificate = next((user / "signcerts").glob("*.pem"))
    held = x509.load_pem_x509_certificate(certificate.read_bytes())
    authority = fabric.home.peer_organisation(organisation.domain) / "ca"
    issuer = x509.load_pem_x509_certificate(next(authority.glob("*.pem")).read_bytes())
    signing = _private(next(authority.glob("*_sk")))
    revoked = _revocation(issuer, signing, held)

    def revoke(configured: configtx.ConfigGroup) -> None:
        value = configured.groups["Application"].groups[identifier].values["MSP"]
        outer = msp_config.MSPConfig.FromString(value.value)
        inner = msp_config.FabricMSPConfig.FromString(outer.config)
        inner.revocation_list.append(revoked)
        outer.config = inner.SerializeToString()
        value.value = outer.SerializeToString()

    configuration.change(fabric, [organisation], revoke)
    _replace(user, certificate, held, issuer, signing)
    profile.write(fabric.topology, fabric.home, organisation)
    say(f"{identifier} signs with a new key; certificate {held.serial_number:x} is revoked")


def _make_keys(fabric: Fabric, wanted: Topology, member: Organisation) -> None:
    """Make the member's authority and keys, unless they are there from an attempt before."""
    target = fabric.home.peer_organisation(member.domain)
    if target.exists():
        return
    with tempfile.TemporaryDirectory(prefix=".join.", dir=fabric.home.folder) as folder:
        listed = crypto.configuration(wanted)["PeerOrgs"]
        files.write_yaml(Path(folder, "cryptogen.yaml"), {"PeerOrgs": [e for e in listed if e["Name"] == member.id]})
        made = Path(folder, "crypto")
        run([fabric.binaries["cryptogen"], "generate", f"--config={folder}/cryptogen.yaml", f"--output={made}"])
        crypto.close(made)
        (made / "peerOrganizations" / member.domain).rename(target)


def _application(fabric: Fabric, wanted: Topology) -> configtx.ConfigGroup:
    """Return what configtxgen makes of the channel's members, out of the first block of another channel."""
    with tempfile.TemporaryDirectory(prefix=".join.", dir=fabric.home.folder) as folder:
        files.write_yaml(Path(folder, "configtx.yaml"), channel.configuration(wanted, fabric.home))
        block = Path(folder, "other.block")
        arguments = ["-profile", channel.PROFILE, "-channelID", "other", "-outputBlock", str(block)]
        run([fabric.binaries["configtxgen"], "-configPath", folder, *arguments])
        _, configured = configuration.group_of(block.read_bytes())
    return configured.groups["Application"]


def _revocation(issuer: x509.Certificate, signing: ec.EllipticCurvePrivateKey, held: x509.Certificate) -> bytes:
    now = datetime.now(UTC)
    entry = x509.RevokedCertificateBuilder().serial_number(held.serial_number).revocation_date(now - _BACKDATED).build()
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - _BACKDATED)
        .next_update(issuer.not_valid_after_utc)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_revoked_certificate(entry)
    )
    return builder.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _replace(
    user: Path, path: Path, held: x509.Certificate, issuer: x509.Certificate, signing: ec.EllipticCurvePrivateKey
) -> None:
    """Put a new key and a certificate that says the same of it where a user's are; the key is in place first.

    Fabric judges a chain at the instant from which the certificate is valid: its authority must have been valid then.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    since = max(datetime.now(UTC) - _BACKDATED, issuer.not_valid_before_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(held.subject)
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(held.not_valid_after_utc)
    )
    for extension in held.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    certificate = builder.sign(signing, hashes.SHA256())
    form, opened = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    _remove((user / "keystore").iterdir())
    files.write(user / "keystore" / "priv_sk", key.private_bytes(serialization.Encoding.PEM, form, opened), 0o600)
    files.write(path, certificate.public_bytes(serialization.Encoding.PEM))


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        path.unlink()


def _private(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is no elliptic curve's key")
    return key
