"""Which ledger a deployment is on, by its settings, and what is said of settings that do not fit together."""

import logging
from contextlib import closing

import pytest

from provenance import bootstrap, opening, settings
from provenance.cli import run
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.identity import InsecureWallet
from provenance.ledger.port import Failed
from provenance.settings import SettingError, Settings

PROFILE = Settings(connection_profile="connection.json")


@pytest.mark.parametrize(
    ("chosen", "on_fabric"),
    [
        (Settings(), False),
        (PROFILE, True),
        (Settings(ledger="embedded", connection_profile="connection.json"), False),
        (Settings(ledger="fabric", connection_profile="connection.json"), True),
    ],
)
def test_a_connection_profile_decides_unless_the_ledger_is_named(chosen, on_fabric):
    assert chosen.on_fabric is on_fabric


def test_fabric_without_a_profile_is_a_start_up_error(monkeypatch):
    monkeypatch.setenv("PROVENANCE_LEDGER", "fabric")
    with pytest.raises(SettingError, match="PROVENANCE_CONNECTION_PROFILE"):
        settings.read()


def test_an_unknown_ledger_is_a_start_up_error(monkeypatch):
    monkeypatch.setenv("PROVENANCE_LEDGER", "paper")
    with pytest.raises(SettingError, match="embedded, fabric"):
        settings.read()


def test_a_folder_is_opened_as_the_embedded_ledger(tmp_path):
    assert not bootstrap.initialised(tmp_path, Settings())
    bootstrap.initialise(tmp_path, Settings())
    assert bootstrap.initialised(tmp_path, Settings())
    ledger, wallet, heights = opening.opened(tmp_path, Settings())
    with closing(ledger):
        assert isinstance(ledger, EmbeddedLedger)
        assert isinstance(wallet, InsecureWallet)
        assert (dict(heights()), ledger.replicated, ledger.following() is ledger) == ({}, False, True)


def test_another_steward_can_found_it(tmp_path):
    chosen = Settings(steward="Warden")
    bootstrap.initialise(tmp_path, chosen)
    with closing(bootstrap.open_gateway(tmp_path, chosen)) as gateway:
        assert gateway.wallet.organisations() == ["Warden"]
        bootstrap.enrol(gateway, "Acme", name="Acme", roles=[])


def test_on_fabric_nothing_of_the_embedded_ledger_is_opened(tmp_path):
    with pytest.raises(Failed) as refused:
        opening.open_embedded(tmp_path, PROFILE, "this")
    assert refused.value.code == "ledger.embedded_only"
    assert list(tmp_path.iterdir()) == []


def test_a_profile_that_is_not_there_is_one_line_on_the_command_line(tmp_path, monkeypatch, capsys, caplog):
    caplog.set_level(logging.ERROR)
    monkeypatch.setenv("PROVENANCE_CONNECTION_PROFILE", str(tmp_path / "nothing.json"))
    assert run(["--home", str(tmp_path / "home"), "project"]) == 1
    said = capsys.readouterr().err
    assert "cannot read the connection profile" in said
    assert said.count("\n") == 1
