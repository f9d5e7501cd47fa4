from datetime import timedelta

import pytest
from sqlalchemy import select

from provenance.operations import Level
from provenance.operations.tables import api_keys


def test_a_key_opens_with_the_token_that_was_shown_once(store):
    key, token = store.keys.create("Brand", Level.RECORD, name="handhelds")
    assert token.startswith(f"pvk_{key.id}_")
    found = store.authenticate(token)
    assert (found.organisation, found.level, found.name) == ("Brand", Level.RECORD, "handhelds")


def test_a_secret_has_at_least_256_bits_and_no_two_keys_share_one(store):
    tokens = {store.keys.create("Brand", Level.READ)[1] for _ in range(20)}
    secrets = {token.split("_", 2)[2] for token in tokens}
    assert len(secrets) == 20
    assert all(len(secret) * 6 >= 256 for secret in secrets)


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("pvk_", "pvx_"),
        lambda token: "pvk_000000000000_" + token.split("_", 2)[2],
        lambda token: token.split("_", 2)[2],
        lambda token: "_".join(token.split("_", 2)[:2]) + "_",
        lambda _: "",
        lambda _: "pvk__",
        lambda _: "pvk_\udcff_\udcff",
    ],
)
def test_any_other_token_opens_nothing(store, damage):
    _, token = store.keys.create("Brand", Level.ADMIN)
    assert store.authenticate(damage(token)) is None


def test_a_revoked_key_opens_nothing_and_stays_on_record(store, clock):
    key, token = store.keys.create("Brand", Level.ADMIN)
    clock.move(hours=1)
    revoked = store.keys.revoke(key.id)
    first = clock.at
    clock.move(hours=1)
    assert store.authenticate(token) is None
    assert revoked.revoked == first == store.keys.revoke(key.id).revoked
    assert [each.id for each in store.keys.all()] == [key.id]


def test_revoking_what_is_no_key_says_so(store):
    assert store.keys.revoke("000000000000") is None


def test_the_last_day_of_use_is_kept_once_a_day(store, clock):
    _, token = store.keys.create("Brand", Level.READ)
    assert store.keys.all()[0].last_used is None
    store.authenticate(token)
    assert store.keys.all()[0].last_used == clock.at.date()
    clock.move(days=2)
    store.authenticate(token)
    assert store.keys.all()[0].last_used == clock.at.date()


def test_no_row_and_no_file_holds_the_secret(store, tmp_path):
    _, token = store.keys.create("Brand", Level.READ)
    store.authenticate(token)
    secret = token.split("_", 2)[2]
    with store.engine.connect() as connection:
        assert secret not in repr(connection.execute(select(api_keys)).all())
    store.close()
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_levels_are_nested():
    assert [level for level in Level if level.covers(Level.DECIDE)] == [Level.DECIDE, Level.ADMIN]


def test_a_rotated_key_opens_with_its_new_secret_alone(store):
    key, first = store.keys.create("Brand", Level.RECORD, name="handhelds")
    rotated, second = store.keys.rotate(key.id)
    assert rotated == key
    assert second.startswith(f"pvk_{key.id}_")
    assert store.authenticate(first) is None
    assert store.authenticate(second).organisation == "Brand"


def test_both_secrets_open_until_the_grace_ends(store, clock):
    key, first = store.keys.create("Brand", Level.RECORD)
    rotated, second = store.keys.rotate(key.id, grace=timedelta(hours=2))
    assert rotated.former_until == clock.at + timedelta(hours=2)
    clock.move(hours=2, milliseconds=-1)
    assert store.authenticate(first).id == store.authenticate(second).id == key.id
    clock.move(milliseconds=1)
    assert store.authenticate(first) is None
    assert store.authenticate(second).id == key.id


def test_rotating_again_ends_the_older_secret(store):
    key, first = store.keys.create("Brand", Level.RECORD)
    tokens = [first, *(store.keys.rotate(key.id, grace=timedelta(hours=2))[1] for _ in range(2))]
    assert [store.authenticate(token) is not None for token in tokens] == [False, True, True]
    tokens.append(store.keys.rotate(key.id)[1])
    assert [store.authenticate(token) is not None for token in tokens] == [False, False, False, True]


def test_a_revoked_key_is_not_rotated_and_none_of_its_secrets_opens(store):
    key, first = store.keys.create("Brand", Level.RECORD)
    second = store.keys.rotate(key.id, grace=timedelta(hours=2))[1]
    store.keys.revoke(key.id)
    assert store.authenticate(first) is store.authenticate(second) is None
    assert store.keys.rotate(key.id) is store.keys.rotate("000000000000") is None
    assert store.authenticate(second) is None


def test_a_key_may_have_a_place_where_its_scans_are_made(store):
    place = "https://id.gs1.org/414/9525678000011"
    _, token = store.keys.create("Brand", Level.RECORD, place=place)
    assert store.authenticate(token).place == place
    assert store.authenticate(store.keys.create("Brand", Level.RECORD)[1]).place is None
