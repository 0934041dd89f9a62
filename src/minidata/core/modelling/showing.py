"""Where readers see the Models: each under a name of its own, in a schema that is theirs."""

from collections.abc import Mapping

from minidata.core.errors import ConfigError
from minidata.core.modelling.models import Model
from minidata.core.names import MAX_BYTES
from minidata.core.queries.sqltext import BUILT

# What readers have no business in, or everybody has.
_OTHERS = frozenset({BUILT, "minidata", "information_schema", "pg_catalog"})


def check_shown(models: Mapping[str, Model]) -> None:
    """Raise ConfigError when two of *models* are shown under one name, or one where nothing may be shown."""
    sources = {source for model in models.values() for source in model.sources}
    found: dict[tuple[str, str], Model] = {}
    for model in models.values():
        if model.materialized == "ephemeral":
            continue
        schema, alias = model.shown
        if schema in _OTHERS or schema.startswith("pg_"):
            raise ConfigError(
                f"{model.place}: no model can be shown in the schema {schema}", hint="give it another one"
            )
        for word in (schema, alias):
            if not word or "\0" in word or len(word.encode()) > MAX_BYTES:
                raise ConfigError(f"{model.place}: {word!r} can be no name in Postgres")
        if model.shown in sources:
            raise ConfigError(f"{model.place}: {schema}.{alias} is a table that models read", hint="give it an alias")
        other = found.setdefault(model.shown, model)
        if other is not model:
            raise ConfigError(
                f"{model.place} and {other.place} are both shown as {schema}.{alias}", hint="give one an alias"
            )
