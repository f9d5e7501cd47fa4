import json
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain import merkle

SIZES = st.integers(1, 70)


def leaves_of(size):
    return [bytes([number]) * 32 for number in range(size)]


def tampered(hashes):
    """Yield the proof with each hash changed, each left out, and one added at either end."""
    for place, each in enumerate(hashes):
        yield [*hashes[:place], bytes([each[0] ^ 1]) + each[1:], *hashes[place + 1 :]]
        yield [*hashes[:place], *hashes[place + 1 :]]
    yield [*hashes, merkle.EMPTY_ROOT]
    yield [merkle.EMPTY_ROOT, *hashes]


def read(folder):
    files = sorted(folder.rglob("*.json"))
    assert files
    for file in files:
        vector = json.loads(file.read_bytes())
        decoded = {name: b64decode(value or "") for name, value in vector.items() if name in NAMES}
        yield file, vector | decoded, [b64decode(each) for each in vector["proof"] or ()]


NAMES = ("root", "root1", "root2", "leafHash")


def test_inclusion_vectors(vectors):
    for file, vector, proof in read(vectors / "merkle/inclusion"):
        holds = merkle.verify_inclusion(
            vector["leafHash"], vector["leafIdx"], size=vector["treeSize"], proof=proof, root=vector["root"]
        )
        assert holds is not vector["wantErr"], file


def test_consistency_vectors(vectors):
    for file, vector, proof in read(vectors / "merkle/consistency"):
        sizes, roots = (vector["size1"], vector["size2"]), (vector["root1"], vector["root2"])
        holds = merkle.verify_consistency(*sizes, proof=proof, root1=roots[0], root2=roots[1])
        assert holds is not vector["wantErr"], file


def test_roots_by_their_definition():
    first, second, third = (merkle.leaf_hash(leaf) for leaf in leaves_of(3))
    assert merkle.root([]) == merkle.EMPTY_ROOT
    assert merkle.root(leaves_of(1)) == first
    assert merkle.root(leaves_of(3)) == merkle.node_hash(merkle.node_hash(first, second), third)
    assert merkle.root_of_hashes([first, second, third]) == merkle.root(leaves_of(3))


def test_a_leaf_is_never_taken_for_a_node():
    left, right = (merkle.leaf_hash(leaf) for leaf in leaves_of(2))
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@given(SIZES)
def test_every_leaf_is_proven_in_its_place_only(size):
    leaves = leaves_of(size)
    root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(leaves, index)
        claim = merkle.leaf_hash(leaf)
        assert merkle.verify_inclusion(claim, index, size=size, proof=proof, root=root)
        assert not merkle.verify_inclusion(claim, (index + 1) % size, size=size, proof=proof, root=root) or size == 1
        assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size=size, proof=proof, root=root)


@given(SIZES, st.data())
def test_a_changed_inclusion_proof_does_not_hold(size, data):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    for wrong in tampered(proof):
        assert not merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, size=size, proof=wrong, root=root)


@given(SIZES)
def test_every_beginning_of_a_tree_is_proven(size):
    leaves = leaves_of(size)
    root2 = merkle.root(leaves)
    for size1 in range(1, size + 1):
        proof, root1 = merkle.consistency_proof(leaves, size1), merkle.root(leaves[:size1])
        assert merkle.verify_consistency(size1, size, proof=proof, root1=root1, root2=root2)


@given(SIZES, st.data())
def test_a_changed_consistency_proof_does_not_hold(size, data):
    leaves = leaves_of(size)
    size1 = data.draw(st.integers(1, size))
    root1, root2 = merkle.root(leaves[:size1]), merkle.root(leaves)
    for wrong in tampered(merkle.consistency_proof(leaves, size1)):
        assert not merkle.verify_consistency(size1, size, proof=wrong, root1=root1, root2=root2)


@given(st.integers(2, 70), st.data())
def test_a_rewritten_history_is_never_consistent(size, data):
    leaves = leaves_of(size)
    size1 = data.draw(st.integers(1, size))
    rewritten = [b"rewritten", *leaves[1:]]
    proof = merkle.consistency_proof(rewritten, size1)
    root1, root2 = merkle.root(leaves[:size1]), merkle.root(rewritten)
    assert not merkle.verify_consistency(size1, size, proof=proof, root1=root1, root2=root2)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(leaves_of(3), index)


@pytest.mark.parametrize("size", [-1, 0, 4])
def test_there_is_no_proof_from_nothing_or_from_more(size):
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_proof(leaves_of(3), size)


def test_nothing_is_proven_from_an_empty_tree():
    root = merkle.root(leaves_of(3))
    assert not merkle.verify_consistency(0, 3, proof=[], root1=merkle.EMPTY_ROOT, root2=root)
    assert not merkle.verify_consistency(0, 0, proof=[], root1=merkle.EMPTY_ROOT, root2=merkle.EMPTY_ROOT)
