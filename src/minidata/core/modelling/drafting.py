"""Models that are rendered but not understood yet: what they and others say of them, and where they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from minidata.core.dialect.folders import merged, of_folders
from minidata.core.dialect.project_file import ProjectFile
from minidata.core.dialect.rendering import About, Renderer, Rendering, SqlFile
from minidata.core.errors import ConfigError, UnknownName
from minidata.core.modelling.configuring import WORDS, Config, Hook, read_config
from minidata.core.modelling.snapshots import WORDS as SNAPSHOT_WORDS
from minidata.core.modelling.snapshots import Snapshot, configured, read_snapshot
from minidata.core.names import MAX_BYTES
from minidata.core.places import Place
from minidata.core.properties.properties import ModelNotes, evaluated
from minidata.core.queries.relations import PUBLISHED, Source

_TAKEN = frozenset({"minidata", "minidata_build", "information_schema"})


@dataclass(frozen=True)
class Draft:
    """A model, rendered: *fqn* is project, folders and name, *notes* what properties say of it."""

    file: SqlFile
    fqn: tuple[str, ...]
    notes: ModelNotes | None
    rendering: Rendering
    config: Config
    about: About
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class Drafting:
    """Renders files of the folder *root*, as the *project* file and properties configure them."""

    project: ProjectFile
    renderer: Renderer
    root: str

    def drafts(self, kind: str, named: Mapping[str, SqlFile], notes: Iterable[ModelNotes]) -> dict[str, Draft]:
        """Return a draft of each file *named*, all of one *kind*, such as models. Raises ConfigError, UnknownName."""
        found = self._by_name(notes, kind[:-1], named)
        return {name: self._draft(kind, name, file, found.get(name)) for name, file in sorted(named.items())}

    def _by_name(self, notes: Iterable[ModelNotes], kind: str, named: Mapping[str, SqlFile]) -> dict[str, ModelNotes]:
        found: dict[str, ModelNotes] = {}
        for one in notes:
            if one.name not in named:
                # dbt goes on, too: what is said of a model that has gone harms nobody.
                self.renderer.outside.tell(f"{UnknownName(kind, one.name, named, where=str(one.place))}")
                continue
            if one.name in found:
                raise ConfigError(f"{one.place}: {one.name} is described twice, see {found[one.name].place}")
            found[one.name] = one
        return found

    def _draft(self, kind: str, name: str, file: SqlFile, notes: ModelNotes | None) -> Draft:
        fqn = self._fqn(kind, file)
        folders = [_hooked(one, self.project.place) for one in self._of_folders(kind, fqn)]
        said = merged([*folders, _hooked(notes.config, notes.place) if notes else {}])
        about = About(name, said, {**_node(kind[:-1], fqn, file, said, notes), **self._version(kind, name)})
        if kind == "seeds":
            rendering = Rendering("", frozenset(), frozenset(), {})
        else:
            rendering = self.renderer.render(file, about)
        whole = merged([said, _hooked(rendering.config, Place(file.path))])
        about = replace(about, said=whole)
        if kind == "snapshots":
            snapshot = read_snapshot(whole, Place(file.path))
            kept = {key: value for key, value in whole.items() if key not in {*SNAPSHOT_WORDS, "materialized"}}
            config = configured(read_config(kept, Place(file.path), "incremental"))
            return Draft(file, fqn, notes, rendering, config, about, snapshot)
        config = read_config(whole, Place(file.path), "seed" if kind == "seeds" else "view")
        if (config.materialized == "seed") != (kind == "seeds"):
            raise ConfigError(f"{file.path}: materialized is {config.materialized!r}", hint="only a seed is one")
        return Draft(file, fqn, notes, rendering, config, about)

    def _version(self, kind: str, name: str) -> Mapping[str, Any]:
        """Return what templates see of a model that is a version of one; nothing for others."""
        model, version = self._versions.get(name, (name, None)) if kind == "models" else (name, None)
        if version is None:
            return {}
        unique_id = f"model.{self.project.name}.{model}.v{version}"
        number = int(version) if version.isdigit() else version
        return {"name": model, "version": number, "unique_id": unique_id, "alias": _alias(model, version)}

    @cached_property
    def _versions(self) -> Mapping[str, tuple[str, str]]:
        """Models and versions, by the names of their files."""
        found = self.renderer.versions.values()
        return {file: (one.name, version) for one in found for version, file in one.files.items()}

    def _of_folders(self, kind: str, fqn: Sequence[str]) -> list[Mapping[str, Any]]:
        tree = self.project.configs.get(kind)
        if tree is None:
            return []
        value = self.renderer.value
        return [evaluated(one, value, self.project.place) for one in of_folders(tree, fqn, WORDS | SNAPSHOT_WORDS)]

    def _fqn(self, kind: str, file: SqlFile) -> tuple[str, ...]:
        path = file.path.removeprefix(self.root)
        for folder in self.project.paths[kind[:-1]]:
            if path.startswith(folder + "/"):
                path = path.removeprefix(folder + "/")
                break
        return (self.project.name, *path.split("/")[:-1], file.name)

    def shown(self, drafts: Mapping[str, Draft]) -> dict[str, Source]:
        """Return where readers see each model. Raises ConfigError for two in one place."""
        shown: dict[str, Source] = {}
        there: dict[Source, str] = {}
        for name, draft in drafts.items():
            shown[name] = self._place_of(name, draft)
            if draft.config.materialized == "ephemeral":
                continue
            other = there.setdefault(shown[name], name)
            if other != name:
                place = ".".join(shown[name])
                raise ConfigError(f"{draft.file.path} and {drafts[other].file.path} are both shown as {place}")
        return shown

    def _place_of(self, name: str, draft: Draft) -> Source:
        config, where = draft.config, Place(draft.file.path)
        plain = _alias(*self._versions.get(name, (name, None)))
        node = {**draft.about.node, "config": dict(draft.about.said), "alias": config.alias or plain}
        # What older snapshots say is the schema itself.
        target = draft.about.said.get("target_schema") if draft.snapshot else None
        schema = str(target) if target else self._named_by("generate_schema_name", where, config.schema, node)
        alias = self._named_by("generate_alias_name", where, config.alias, node)
        if schema is None:
            schema = PUBLISHED if config.schema is None else f"{PUBLISHED}_{config.schema.strip()}"
        alias = config.alias or plain if alias is None else alias
        for text, what in ((schema, "schema"), (alias, "name")):
            if not text or len(text.encode()) > MAX_BYTES or "\0" in text:
                raise ConfigError(f"{where}: {text!r} cannot be a {what} in Postgres")
        if schema in _TAKEN or schema.startswith("pg_"):
            raise ConfigError(f"{where}: the schema {schema} is not for models", hint="take another name")
        return schema, alias

    def _named_by(self, macro: str, where: Place, custom: str | None, node: Mapping[str, Any]) -> str | None:
        """Return what the project's own macro says; None when it has none."""
        if not self.renderer.library.has_own(macro):
            return None
        return str(self.renderer.call(macro, where, custom, node)).strip()


def _alias(model: str, version: str | None) -> str:
    """Return the name that a model is shown under when nothing else is said."""
    return model if version is None else f"{model}_v{version.replace('.', '_')}"


def _hooked(config: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return *config* with its hooks knowing where they were written."""
    return {
        key: [
            Hook(one, place) if isinstance(one, str) else one
            for one in ([value] if isinstance(value, str | dict) else value)
        ]
        if key in {"pre_hook", "post_hook"} and value
        else value
        for key, value in config.items()
    }


def _node(
    kind: str, fqn: Sequence[str], file: SqlFile, said: Mapping[str, Any], notes: ModelNotes | None
) -> dict[str, Any]:
    """Return a model as dbt's templates see it."""
    name = file.name
    return {
        "name": name,
        "alias": said.get("alias") or name,
        "resource_type": kind,
        "package_name": fqn[0],
        "unique_id": f"{kind}.{fqn[0]}.{name}",
        "fqn": list(fqn),
        "path": "/".join((*fqn[1:-1], file.path.rpartition("/")[2])),
        "original_file_path": file.path,
        "patch_path": f"{fqn[0]}://{notes.place.path}" if notes else None,
        "tags": list(said.get("tags") or []),
        "meta": dict(said.get("meta") or {}),
        "schema": PUBLISHED,
        "description": notes.description if notes else "",
        "columns": {
            column: {"name": column, "description": text} for column, text in (notes.columns if notes else {}).items()
        },
        "version": None,
    }
