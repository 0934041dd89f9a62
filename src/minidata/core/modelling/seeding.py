"""Seeds among the Models: the rows of one, read as it is configured."""

from minidata.core.modelling.models import Model
from minidata.core.places import Place
from minidata.core.seeds.reading import SeedOptions, SeedTable, read_seed


def seed_table(model: Model) -> SeedTable:
    """Return the columns and rows of the seed *model*. Raises ConfigError, naming file and line."""
    config = model.config
    options = SeedOptions(config.delimiter, config.column_types, config.quote_columns)
    return read_seed(model.file.text.encode(), Place(model.file.path), options)
