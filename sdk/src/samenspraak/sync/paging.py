# Generated from samenspraak/paging.py by sdk/generate_sync.py; change that file and run it again.
"""Lists that arrive in pages: iterate over the items, the pages follow by themselves."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from samenspraak.core import Page
from samenspraak.sync.session import Session

T = TypeVar("T")


class Pages(Generic[T]):
    """A list on the server. Nothing is asked before you iterate; every page is asked with the options of the client."""

    def __init__(self, session: Session, path: str, shape: type[T], /, **query: str | int | bool | None) -> None:
        self._session = session
        self._path = path
        self._shape = shape
        self._query = query

    def page(self, cursor: str | None = None) -> Page[T]:
        """One page: the first, or the one that `next_cursor` of another page points at."""
        query = self._query if cursor is None else {**self._query, "cursor": cursor}
        generic: Any = Page
        page: Page[T] = self._session.get(self._path, generic[self._shape], **query)
        return page

    def pages(self) -> Iterator[Page[T]]:
        """Page by page, to the end."""
        cursor: str | None = None
        while True:
            page = self.page(cursor)
            yield page
            if not page.has_more or page.next_cursor is None or page.next_cursor == cursor:
                return
            cursor = page.next_cursor

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            for item in page.data:
                yield item

    def collect(self, at_most: int | None = None) -> list[T]:
        """All items in a list, or the first `at_most`."""
        items: list[T] = []
        if at_most is not None and at_most <= 0:
            return items
        for page in self.pages():
            items.extend(page.data)
            if at_most is not None and len(items) >= at_most:
                return items[:at_most]
        return items
