import hashlib
import threading

import pytest

from provenance.operations import DigestMismatch, Operations, OperationsError, Retention, Stated, TooLarge

BODY = b"a certificate of origin (fictitious)"
DIGEST = hashlib.sha256(BODY).hexdigest()


def stated(organisation="Brand", digest=DIGEST, **more):
    return Stated(sha256=digest, organisation=organisation, media_type="application/pdf", **more)


@pytest.fixture
def folder(spool):
    return spool.parent / "files"


def on_disk(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_on_disk_under_its_digest(store, folder, clock):
    kept, fresh = store.files.put(stated(), [BODY[:9], BODY[9:]], most=100)
    assert (fresh, kept.size, kept.uploaded, kept.media_type) == (True, len(BODY), clock.at, "application/pdf")
    path = folder / DIGEST[:2] / DIGEST
    assert path == store.files.path(DIGEST)
    assert path.read_bytes() == BODY
    assert path.stat().st_mode & 0o777 == 0o600
    assert store.files.find(DIGEST, "Brand") == kept
    assert store.files.find(DIGEST, "Carrier") is None


def test_the_same_file_again_stays_as_it_was_first_stated(store, folder, clock):
    first, _ = store.files.put(stated(), [BODY], most=100)
    clock.move(days=1)
    again, fresh = store.files.put(stated(retention=Retention.EVIDENCE, account="x"), [BODY], most=100)
    assert (again, fresh) == (first, False)
    assert on_disk(folder) == [DIGEST]


def test_an_empty_file_is_a_file(store):
    digest = hashlib.sha256(b"").hexdigest()
    assert store.files.put(stated(digest=digest), [], most=100)[0].size == 0


def test_what_is_not_what_its_name_says_is_not_kept(store, folder):
    with pytest.raises(DigestMismatch) as caught:
        store.files.put(stated(), [BODY, b"!"], most=100)
    assert caught.value.code == "file.digest"
    assert on_disk(folder) == []
    assert store.files.find(DIGEST, "Brand") is None


def test_what_is_too_large_is_not_read_to_its_end(store, folder):
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"x" * 10

    with pytest.raises(TooLarge):
        store.files.put(stated(), endless(), most=100)
    assert len(taken) == 11
    assert on_disk(folder) == []
    assert store.files.put(stated(), [BODY], most=len(BODY))[0].size == len(BODY)


def test_a_body_that_breaks_off_leaves_nothing(store, folder):
    def broken():
        yield BODY[:5]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.files.put(stated(), broken(), most=100)
    assert on_disk(folder) == []


def test_two_organisations_have_one_body_until_the_last_erases_it(store, folder, clock):
    for organisation in ("Brand", "Carrier"):
        store.files.put(stated(organisation), [BODY], most=100)
        clock.move(seconds=1)
    left = store.files.erase(DIGEST, "Brand")
    first = clock.at
    assert left.erased == first
    assert on_disk(folder) == [DIGEST]
    clock.move(days=1)
    assert store.files.erase(DIGEST, "Brand").erased == first
    assert [(each.organisation, each.erased is None) for each in store.files.holders(DIGEST)] == [
        ("Brand", False),
        ("Carrier", True),
    ]
    store.files.erase(DIGEST, "Carrier")
    assert on_disk(folder) == []
    assert store.files.find(DIGEST, "Carrier").erased == clock.at


def test_an_erased_file_may_be_brought_again(store, clock):
    store.files.put(stated(), [BODY], most=100)
    store.files.erase(DIGEST, "Brand")
    clock.move(days=1)
    again, fresh = store.files.put(stated(), [BODY], most=100)
    assert (fresh, again.erased, again.uploaded) == (True, None, clock.at)
    assert store.files.path(DIGEST).read_bytes() == BODY


def test_evidence_is_not_erased(store, folder):
    store.files.put(stated(retention=Retention.EVIDENCE), [BODY], most=100)
    with pytest.raises(OperationsError) as caught:
        store.files.erase(DIGEST, "Brand")
    assert caught.value.code == "file.kept"
    assert on_disk(folder) == [DIGEST]


def test_nobody_erases_what_is_another_organisations(store, folder):
    store.files.put(stated(), [BODY], most=100)
    assert store.files.erase(DIGEST, "Carrier") is None
    assert on_disk(folder) == [DIGEST]


def test_what_a_crash_left_is_swept_and_nothing_else(store, folder):
    store.files.put(stated(), [BODY], most=100)
    orphan = folder / "00" / ("00" * 32)
    orphan.parent.mkdir()
    for path in (orphan, folder / f"{'0' * 32}.part", folder / "00" / "strange"):
        path.write_bytes(b"left")
    assert store.files.sweep() == 0
    assert store.files.sweep(older_than=-1) == 2
    assert on_disk(folder) == sorted([DIGEST, "strange"])


def test_bringing_and_erasing_at_once_never_leaves_a_promise_without_its_body(url, spool, folder):
    stores = [Operations(url, spool=spool) for _ in range(2)]

    def bring():
        for _ in range(15):
            stores[0].files.put(stated("Brand"), [BODY], most=100)

    def come_and_go():
        for _ in range(15):
            stores[1].files.put(stated("Carrier"), [BODY], most=100)
            stores[1].files.erase(DIGEST, "Carrier")

    threads = [threading.Thread(target=work) for work in (bring, come_and_go)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].files.find(DIGEST, "Brand").erased is None
    assert stores[0].files.path(DIGEST).read_bytes() == BODY
    assert on_disk(folder) == [DIGEST]
    for each in stores:
        each.close()


@pytest.mark.parametrize("name", ["", "..", "../operations.db", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n"])
def test_a_name_that_is_no_digest_never_leaves_the_folder(store, name):
    with pytest.raises(ValueError, match="SHA-256"):
        store.files.path(name)
    assert list(store.files._folder.iterdir()) == []
