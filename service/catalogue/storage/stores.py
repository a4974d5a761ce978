"""Clients of object stores, one for each remote storage root, each with that root's credentials alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, HTTPStore, S3Store

from service.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore

    from service.storage_root import RemoteRoot

CONNECT_SECONDS = 2.0
RETRIES = 2
RETRY_SECONDS = 1.0
"""A request that failed later than this is not repeated."""
UNSECRET_OPTIONS = {"account_name", "base_url", "endpoint"}


def open_store(name: str, root: RemoteRoot, timeout: float) -> ObjectStore:
    """Return the client of a root; asks nothing of the store yet. `timeout`: seconds of a request.

    Raises Misconfigured.
    """
    common: dict[str, Any] = {
        "client_options": {
            "allow_http": root.url.startswith("http://") or (root.endpoint or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, timeout)),
            "timeout": timedelta(seconds=timeout),
        },
        "retry_config": {
            "max_retries": RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            "backoff": {"init_backoff": timedelta(seconds=0.05), "max_backoff": timedelta(seconds=0.5), "base": 2},
        },
    }
    try:
        return _OPENERS[root.scheme](root, common)
    except (BaseError, ValueError, TypeError) as error:
        detail = f"TILEGATE_STORAGE_ROOTS: {name}: its settings cannot be used ({type(error).__name__})"
        raise Misconfigured("misconfigured", detail) from None  # its text may hold what could not be read: a key


def summary(error: Exception) -> str:
    """Return the kind of an error, and the status that a server answered with."""
    _, found, status = str(error).partition("status code: ")
    return f"{type(error).__name__} {status[:3]}" if found else type(error).__name__


def _web(root: RemoteRoot, common: dict[str, Any]) -> ObjectStore:
    return HTTPStore(root.url, **common)


def _s3(root: RemoteRoot, common: dict[str, Any]) -> ObjectStore:
    """Name all that obstore would else take from the environment."""
    if root.environment:
        endpoint: dict[str, Any] = {} if root.endpoint is None else {"endpoint": root.endpoint}
        return S3Store(root.bucket, prefix=root.prefix or None, region=root.region, **endpoint, **common)
    is_virtual = root.endpoint is None and "." not in root.bucket
    host = f"{root.bucket}.s3" if is_virtual else "s3"
    endpoint_url = root.endpoint or f"https://{host}.{root.region}.amazonaws.com"
    signing: dict[str, Any] = {"skip_signature": True}
    if root.access_key_id is not None:
        signing = {"skip_signature": False, "credential_provider": _credentials(root)}
    return S3Store(
        root.bucket,
        prefix=root.prefix or None,
        region=root.region,
        endpoint=endpoint_url,
        aws_endpoint_url_s3=endpoint_url,
        virtual_hosted_style_request=is_virtual,
        **signing,
        **common,
    )


def _credentials(root: RemoteRoot) -> Callable[[], Any]:
    """Return what hands a root's keys to its client; to options, the environment's session token would be added."""
    key_id, secret, token = root.access_key_id, root.secret_access_key, root.session_token
    credentials = {
        "access_key_id": key_id and key_id.get_secret_value(),
        "secret_access_key": secret and secret.get_secret_value(),
        "token": token and token.get_secret_value(),
        "expires_at": None,
    }
    return lambda: credentials


def _google(root: RemoteRoot, common: dict[str, Any]) -> ObjectStore:
    return GCSStore(root.bucket, prefix=root.prefix or None, **_options(root), **common)


def _azure(root: RemoteRoot, common: dict[str, Any]) -> ObjectStore:
    return AzureStore(root.bucket, prefix=root.prefix or None, **_options(root), **common)


def _options(root: RemoteRoot) -> dict[str, Any]:
    """Return what the settings say. The environment has nothing to add: `RemoteRoot.check_environment` saw to that."""
    given = {option: value.get_secret_value() for option, value in root.options.items()}
    is_unsigned = not root.environment and not given.keys() - UNSECRET_OPTIONS
    return given | ({"skip_signature": True} if is_unsigned else {})


_OPENERS: dict[str, Callable[[RemoteRoot, dict[str, Any]], ObjectStore]] = {
    "https": _web,
    "http": _web,
    "s3": _s3,
    "gs": _google,
    "az": _azure,
}
