"""up --upgrade: another Postgres version, through the object store: a new database, and all that was ever fetched."""

from collections.abc import Mapping
from dataclasses import dataclass

from minidata.adapters.database.connection import ANALYST
from minidata.adapters.database.ledger import ledger
from minidata.adapters.models import read_model_files
from minidata.adapters.project import Project
from minidata.core.errors import Exit, worst
from minidata.core.source import Source
from minidata.core.watch import Nobody, Watch
from minidata.steps.analyze import Analyzed, analyze
from minidata.steps.engine import UPGRADE, database, engine
from minidata.steps.load import Loaded, load
from minidata.steps.up import Up, up


@dataclass(frozen=True)
class Upgraded:
    """
    What is up now and, where the data was of another Postgres, *was* that one's version and how the new one was filled.

    The old data is kept: *remove* is the command that removes it.
    """

    up: Up
    was: str | None = None
    loaded: Loaded | None = None
    analyzed: Analyzed | None = None
    remove: str | None = None

    @property
    def exit_code(self) -> Exit:
        """The worst of what load and analyze ended with."""
        return worst([part.exit_code for part in (self.loaded, self.analyzed) if part])


def upgrade(project: Project, sources: Mapping[str, Source], *, watch: Watch | None = None) -> Upgraded:
    """
    See that Postgres is up, and where its data was of another version, fill a new database from the object store.

    An upgrade that was interrupted goes on. Raises what up(), load() and analyze() raise.
    """
    watch = watch or Nobody()
    facts = up(project, upgrade=True, watch=watch)
    was = project.read_state(UPGRADE).get("from")
    if was is None:
        return Upgraded(facts)
    loaded = load(project, sources, watch=watch)
    with project.lock("engine"):
        # What could be loaded is; should the models fail, `analyze` is all that is left to do.
        project.write_state(UPGRADE, {})
    analyzed = analyze(project, watch=watch) if _has_work(project) else None
    return Upgraded(facts, was, loaded, analyzed, engine(project, facts.kind).kept(was))


def _has_work(project: Project) -> bool:
    with database(project, ANALYST) as db:
        return bool(read_model_files(project.root).models) and bool(ledger.totals(db))
