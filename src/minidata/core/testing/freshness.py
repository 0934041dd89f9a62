"""
Freshness as a test: how many seconds ago a source's table got its newest row, compared with how old it may be.

Where no column says when a row was loaded, the ledger does.
"""

from dataclasses import dataclass, replace

from minidata.core.dialect.rendering import About, Renderer
from minidata.core.dialect.variables import literal
from minidata.core.errors import ConfigError
from minidata.core.properties.sources import TableNotes
from minidata.core.queries.sqltext import Query, read_query
from minidata.core.testing.configuring import DataTestConfig

# A table without rows is older than anything, and dbt takes a time without a zone for UTC.
_FRESH = """select newest as max_loaded_at, now() as snapshotted_at,
  extract(epoch from now() - coalesce(newest, '0001-01-01'))::bigint as age
from (
select (
{newest}
)::timestamptz as newest
) as newest"""
_NEWEST = "select max({field}) from {relation}{condition}"
_AGE = "max(age)"
# A thousand years: no row is so old.
_AGES = 86400 * 366 * 1000
_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
# When the ledger's newest object of the table's Stream was loaded. A child's table has its Stream's name in front.
_LEDGER = """select max(loaded_at) from minidata.object where source = {source} and stream = (
  select stream from minidata.object
  where source = {source} and (stream = {table} or starts_with({table}, stream || '_'))
  order by length(stream) desc limit 1
)"""


@dataclass(frozen=True)
class Fresh:
    """The *query* for the age of a table, one row; the *config* says which age is too old, and *limits* tell it."""

    query: Query
    config: DataTestConfig
    limits: str


def age_told(seconds: int) -> str:
    """Return what a table is whose newest row is so old."""
    if seconds > _AGES:
        return "it has no rows"
    size, unit = next((one for one in _UNITS if seconds >= one[0]), _UNITS[-1])
    return f"its newest row is {seconds / size:.3g} {unit} old"


def fresh_query(table: TableNotes, renderer: Renderer, *, only_warn: bool) -> Fresh:
    """
    Return what asks whether *table* is as fresh as its notes want it, at worst a warning with *only_warn*.

    Raises ConfigError, naming the line.
    """
    asked = table.freshness
    if asked is None:
        raise ValueError(f"{table.name} has no freshness")
    text = _FRESH.format(newest=_newest(table, renderer))
    query = read_query(text, table.place, renderer.known)
    error, warn = asked.error_after, asked.warn_after
    oldest = warn or error
    config = DataTestConfig(
        severity="error" if error and not only_warn else "warn",
        fail_calc=_AGE,
        warn_if=f"> {oldest.seconds}" if oldest else "is null",
        error_if=f"> {error.seconds}" if error else "is null",
        tags=table.tags,
        meta=table.meta,
        store_failures=False,
    )
    limits = [f"error after {error.text}" if error else "", f"warn after {warn.text}" if warn else ""]
    query = replace(query, sources=frozenset({(table.schema, table.identifier)}))
    return Fresh(query, config, ", ".join(filter(None, limits)))


def _newest(table: TableNotes, renderer: Renderer) -> str:
    of = f"source({table.source!r}, {table.name!r})"
    condition = f"\nwhere {table.freshness.filter}" if table.freshness and table.freshness.filter else ""
    if table.loaded_at_query:
        this = renderer.expression(of, table.place)
        return renderer.statement(table.loaded_at_query, table.place, About(more={"this": this.sql})).sql
    if table.loaded_at_field:
        relation = renderer.expression(of, table.place).sql
        return _NEWEST.format(field=table.loaded_at_field, relation=relation, condition=condition)
    if condition:
        raise ConfigError(
            f"{table.place}: freshness has a filter and no loaded_at_field", hint="say which column it is"
        )
    return _LEDGER.format(source=literal(table.schema), table=literal(table.identifier))
