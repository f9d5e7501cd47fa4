"""Merkle trees over facts' digests and their proofs (RFC 9162, section 2.1; the same tree as in RFC 6962).

A leaf is SHA-256(0x00 || data), a node SHA-256(0x01 || left || right), the root of nothing SHA-256 of nothing.
Verifying takes nothing on trust: a proof that is too long, too short or made of anything but 32-byte hashes does not
hold. Whether a proof holds is an answer, not an error; only asking for a proof that cannot exist raises.
"""

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
_HASH_SIZE = 32


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf that holds `data`."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the leaves' data, in their order (RFC 9162, 2.1.1)."""
    return root_of_hashes([leaf_hash(data) for data in leaves])


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaves that are hashed already."""
    level = list(hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = _above(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path from leaf `index` to the root, lowest sibling first (RFC 9162, 2.1.3.1).

    Raises `ValueError` when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    level, path = [leaf_hash(data) for data in leaves], []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level, index = _above(level), index >> 1
    return path


def verify_inclusion(leaf: bytes, index: int, *, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf hash is leaf `index` of the tree of `size` leaves under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(proof):
        return False
    place, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _climb(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Return the proof that the tree of the first `size` leaves is the beginning of this one (RFC 9162, 2.1.4.1).

    Raises `ValueError` unless 0 < size <= number of leaves: nothing can be proven about an empty tree.
    """
    if not 0 < size <= len(leaves):
        raise ValueError(f"no consistency proof from {size} to {len(leaves)} leaves")
    if size == len(leaves):
        return []
    level, proof = [leaf_hash(data) for data in leaves], list[bytes]()
    node, last = size - 1, len(leaves) - 1
    while node & 1:
        level, node, last = _above(level), node >> 1, last >> 1
    if node:
        proof.append(level[node])
    while last:
        if node & 1 or node < last:
            proof.append(level[node ^ 1])
        level, node, last = _above(level), node >> 1, last >> 1
    return proof


def verify_consistency(size1: int, size2: int, *, proof: Sequence[bytes], root1: bytes, root2: bytes) -> bool:
    """Return whether the tree of `size1` leaves under `root1` is the beginning of that of `size2` (RFC 9162, 2.1.4.2).

    From size 0 nothing is proven, so it is refused.
    """
    if not 0 < size1 <= size2 or not _are_hashes(proof):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    path = list(proof) if node else [root1, *proof]
    if not path:
        return False
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            node, last = _climb(node, last)
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Return the level above; an odd last node rises as it is."""
    pairs = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) & 1 else pairs


def _climb(place: int, last: int) -> tuple[int, int]:
    """Return both places at the level where `place` is a right child: a last node without sibling rises to there."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(proof: Sequence[bytes]) -> bool:
    return all(len(each) == _HASH_SIZE for each in proof)
