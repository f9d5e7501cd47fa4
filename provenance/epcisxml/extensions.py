"""What extension elements hold, as JSON values that hash as the elements do.

Text is a string; attributes and child elements are members of an object, text beside them its `#text`; what is repeated
is an array. An element called `...List` that holds nothing but elements of its own name without `List` is their array,
as the event hash reads such an array; any other one is an object.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from provenance.domain.epcis.context import IGNORE_FIELDS
from provenance.domain.errors import Malformed
from provenance.epcisxml.names import ARRAY, MEMBER, Names
from provenance.epcisxml.syntax import EXTENSIONS, SCHEMA_INSTANCE, SPACE, Element, local, where

_TYPING = f"{{{SCHEMA_INSTANCE}}}"


class Extensions:
    """Reads the extension elements of one document."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def content(self, elements: Iterable[Element], attributes: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
        """Return elements and attributes as the members of an object."""
        whole: dict[str, Any] = {}
        items: dict[str, list[Any]] = {}
        for tag, text in attributes:
            if tag.endswith("List"):
                self._put(whole, self._names.name(tag), {"#text": text} if text else {})
            elif not tag.startswith(_TYPING):
                items.setdefault(self._names.name(tag), []).append(text)
        for element in elements:
            if element.tag == MEMBER:
                whole[element.get("name", "")] = self._plain(element, {"name"})
            elif local(str(element.tag)) == IGNORE_FIELDS:
                whole.setdefault(self._names.of(element), []).extend(self._ignored(element))
            elif str(element.tag).endswith("List"):
                self._put(whole, self._names.of(element), self._list(element))
            else:
                items.setdefault(self._names.of(element), []).append(self._plain(element))
        return {name: _joined(values) for name, values in items.items()} | whole

    def text_or_object(self, element: Element) -> Any:
        """Return what an element holds, whatever it is called."""
        return self._plain(element)

    def _ignored(self, element: Element) -> list[str]:
        """Return the names that a list of fields ignored by the event hash holds, as words or as empty elements."""
        words = (element.text or "").replace(",", " ").split()
        return [*words, *(child.get("name", "") if child.tag == MEMBER else self._names.of(child) for child in element)]

    def _put(self, whole: dict[str, Any], name: str, value: Any) -> None:
        if name in whole:
            if ":" not in name:
                raise Malformed("xml.repeated", f"{name!r} occurs twice, and has no namespace to tell them apart by")
            name = self._names.another(name, len(whole) + 1)
        whole[name] = value

    def _list(self, element: Element) -> Any:
        """Return what a `...List` holds."""
        item = str(element.tag).removesuffix("List")
        alone = not element.attrib and not (element.text or "").strip(SPACE)
        if len(element) and alone and all(child.tag == item for child in element):
            return [self._plain(child) for child in _inside(element)]
        found = self._plain(element)
        if isinstance(found, str):
            return {"#text": found} if found else {}
        return found

    def _plain(self, element: Element, left_out: Iterable[str] = ()) -> Any:
        if len(element) and element[0].tag == ARRAY:
            return [self._plain(child) for child in _inside(element)]
        words = (element.text or "").strip(SPACE)
        attributes = ((str(tag), str(text)) for tag, text in element.attrib.items() if tag not in left_out)
        members = self.content(_inside(element), attributes)
        if not members:
            return words
        return {"#text": words, **members} if words else members


def _joined(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 and not isinstance(values[0], list) else values


def _inside(element: Element) -> Iterator[Element]:
    for child in element:
        if (child.tail or "").strip(SPACE):
            raise Malformed("xml.text", f"{where(child)}: text follows <{local(str(child.tag))}>")
        if child.tag in EXTENSIONS:
            yield from _inside(child)
        else:
            yield child
