"""S3 and what speaks like it: where it answers, and who we are there."""

import os
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from obstore.store import S3Store

from minidata.adapters.object_store.profiles import profile
from minidata.core.errors import ConfigError
from minidata.core.settings import StoreSection

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

# One request may carry a body of hundreds of megabytes over a slow line.
PATIENT: "ClientConfig" = {"connect_timeout": "10s", "timeout": "5m"}
RETRIES: "RetryConfig" = {
    "max_retries": 5,
    "retry_timeout": timedelta(minutes=2),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
}
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def s3_store(url: SplitResult, settings: StoreSection) -> S3Store:
    """
    Return the bucket at *url*.

    Raises ConfigError for an endpoint that cannot be one, and for an AWS profile that cannot be used.
    """
    endpoint = s3_endpoint(settings)
    config: S3Config = {"virtual_hosted_style_request": not settings.path_style}
    if endpoint is not None:
        config = _placed(endpoint, url.netloc, path_style=settings.path_style)
    who = profile()
    region = settings.region or (who.region if who else None)
    if region:
        config["region"] = region
    return S3Store(
        url.netloc,
        prefix=url.path.strip("/") or None,
        config=config,
        client_options={**PATIENT, "allow_http": endpoint is not None and endpoint.scheme == "http"},
        retry_config=RETRIES,
        credential_provider=who.credential if who else None,
    )


def s3_endpoint(settings: StoreSection) -> SplitResult | None:
    """Return where the store answers, None for Amazon's own: the setting, else what Amazon's tools read as well."""
    said = settings.endpoint or next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)
    if said is None:
        return None
    endpoint = urlsplit(said)
    if endpoint.scheme not in {"http", "https"} or not endpoint.hostname:
        raise ConfigError(
            "store.endpoint is not http(s)://host", hint='such as endpoint = "https://minio.example:9000"'
        )
    if endpoint.username or endpoint.query:
        raise ConfigError("store.endpoint must have no credentials in it", hint="put them into the environment")
    return endpoint


def _placed(endpoint: SplitResult, bucket: str, *, path_style: bool) -> "S3Config":
    """Say where the bucket's name goes: before the host's, or, where no such host can be, into the path."""
    in_path = path_style or "." in bucket or _has_no_names_below(endpoint.hostname or "")
    address = endpoint if in_path else endpoint._replace(netloc=f"{bucket}.{endpoint.netloc}")
    return {"endpoint": address.geturl().rstrip("/"), "virtual_hosted_style_request": not in_path}


def _has_no_names_below(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." not in host
    return True
