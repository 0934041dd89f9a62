"""secrets: which ones the Sources and the settings need, where they are found, and putting one there. Never a value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from minidata.adapters.project import Project
from minidata.adapters.project.dotenv_file import set_in_dotenv
from minidata.adapters.project.layers import secret_settings
from minidata.core.errors import ConfigError, Exit
from minidata.core.secrecy.secrets import SHORTEST, Found, Vault
from minidata.core.source import Source, secrets_of

Store = Literal["env-file", "keyring", "aws"]

_URL = "MINIDATA_ENGINE_URL"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Secret:
    """
    One secret: who it is *needed_by*, the *place* that has it (None: no place has it).

    *problem* is why it will not do, *warning* what is odd about it; "" for none.
    """

    name: str
    needed_by: tuple[str, ...]
    place: str | None
    problem: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Secrets:
    """The secrets that were looked for; *checked* when problems are what was asked about."""

    secrets: tuple[Secret, ...]
    checked: bool

    @property
    def exit_code(self) -> Exit:
        """CONFIG when a check found a problem, else DONE."""
        return Exit.CONFIG if self.checked and any(one.problem for one in self.secrets) else Exit.DONE


@dataclass(frozen=True)
class SecretSet:
    """A secret that was set: in which *place*, and the stronger place, if any, that has another one (*hidden_by*)."""

    name: str
    place: str
    hidden_by: str | None


def list_secrets(project: Project, sources: Mapping[str, Source]) -> Secrets:
    """Return every secret that *sources* and the settings need, and where each is found. Raises ConfigError."""
    return _looked_for(project, _needed(project, sources), checked=False)


def check_secrets(project: Project, sources: Mapping[str, Source], names: Sequence[str] = ()) -> Secrets:
    """Return the secrets called *names*, or all that are needed, with what is wrong. Raises ConfigError."""
    needed = _needed(project, sources)
    wanted = {name: needed.get(name, ()) for name in names} if names else needed
    return _looked_for(project, wanted, checked=True)


def set_secret(project: Project, name: str, value: str, store: Store = "env-file") -> SecretSet:
    """
    Keep *value* under *name* in *store*; a newline at its end is not part of it.

    Raises ConfigError for a name that no variable can have, for an empty value, for a vault that the settings do not
    name, and when the store refuses.
    """
    value = value.rstrip("\r\n")
    project.redact.add(value)
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} will not do as a secret's name", hint="letters, digits and _, as in SHOP_API_KEY")
    if not value.strip():
        raise ConfigError(f"the value of {name} is empty", hint="it comes on stdin, or is asked for in a terminal")
    if store == "env-file":
        set_in_dotenv(project.root / ".env", name, value)
        place = ".env"
    else:
        vault = _vault(project, store)
        vault.put(name, value)
        place = vault.place
    return SecretSet(name, place, _stronger(project, name, value))


def _needed(project: Project, sources: Mapping[str, Source]) -> dict[str, tuple[str, ...]]:
    """Return who needs each secret; settings that may be left out are told when somebody has set them."""
    by_name = secrets_of(sources.values())
    needed = {name: tuple(f"source {source}" for source in users) for name, users in by_name.items()}
    for name in secret_settings():
        section, _, key = name.removeprefix("MINIDATA_").lower().partition("_")
        is_set = getattr(getattr(project.settings, section), key) is not None
        if is_set or (name == _URL and project.settings.engine.kind == "url"):
            needed[name] = (f"setting {section}.{key}",)
    return needed


def _looked_for(project: Project, needed: Mapping[str, tuple[str, ...]], *, checked: bool) -> Secrets:
    return Secrets(tuple(_secret(project, name, who) for name, who in needed.items()), checked)


def _secret(project: Project, name: str, needed_by: tuple[str, ...]) -> Secret:
    try:
        found = _found(project, name)
    except ConfigError as exc:
        return Secret(name, needed_by, None, problem=str(exc))
    if found is None:
        return Secret(name, needed_by, None, problem="is not set")
    return Secret(name, needed_by, found.place, "; ".join(_problems(found)), _warning(found.value))


def _found(project: Project, name: str) -> Found | None:
    found = project.find_secret(name)
    if found is None and name in secret_settings():
        section, _, key = name.removeprefix("MINIDATA_").lower().partition("_")
        value = getattr(getattr(project.settings, section), key)
        return Found(value.get_secret_value(), project.origin(section, key)) if value else None
    return found


def _problems(found: Found) -> Iterator[str]:
    value = found.value
    if found.trimmed:
        yield "has a newline at its end, which is left out"
    if value != value.strip():
        yield "begins or ends with white space"
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        yield "is in quotes, which are taken as part of it"


def _warning(value: str) -> str:
    return f"is shorter than {SHORTEST} characters, too short to be masked" if len(value) < SHORTEST else ""


def _vault(project: Project, store: Store) -> Vault:
    setting = {"keyring": "keyring = true", "aws": 'aws = "prefix"'}.get(store)
    for vault in project.vaults:
        if vault.place == store:
            return vault
    if setting is None:
        raise ConfigError(f"there is no store {store!r}", hint="env-file, keyring or aws")
    raise ConfigError(f"secrets are not looked for in {store}", hint=f"put {setting} into [secrets] of minidata.toml")


def _stronger(project: Project, name: str, value: str) -> str | None:
    """Return the place that will be asked before, when it has another value."""
    found = Project(project.root, project.flags, project.environ, project.redact, project.open_vaults).find_secret(name)
    return found.place if found and found.value != value else None
