import pytest

from provenance.operations import Level, OperationsError


def test_an_account_is_a_person_of_one_organisation(store, clock):
    ana = store.accounts.add("Brand", "Ana Example", Level.RECORD)
    clock.move(seconds=1)
    other = store.accounts.add("Carrier", "Ana Example", Level.READ)
    assert store.accounts.get(ana.id) == ana
    assert store.accounts.all() == [ana, other]
    assert store.accounts.all("Carrier") == [other]
    assert store.accounts.get("nobody") is None


@pytest.mark.parametrize("name", ["", "   ", "a" * 201, "line\nbreak", "nul\0"])
def test_a_name_is_short_and_printable(store, name):
    with pytest.raises(OperationsError) as caught:
        store.accounts.add("Brand", name, Level.READ)
    assert caught.value.code == "accounts.name"


def test_two_accounts_of_one_organisation_have_two_names(store):
    store.accounts.add("Brand", "Ana Example", Level.RECORD)
    with pytest.raises(OperationsError) as caught:
        store.accounts.add("Brand", " Ana Example ", Level.READ)
    assert caught.value.code == "accounts.exists"


def test_a_key_of_an_account_says_whose_it_is(store):
    ana = store.accounts.add("Brand", "Ana Example", Level.DECIDE)
    key, token = store.keys.create("Brand", Level.RECORD, account=ana.id)
    found = store.authenticate(token)
    assert (found.account, found.account_name, found.level) == (ana.id, "Ana Example", Level.RECORD)
    assert (key.account, key.account_name) == (ana.id, "Ana Example")
    _, plain = store.keys.create("Brand", Level.RECORD)
    assert store.authenticate(plain).account is None


@pytest.mark.parametrize("account_level", list(Level))
@pytest.mark.parametrize("level", list(Level))
def test_a_key_never_goes_further_than_its_account(store, level, account_level):
    ana = store.accounts.add("Brand", "Ana Example", account_level)
    if account_level.covers(level):
        assert store.authenticate(store.keys.create("Brand", level, account=ana.id)[1]).level is level
    else:
        with pytest.raises(OperationsError) as caught:
            store.keys.create("Brand", level, account=ana.id)
        assert caught.value.code == "keys.level"
        assert store.keys.all() == []


def test_a_key_belongs_to_an_account_of_its_own_organisation(store):
    ana = store.accounts.add("Brand", "Ana Example", Level.ADMIN)
    for organisation, account in (("Carrier", ana.id), ("Brand", "nobody")):
        with pytest.raises(OperationsError) as caught:
            store.keys.create(organisation, Level.READ, account=account)
        assert caught.value.code == "accounts.unknown"


def test_a_disabled_accounts_keys_stop_at_once_and_others_do_not(store, clock):
    ana, ben = (store.accounts.add("Brand", name, Level.ADMIN) for name in ("Ana Example", "Ben Example"))
    tokens = [store.keys.create("Brand", Level.READ, account=each.id)[1] for each in (ana, ana, ben)]
    key = store.authenticate(tokens[0])
    assert all(map(store.authenticate, tokens))
    disabled = store.accounts.disable(ana.id)
    clock.move(hours=1)
    assert store.accounts.disable(ana.id).disabled == disabled.disabled
    assert [store.authenticate(token) is not None for token in tokens] == [False, False, True]
    with pytest.raises(OperationsError) as caught:
        store.keys.create("Brand", Level.READ, account=ana.id)
    assert caught.value.code == "accounts.disabled"
    _, rotated = store.keys.rotate(key.id)
    assert store.authenticate(rotated) is None
    assert store.accounts.enable(ana.id).disabled is None
    assert [store.authenticate(token) is not None for token in (rotated, tokens[1])] == [True, True]


def test_an_enabled_account_does_not_bring_revoked_keys_back(store):
    ana = store.accounts.add("Brand", "Ana Example", Level.ADMIN)
    key, token = store.keys.create("Brand", Level.READ, account=ana.id)
    store.accounts.disable(ana.id)
    store.keys.revoke(key.id)
    store.accounts.enable(ana.id)
    assert store.authenticate(token) is None


def test_what_is_no_account_is_neither_disabled_nor_enabled(store):
    assert store.accounts.disable("nobody") is None
    assert store.accounts.enable("nobody") is None


def test_a_job_keeps_whose_key_sent_it(store):
    ana = store.accounts.add("Brand", "Ana Example", Level.RECORD)
    job = store.jobs.accept("Brand", b"{}", account=ana.id)
    assert store.jobs.get(job.id).account == ana.id
    assert store.jobs.get(store.jobs.accept("Brand", b"{}").id).account is None
