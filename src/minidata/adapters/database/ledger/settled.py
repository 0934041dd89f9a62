"""What became of the records of each object that is loaded: read from the ledger, changed by nobody here."""

from collections.abc import Mapping

from minidata.adapters.database.connection import Database

# By the keys of objects: where in them the records in quarantine are, None for a whole body.
Settled = Mapping[str, frozenset[int | None]]

# A ledger that an older minidata made has no rebuilds yet, nor a column for them.
_SETTLED = """
select o.key, coalesce(array_agg(distinct q.record) filter (where q.object is not null), '{}')
from minidata.object o left join minidata.quarantine q on q.object = o.id
where o.source = %s and o.stream = %s and to_jsonb(o)->>'rebuild' is distinct from 'true'
group by o.key
"""


def settled(database: Database, source: str, stream: str) -> Settled:
    """
    Return where the records in quarantine are, for each object of the Stream that is loaded.

    Empty before the first load. Raises EngineError.
    """
    if database.one("select to_regclass('minidata.quarantine')") == (None,):
        return {}
    return {key: frozenset(places) for key, places in database.rows(_SETTLED, [source, stream])}
