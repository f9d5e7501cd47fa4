"""Accounts of people on the command line."""

import pytest


def test_an_account_is_added_used_disabled_and_enabled(ready):
    added = ready("accounts", "add", "--org", "Brand", "--level", "record", "--name", "Ana Example")
    account = added.out.strip()
    assert added.status == 0
    made = ready("keys", "create", "--org", "Brand", "--level", "record", "--account", account)
    assert made.out.startswith("pvk_")
    assert ready("keys", "list").lines[0].endswith("\tAna Example")
    assert ready("accounts", "disable", account).lines == [account]
    assert ready("accounts", "list").lines == [f"{account}\tBrand\trecord\tdisabled\tAna Example"]
    refused = ready("keys", "create", "--org", "Brand", "--level", "read", "--account", account)
    assert (refused.status, "accounts.disabled" in refused.err) == (1, True)
    assert ready("accounts", "enable", account).status == 0
    assert "\tactive\t" in ready("accounts", "list").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("accounts", "add", "--org", "Nobody", "--level", "read", "--name", "Ana"), "has no certificate here"),
        (("accounts", "add", "--org", "Brand", "--level", "read", "--name", " "), "accounts.name"),
        (("accounts", "disable", "none"), "there is no account none"),
        (("accounts", "enable", "none"), "there is no account none"),
        (("keys", "create", "--org", "Brand", "--level", "read", "--account", "none"), "accounts.unknown"),
    ],
)
def test_what_cannot_be_is_one_line(ready, arguments, says):
    ran = ready(*arguments)
    assert (ran.status, ran.out) == (1, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_key_goes_no_further_than_its_account(ready):
    account = ready("accounts", "add", "--org", "Brand", "--level", "read", "--name", "Ana Example").out.strip()
    ran = ready("keys", "create", "--org", "Brand", "--level", "admin", "--account", account)
    assert (ran.status, "keys.level" in ran.err) == (1, True)
