"""Where a page may lead to: the origin of a Source, and those that it trusts."""

from dataclasses import dataclass
from typing import Self

from minidata.core.errors import RefusedError
from minidata.core.fetching.addresses import BadAddress, Origin, followed, origin_of
from minidata.core.source import Source
from minidata.core.wording import excerpt


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that requests may go to."""

    allowed: frozenset[Origin]

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return those of *source*."""
        return cls(frozenset(map(origin_of, (source.base_url, *source.trusted))))

    def followed(self, base: str, link: str) -> str:
        """Return where *link*, found at *base*, leads; raise RefusedError when that is none of them."""
        try:
            return followed(base, link, self.allowed)
        except BadAddress as exc:
            raise RefusedError(
                f"the next page's address {exc}: {excerpt(link)}",
                hint="a page may only lead on to the origin of the source's base_url, or to one of its trusted=",
            ) from None
