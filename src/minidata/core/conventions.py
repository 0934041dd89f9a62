"""The words that APIs use around their records: names of parameters, and of what stands in answers."""

from collections.abc import Mapping

# Parameters that say how many records a page has, or which page is meant: by its number, by the records before it.
SIZES = (
    "per_page", "page_size", "pageSize", "perPage", "limit", "_size", "size", "page[size]", "pagelen", "maxResults",
    "max_results", "results_per_page", "$top", "take",
)  # fmt: skip
NUMBERS = (
    "page",
    "page_number",
    "pageNumber",
    "page[number]",
    "page_no",
    "pageNo",
    "p",
    "paged",
    "currentPage",
    "current_page",
)
OFFSETS = ("offset", "skip", "startAt", "start_at", "startIndex", "start_index", "page[offset]", "$skip", "start")
TOTALS = (
    "total", "total_count", "totalCount", "total_results", "totalResults", "total_records", "totalRecords",
    "total_items", "totalItems", "totalElements", "total_elements", "nbHits", "count",
)  # fmt: skip
PAGE_COUNTS = ("total_pages", "totalPages", "page_count", "pageCount", "nbPages", "last_page", "lastPage", "pages")
MORES = ("has_more", "hasMore", "has_next", "hasNext", "has_next_page", "hasNextPage", "more")
# Where a token is, and the parameters to send it back as, the likeliest first.
TOKENS: Mapping[str, tuple[str, ...]] = {
    "next_cursor": ("cursor", "next_cursor", "after"),
    "nextCursor": ("cursor", "nextCursor", "after"),
    "end_cursor": ("after", "cursor"),
    "endCursor": ("after", "cursor"),
    "next_page_token": ("page_token", "next_page_token"),
    "nextPageToken": ("pageToken", "nextPageToken"),
    "next_token": ("next_token", "token"),
    "nextToken": ("nextToken", "token"),
    "continuation_token": ("continuation_token",),
    "continuationToken": ("continuationToken",),
    "after": ("after", "cursor"),
    "next_page": ("page",),
    "nextPage": ("page",),
    "next": ("cursor", "next", "page", "page_token"),
    "cursor": ("cursor",),
}
# The size to ask for where neither the address nor the answer says one.
USUAL_SIZE = 100
ROUND = frozenset({10, 20, 25, 30, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000})
