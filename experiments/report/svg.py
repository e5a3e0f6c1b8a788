"""From a chart's specification to an inline SVG that reads in light, in dark, on paper and aloud."""

from typing import Any
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
LEAST_WIDTH = 440  # pixels, or if that is more:
LEAST_SCALE = 5 / 6
HOVER = "hover: "  # before a mark's description that is to be shown under the pointer
_USELESS = (
    "aria-label",
    "aria-hidden",
    "aria-roledescription",
    "role",
    "pointer-events",
    "class",
    "font-family",
)


def render(spec: dict[str, Any], *, name: str, title: str, description: str) -> str:
    """Renders a Vega-Lite specification as an SVG element to put into a page.

    Colours of the specification are CSS variables, which the SVG keeps, so that the page's own rules for
    light, dark and print apply to it. Ids get `name` before them, for they must differ between the charts of
    a page, and count from 0, for the renderer counts on from chart to chart. A mark whose description begins
    with `HOVER` shows the rest of it under the pointer.

    Args:
        spec: The specification.
        name: Unique in the page; letters, digits and hyphens.
        title: What the chart is, for screen readers.
        description: What it shows, for screen readers.
    """
    import vl_convert

    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))
    ids: dict[str, str] = {}
    for element in list(root.iter()):
        said = element.attrib.get("aria-label", "")
        if said.startswith(HOVER):
            ElementTree.SubElement(element, f"{{{SVG}}}title").text = said.removeprefix(HOVER)
        for attribute in _USELESS:
            element.attrib.pop(attribute, None)
        if "id" in element.attrib:
            ids[element.attrib["id"]] = f"{name}-{len(ids)}"
    _without_hidden(root)
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if attribute == "id":
                element.attrib[attribute] = ids[value]
            elif value.startswith("url(#"):
                element.attrib[attribute] = f"url(#{ids[value[5:-1]]})"
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        child = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag}"})
        child.text = text
        root.insert(place, child)
    # The chart shrinks with its box until its letters would be too small; then the box scrolls.
    width = float(root.attrib["width"])
    root.set("style", f"min-width:{max(min(width, LEAST_WIDTH), LEAST_SCALE * width):.0f}px")
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title")
    root.set("aria-describedby", f"{name}-desc")
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _without_hidden(element: ElementTree.Element) -> None:
    for child in list(element):
        if child.get("display") == "none" or child.get("d") == "M0,0h0v0h0Z":
            element.remove(child)
        else:
            _without_hidden(child)
