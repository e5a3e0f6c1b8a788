"""A page of ours read back, and what has to hold for every one."""

import itertools
import re
from html.parser import HTMLParser

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Elements, ids and text; every tag has to be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def check(self) -> None:
        """Ids are unique, links and pictures find theirs, headings skip no level, heads have a scope."""
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        for _, attributes in self.elements:
            if "href" in attributes:
                assert (attributes["href"] or "").removeprefix("#") in ids
        levels = [int(tag[1]) for tag, _ in self.elements if re.fullmatch("h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert all("scope" in attributes for tag, attributes in self.elements if tag == "th")
        for picture in [attributes for tag, attributes in self.elements if tag == "svg"]:
            assert picture["role"] == "img"
            assert picture["aria-labelledby"] in ids
            assert picture["aria-describedby"] in ids


def check_offline(html: str) -> None:
    """The page has no script and no handler, and fetches nothing."""
    forbidden = {
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "img",
        "image",
        "foreignobject",
    }
    page = Page(html)
    assert not forbidden & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "action"}:
                assert (value or "").startswith("#")
    assert "url(" not in re.sub(r"url\(#chart\d+-\d+\)", "", html)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
