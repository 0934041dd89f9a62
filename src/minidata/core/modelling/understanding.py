"""Drafts become Models: what their queries read, now that it is known what each name means."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

from minidata.core.dialect.rendering import About, Renderer, Rendering
from minidata.core.dialect.words import ELSEWHERE
from minidata.core.errors import ConfigError
from minidata.core.modelling.configuring import Config, Hook, Index
from minidata.core.modelling.contracts import Contract, contract_of
from minidata.core.modelling.drafting import Draft
from minidata.core.modelling.models import Model, Statement
from minidata.core.places import Place, Rendered
from minidata.core.queries.relations import PUBLISHED, Source
from minidata.core.queries.sqltext import Query, read_loosely, read_query

_NO_QUERY = Query("")


@dataclass(frozen=True)
class Understanding:
    """Makes Models of drafts; *renderer* knows where readers see each."""

    renderer: Renderer

    def model(self, name: str, draft: Draft) -> Model:
        """Return the Model. Raises ConfigError and UnknownName, naming file and line."""
        for ref in sorted(draft.rendering.refs - self.renderer.known.shown.keys()):
            raise ConfigError(
                f"{draft.file.path}: it reads {ref}, which is disabled", hint=f"enable {ref}, or do without"
            )
        draft = self._shown(name, draft)
        if draft.snapshot and draft.rendering.late:
            raise ConfigError(f"{draft.file.path}: a snapshot that asks the database is not supported", hint=ELSEWHERE)
        rendering, notes, config = draft.rendering, draft.notes, draft.config
        if draft.snapshot:
            rendering = replace(rendering, sql=draft.snapshot.first(rendering.sql))
        query = self._query(draft, rendering)
        self._check_predicates(draft)
        grown = self._grown(draft) if config.materialized == "incremental" else None
        increment = self._query(draft, grown) if grown else None
        hooks = self._hooks(draft)
        queries = [query, *([increment] if increment else []), *(one.query for some in hooks.values() for one in some)]
        refs = frozenset(ref for one in queries for ref in one.refs) | rendering.refs | (grown.refs if grown else set())
        itself = query.refs | rendering.refs if config.materialized != "incremental" else frozenset()
        schema, alias = self.renderer.known.shown[name]
        is_late = rendering.late or bool(grown and grown.late)
        contract = contract_of(notes, config, Place(draft.file.path), self.renderer.known)
        return Model(
            name=name,
            place=Rendered(draft.file.path, written=draft.file.text, text=rendering.sql),
            query=query,
            refs=(refs - {name}) | (itself & {name}),
            sources=frozenset(source for one in queries for source in one.sources) | self._outside(rendering.sources),
            config=_with_keys(config, contract),
            description=notes.description if notes else "",
            columns={column: said for column, said in (notes.columns if notes else {}).items() if said},
            schema=schema,
            alias=alias,
            fqn=draft.fqn,
            file=draft.file,
            about=draft.about,
            increment=increment,
            late=is_late,
            made_of=f"{draft.file.text}\0{self._beside}" if is_late else "",
            contract=contract,
            **hooks,
        )

    @cached_property
    def _beside(self) -> str:
        """
        Tell apart what else a query may be made of that is rendered later.

        Which macros and variables that will be is not known before: so it is all of them.
        """
        outside = self.renderer.outside
        beside = [self.renderer.library.texts, *(sorted(one.items()) for one in (outside.written, outside.variables))]
        return sha256(repr(beside).encode(errors="surrogatepass")).hexdigest()

    def _hooks(self, draft: Draft) -> dict[str, tuple[Statement, ...]]:
        """Return what is run before and after: when the model is built whole, and upon what is there."""
        config, whole = draft.config, draft.about
        hooks = {"before": self.statements(config.pre_hook, whole), "after": self.statements(config.post_hook, whole)}
        if config.materialized == "incremental":
            growing = replace(whole, incremental=True)
            hooks["before_increment"] = self.statements(config.pre_hook, growing)
            hooks["after_increment"] = self.statements(config.post_hook, growing)
        return hooks

    def _shown(self, name: str, draft: Draft) -> Draft:
        """Return the draft, rendered again where it, or what it reads, is not shown where one would think."""
        shown = self.renderer.known.shown
        if all(shown[one] == (PUBLISHED, one) for one in {name, *draft.rendering.refs}):
            return draft
        schema, alias = shown[name]
        about = replace(draft.about, node={**draft.about.node, "schema": schema, "alias": alias})
        is_query = draft.config.materialized != "seed"
        return replace(
            draft, about=about, rendering=self.renderer.render(draft.file, about) if is_query else draft.rendering
        )

    def statements(self, hooks: Iterable[Hook], about: About) -> tuple[Statement, ...]:
        """Return the hooks, rendered; one that comes out empty is none."""
        made = [self._statement(hook, about) for hook in hooks]
        return tuple(one for one in made if one.late or one.query.words)

    def _statement(self, hook: Hook, about: About) -> Statement:
        rendering = self.renderer.statement(hook.text, hook.place, about)
        query = read_loosely(rendering.sql, hook.place, self.renderer.known)
        return Statement(query, hook.place, hook.text, rendering.late, about.incremental)

    def _query(self, draft: Draft, rendering: Rendering) -> Query:
        if draft.config.materialized == "seed":
            return _NO_QUERY
        place = Rendered(draft.file.path, written=draft.file.text, text=rendering.sql)
        if not rendering.late:
            return read_query(rendering.sql, place, self.renderer.known)
        # What it is rendered to before the database is asked need not be a query yet.
        return read_loosely(rendering.sql, place, self.renderer.known)

    def _check_predicates(self, draft: Draft) -> None:
        for one in draft.config.incremental_predicates:
            place = Place(draft.file.path)
            read = read_query(f"select 1 where ({one}\n)", place, self.renderer.known)
            if read.refs or read.sources:
                raise ConfigError(f"{place}: incremental_predicates that read tables are not supported", hint=ELSEWHERE)

    def _grown(self, draft: Draft) -> Rendering:
        """Return what the file is rendered to for the rows that are new."""
        rendering = self.renderer.increment(draft.file, draft.about, draft.rendering)
        if draft.snapshot:
            rendering = replace(rendering, sql=draft.snapshot.later(rendering.sql, draft.about.name, PUBLISHED))
        return rendering

    def _outside(self, sources: Iterable[Source]) -> frozenset[Source]:
        """Return those sources that are no models: a project may declare its own seeds as sources."""
        return frozenset(source for source in sources if self.renderer.known.model(*source) is None)


def _with_keys(config: Config, contract: Contract | None) -> Config:
    """Return the config with an index for each key that the contract promises."""
    keys = [Index(key, unique=True) for key in contract.keys] if contract else []
    return replace(config, indexes=(*config.indexes, *keys)) if keys else config
