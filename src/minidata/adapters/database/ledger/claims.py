"""
Which loader has which object in hand.

Advisory locks on the objects' keys, held by a transaction: they die with it, and with its connection.
"""

from collections.abc import Collection

from minidata.adapters.database.connection import Database
from minidata.adapters.database.targets import Target

# "clai": keeps them apart from other advisory locks on hashes.
_SEED = 0x636C6169
_TRY = """
select key from unnest(%s::text[]) as key where pg_try_advisory_xact_lock(hashtextextended(key, %s))
"""
# In order, so that of two who wait for each other's objects none waits for ever.
_WAIT = """
select pg_advisory_xact_lock(hash)
from (select distinct hashtextextended(key, %s) as hash from unnest(%s::text[]) as key order by 1) hashes
"""


def claim(database: Database, target: Target, keys: Collection[str], *, wait: bool = False) -> frozenset[str]:
    """
    Take the objects at *keys* for *target* in hand, to the end of the transaction; return those that nobody else had.

    With *wait* that is all of them. Raises LockedError when one is not let go.
    """
    names = {_name(target, key): key for key in keys}
    if wait:
        database.run(_WAIT, [_SEED, sorted(names)])
        return frozenset(keys)
    return frozenset(names[name] for (name,) in database.rows(_TRY, [sorted(names), _SEED]))


def claim_stream(database: Database, target: Target) -> None:
    """Take the whole Stream in hand, to the end of the transaction; raise LockedError when another does not let go."""
    claim(database, target, [f"{target.source}.{target.stream.name}"], wait=True)


def _name(target: Target, key: str) -> str:
    return f"rebuild:{key}" if target.rebuild else key
