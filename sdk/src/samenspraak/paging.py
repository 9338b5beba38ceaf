"""Lists that arrive in pages: iterate over the items, the pages follow by themselves."""

from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from samenspraak.core import Page
from samenspraak.session import AsyncSession

T = TypeVar("T")


class AsyncPages(Generic[T]):
    """A list on the server. Nothing is asked before you iterate; every page is asked with the options of the client."""

    def __init__(self, session: AsyncSession, path: str, shape: type[T], /, **query: str | int | bool | None) -> None:
        self._session = session
        self._path = path
        self._shape = shape
        self._query = query

    async def page(self, cursor: str | None = None) -> Page[T]:
        """One page: the first, or the one that `next_cursor` of another page points at."""
        query = self._query if cursor is None else {**self._query, "cursor": cursor}
        generic: Any = Page
        page: Page[T] = await self._session.get(self._path, generic[self._shape], **query)
        return page

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Page by page, to the end."""
        cursor: str | None = None
        while True:
            page = await self.page(cursor)
            yield page
            if not page.has_more or page.next_cursor is None or page.next_cursor == cursor:
                return
            cursor = page.next_cursor

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.data:
                yield item

    async def collect(self, at_most: int | None = None) -> list[T]:
        """All items in a list, or the first `at_most`."""
        items: list[T] = []
        if at_most is not None and at_most <= 0:
            return items
        async for page in self.pages():
            items.extend(page.data)
            if at_most is not None and len(items) >= at_most:
                return items[:at_most]
        return items
