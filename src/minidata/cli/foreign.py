"""
Loggers of the libraries that talk to others: they are never heard.

What they log holds whole addresses, headers and bodies, with the secrets in them. A Source that calls
``logging.basicConfig(level=DEBUG)`` to see its own lines must not show theirs. The HTTP door silences httpx itself.
"""

import logging

_TALKERS = ("urllib3", "requests", "docker", "boto3", "botocore", "s3transfer", "keyring")


def keep_quiet() -> None:
    """Let nothing of those loggers, or of any below them, reach a handler that somebody else has installed."""
    for name in _TALKERS:
        logger = logging.getLogger(name)
        # Where a record without a handler would be printed all the same, at WARNING.
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
