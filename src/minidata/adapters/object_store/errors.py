"""What a provider's refusal means, in our words; its own text may quote what it was sent, so little of it is shown."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from minidata.core.errors import StoreError
from minidata.core.secrecy.secrets import Redactor
from minidata.core.wording import excerpt

_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,80})</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_STATUS = re.compile(r"status code: ([0-9]{3}[A-Za-z ]*)")
_FORBIDDEN = re.compile(r"status code: 40[13]")
_SYSTEM = re.compile(r'message: "([^"]{1,120})"')
# Addresses at which a machine in a cloud learns who it is.
_METADATA = re.compile(r"//(169\.254\.\d+\.\d+|metadata\.google\.internal|\[fd00:ec2)")
_SECRET_NAMES = re.compile(r"(AWS|AZURE|GOOGLE)_.*(KEY|TOKEN|SECRET|PASSWORD)")

_ACCESS = "check whose credentials are used, and that they may read, list and put there"
_REGION = "set store.region (or AWS_REGION) to the region that the bucket is in"
_CREDENTIALS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AZURE_…, GOOGLE_… for those), or give the machine a role; "
    "AWS profiles and single sign-on are read when minidata[aws] is installed"
)
_BUCKET = "check store.url; minidata never makes a bucket, the provider's own tools do"
_HINTS = {
    "NoSuchBucket": _BUCKET,
    "ContainerNotFound": _BUCKET,
    "AccessDenied": _ACCESS,
    "InvalidAccessKeyId": _ACCESS,
    "SignatureDoesNotMatch": f"the secret key is not that of the access key; {_ACCESS}",
    "ExpiredToken": "these credentials have expired: log in again, then run the command again; what was put is kept",
    "AuthorizationHeaderMalformed": _REGION,
    "PermanentRedirect": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "RequestTimeTooSkewed": "set this machine's clock",
    "SlowDown": "the store wants to be asked less; run the command again, what was put is kept",
}


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what obstore raises into StoreError: *where*, what happened, and what to do."""
    try:
        yield
    except (BaseError, ValueError, OSError) as exc:
        # Not `from exc`: its text may hold a header that was sent, and a traceback would print it.
        said, hint = _told(exc)
        raise StoreError(f"{where}: {said}", hint=hint) from None


def was_cut_off(exc: BaseError) -> bool:
    """Return whether the connection broke after something was sent, so that obstore did not dare to send it again."""
    said = _first_lines(str(exc))
    return "HTTP error" in said and "builder error" not in said and " retries, " not in said


def _told(exc: Exception) -> tuple[str, str]:
    text = str(exc)
    code = _CODE.search(text)
    if code:
        message = _MESSAGE.search(text)
        said = f"{code[1]}: {message[1]}" if message and message[1] else code[1]
        return _shown(said), _HINTS.get(code[1], "")
    if _METADATA.search(_first_lines(text)):
        return "there are no credentials, neither in the environment nor from this machine", _CREDENTIALS
    if "redirect without LOCATION" in text:
        return "the bucket is in another region", _REGION
    refused = isinstance(exc, PermissionDeniedError | UnauthenticatedError) or _FORBIDDEN.search(text)
    return _shown(_plainly(text)), _ACCESS if refused else ""


def _plainly(text: str) -> str:
    """Return what obstore says without the developer's page at its end, and without what the server sent."""
    status = _STATUS.search(text)
    if status:
        return f"the store answers {status[1].strip()}"
    reason = _SYSTEM.search(text)
    said = _first_lines(text)
    return f"{said} ({reason[1]})" if reason and "HTTP error" in said else said


def _first_lines(text: str) -> str:
    return text.partition("\n\nDebug source")[0]


def _shown(said: str) -> str:
    secrets = (value for name, value in os.environ.items() if _SECRET_NAMES.fullmatch(name))
    return excerpt(Redactor(secrets)(said))
