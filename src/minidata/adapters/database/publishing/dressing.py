"""What a published view has besides its columns: comments and grants, as the model says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from minidata.core.modelling.versions import Version


@dataclass(frozen=True)
class Showing:
    """A model to be shown as *version*, with what is said of it; *was* is how it is shown now."""

    model: str
    version: Version
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    was: Version | None = None

    @property
    def view(self) -> sql.Identifier:
        """The view's name, quoted."""
        return sql.Identifier(*self.version.shown)

    @property
    def stays(self) -> Version | None:
        """How the same view was shown before; None when the model was shown elsewhere, or not at all."""
        return self.was if self.was and self.was.shown == self.version.shown else None


def comments_of(showing: Showing, columns: set[str]) -> Iterator[sql.Composed]:
    """Yield the comments that are to be set: what is described, and nothing where a description is gone."""
    was = showing.stays
    if was and was.notes == showing.version.notes:
        return
    if showing.description or was:
        yield sql.SQL("comment on view {} is {}").format(showing.view, sql.Literal(showing.description or None))
    for name in sorted(columns):
        said = showing.columns.get(name)
        if said or was:
            column = sql.Identifier(*showing.version.shown, name)
            yield sql.SQL("comment on column {} is {}").format(column, sql.Literal(said))


def grants_of(showing: Showing, built: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[sql.Composed]:
    """
    Yield what grants the view as the model says, or has granted what was *built*.

    What it said before, and says no more, is taken back; what others grant stays.
    """
    wanted = _granted(showing.version)
    for relation in {showing.version.relation, showing.version.base} & built.keys():
        wanted |= set(built[relation])
    for privilege, role in sorted(_granted(showing.stays) - wanted if showing.stays else ()):
        yield sql.SQL("revoke {} on {} from {}").format(sql.SQL(privilege), showing.view, _role(role))
    for privilege, role in sorted(wanted):
        yield sql.SQL("grant {} on {} to {}").format(sql.SQL(privilege), showing.view, _role(role))


def _granted(version: Version) -> set[tuple[str, str]]:
    return {(privilege, role) for privilege, roles in version.grants.items() for role in roles}


def _role(name: str) -> sql.Identifier | sql.SQL:
    return sql.SQL("public") if name.lower() == "public" else sql.Identifier(name)
