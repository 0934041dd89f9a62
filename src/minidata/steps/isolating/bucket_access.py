"""
What opens a bucket, for a stage in a container: the provider's own variables and files, out of the environment here.

They become the environment of the stage's process, where the provider's library looks for them, and of nothing that
Docker shows.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from minidata.adapters.object_store.profiles import profile
from minidata.adapters.project import Project
from minidata.core.errors import ConfigError
from minidata.core.fetching.addresses import on_loopback

_PREFIXES = {"s3": "AWS_", "s3a": "AWS_", "gs": "GOOGLE_"}
_AZURE = "AZURE_"
_GOOGLE_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
# Where Google's own program leaves who is logged in.
_GOOGLE_LOGIN = "~/.config/gcloud/application_default_credentials.json"
_AMAZON = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}


def bucket_access(project: Project) -> Mapping[str, str]:
    """
    Return the variables that open the project's store, which is a bucket. They are secret, and may name files.

    Raises ConfigError when it answers on this machine's loopback, or when AWS_PROFILE names what cannot be used.
    """
    store = project.settings.store
    if store.endpoint and on_loopback(urlsplit(store.endpoint).hostname or ""):
        raise ConfigError(
            f"the store at {store.endpoint} is on this machine's loopback, which in a container is the container's own",
            hint="set store.endpoint to an address of this machine that the store listens on",
        )
    scheme = urlsplit(store.url).scheme
    variables = _variables(project.environ, _PREFIXES.get(scheme, _AZURE))
    if scheme in {"s3", "s3a"}:
        variables |= _of_profile()
    if scheme == "gs":
        variables |= _of_google_login(variables)
    return variables


def _variables(environ: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(prefix) and value}


def _of_profile() -> dict[str, str]:
    """Ask here who an AWS profile is, as of now: the container has neither its files nor single sign-on."""
    found = profile()
    if found is None:
        return {}
    credential = {name: str(value) for name, value in found.credential().items() if value}
    told = {_AMAZON[name]: value for name, value in credential.items() if name in _AMAZON}
    region = {"AWS_REGION": found.region} if found.region else {}
    # An empty variable says nothing: there it would name a profile that is not there.
    return {**region, **told, "AWS_PROFILE": ""}


def _of_google_login(variables: Mapping[str, str]) -> dict[str, str]:
    login = Path(_GOOGLE_LOGIN).expanduser()
    return {_GOOGLE_FILE: str(login)} if login.is_file() and _GOOGLE_FILE not in variables else {}
