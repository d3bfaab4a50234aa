"""Parses a JMeter plan into a tree of its elements. Entities, DTDs and external references are refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dashboard.discovery.discovered import UnreadableDocument

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_DEPTH: Final = 100
_MAX_ELEMENTS: Final = 50_000
_MAX_TEXT: Final = 50_000_000


@dataclass(slots=True)
class PlanElement:
    """An element of a plan with its properties, and the elements below it. Disabled elements are not part of a tree."""

    tag: str
    name: str
    source: "Element"
    children: list["PlanElement"] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """Return a property as text."""
        found = next((one for one in self.source if one.get("name") == name), None)
        return default if found is None or found.text is None else found.text

    def is_true(self, name: str) -> bool:
        """Return whether a property is true."""
        return self.text(name).strip().lower() == "true"

    def items(self, name: str, below: "Element | None" = None) -> Iterator["PlanElement"]:
        """Yield the elements of a collection, wherever it is in the properties."""
        for found in (below if below is not None else self.source).iter("collectionProp"):
            if found.get("name") == name:
                for item in found:
                    yield PlanElement(item.get("elementType") or item.tag, item.get("name") or "", item)

    def texts(self, name: str) -> list[str]:
        """Return the texts of a collection of texts."""
        return [item.source.text or "" for item in self.items(name)]


@dataclass(slots=True)
class JmeterPlan:
    """The elements of a plan, and how many are disabled."""

    root: PlanElement
    disabled: int = 0


def parse_plan(text: str) -> JmeterPlan:
    """Return the elements of a JMeter plan. Raises UnreadableDocument."""
    root = _parse_xml(text)
    tree = root.find("hashTree")
    if root.tag != "jmeterTestPlan" or tree is None:
        raise UnreadableDocument("This XML is no JMeter plan: its root is not <jmeterTestPlan>.")
    plan = JmeterPlan(PlanElement("jmeterTestPlan", "", root))
    remaining = _MAX_ELEMENTS
    pending = [(plan.root, tree, 0)]
    while pending:
        parent, below, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise UnreadableDocument(f"The plan has more than {_MAX_DEPTH} levels.")
        for source, own_tree in _pairs(below):
            remaining -= 1
            if remaining < 0:
                raise UnreadableDocument(f"The plan has more than {_MAX_ELEMENTS:,} elements.")
            if source.get("enabled", "true").lower() == "false":
                plan.disabled += 1
                continue
            element = PlanElement(source.tag, (source.get("testname") or source.tag).strip(), source)
            parent.children.append(element)
            if own_tree is not None:
                pending.append((element, own_tree, depth + 1))
    return plan


def _parse_xml(text: str) -> "Element":
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(text) > _MAX_TEXT:
        raise UnreadableDocument(f"The plan is larger than {_MAX_TEXT // 1_000_000} MB.")
    try:
        return fromstring(_undeclared(text), forbid_dtd=True)
    except ParseError as error:
        raise UnreadableDocument(f"The XML is damaged: {error}.") from None
    except DefusedXmlException:
        message = "The XML has a DTD or entities, which are not read. Save the plan in JMeter."
        raise UnreadableDocument(message) from None


def _undeclared(text: str) -> bytes:
    """Return the document without the encoding that it declares, because its text is decoded already."""
    stripped = text.lstrip("\ufeff \r\n\t")
    declaration = re.match(r"<\?xml[^>]{0,200}\?>", stripped)
    lines = "\n" * declaration[0].count("\n") if declaration else ""
    return (lines + (stripped[declaration.end() :] if declaration else stripped)).encode("utf-8", "replace")


def _pairs(tree: "Element") -> Iterator[tuple["Element", "Element | None"]]:
    """Yield each element with the hash tree that follows it."""
    previous: Element | None = None
    for one in tree:
        if one.tag != "hashTree":
            if previous is not None:
                yield previous, None
            previous = one
        elif previous is not None:
            yield previous, one
            previous = None
    if previous is not None:
        yield previous, None
