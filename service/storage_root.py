"""What an operator says of a storage root that is no local folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SerializationInfo

SCHEMES = ("s3", "gs", "az", "https", "http")
OPTIONS = {
    "gs": {"service_account", "service_account_key", "application_credentials", "bearer_token", "base_url"},
    "az": {"account_name", "account_key", "sas_key", "token", "client_id", "client_secret", "tenant_id", "endpoint"},
}
"""What obstore calls those of its settings that say who asks and where."""
VARIABLES = {"gs": "GOOGLE_", "az": "AZURE_"}
"""How the variables begin that obstore takes from the environment, asked or not."""
WITH_SECRETS = "with secrets"
"""The context of a serialization that shows secrets: for our own processes, never for a person."""


class RemoteRoot(BaseModel):
    """A root in an object store or on a web server. Its credentials are used for it alone.

    Requests are not signed unless this says how: with access keys (s3), with `options` (gs, az), or, where
    `environment` is true, with whatever the environment of the process offers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str
    """`s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`, `https://host/prefix`, or `http://…`."""
    endpoint: str | None = None
    """Where a service other than Amazon's speaks S3: https://… or http://…."""
    region: str = "us-east-1"
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None
    options: dict[str, SecretStr] = Field(default_factory=dict)
    """Those of `OPTIONS`."""
    anonymous: bool = False
    """Says in words that requests are not signed."""
    environment: bool = False
    """Whether AWS_…, GOOGLE_… or AZURE_… variables, and the machine's own role, may be used."""

    @property
    def scheme(self) -> str:
        """One of `SCHEMES`."""
        return urlsplit(self.url).scheme

    @property
    def bucket(self) -> str:
        """The bucket, container or host."""
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """What every key begins with, without slashes at its ends."""
        return urlsplit(self.url).path.strip("/")

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        _check_url(self.url)
        if self.scheme != "s3" and (self.endpoint or self.access_key_id or self.region != "us-east-1"):
            raise ValueError("endpoint, region and access keys belong to s3://…")
        if self.options and self.scheme not in OPTIONS:
            raise ValueError("options belong to gs://… and az://…")
        unknown = self.options.keys() - OPTIONS.get(self.scheme, set())
        if unknown:
            raise ValueError(f"options of {self.scheme}:// are {', '.join(sorted(OPTIONS[self.scheme]))}")
        if self.endpoint is not None and not self.endpoint.startswith(("https://", "http://")):
            raise ValueError("endpoint must start with https:// or http://")
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError("access_key_id and secret_access_key come together")
        ways = (self.anonymous, self.environment, self.access_key_id is not None or bool(self.options))
        if sum(ways) > 1:
            raise ValueError("choose one of anonymous, environment, and credentials")
        return self

    def check_environment(self, names: Iterable[str]) -> None:
        """Raise ValueError where variables of the environment would be used that the root does not ask for."""
        prefix = VARIABLES.get(self.scheme)
        if prefix and not self.environment and any(name.startswith(prefix) for name in names):
            raise ValueError(f'the environment has {prefix}… variables: say "environment": true, or take them out')

    @field_serializer("access_key_id", "secret_access_key", "session_token", when_used="json")
    def _secret(self, value: SecretStr | None, info: SerializationInfo) -> str | None:
        return None if value is None else _shown(value, info)

    @field_serializer("options", when_used="json")
    def _secrets(self, value: dict[str, SecretStr], info: SerializationInfo) -> dict[str, str]:
        return {name: _shown(secret, info) for name, secret in value.items()}


def parse_storage_root(value: object) -> Path | RemoteRoot:
    """Return a folder or a remote root for what stands in the settings. Raises ValueError, without any secret."""
    if isinstance(value, (Path, RemoteRoot)):
        return value
    if isinstance(value, str) and "://" not in value:
        return Path(value)
    try:
        return RemoteRoot.model_validate({"url": value} if isinstance(value, str) else value)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_context=False)[0]
        place = "".join(f"{part}: " for part in problem["loc"])
        raise ValueError(place + problem["msg"].removeprefix("Value error, ")) from None


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError("url must start with s3://, gs://, az://, https:// or http://")
    if not parts.netloc or "@" in parts.netloc:
        raise ValueError("url must name a bucket or a host, and no user or password")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ValueError("url must have no query and no fragment")
    if any(part in {".", ".."} for part in parts.path.split("/")) or "%" in parts.path:
        raise ValueError("url must have a plain path, without dots and percent signs")


def _shown(secret: SecretStr, info: SerializationInfo) -> str:
    return secret.get_secret_value() if info.context == WITH_SECRETS else "***"
