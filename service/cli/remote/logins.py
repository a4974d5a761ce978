"""Logins: the address of a service and an API key, in a file that only its owner reads."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.cli.one_line import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"
URL_VARIABLE, KEY_VARIABLE, PROFILE_VARIABLE = "TILEGATE_URL", "TILEGATE_API_KEY", "TILEGATE_PROFILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where a service is, and the API key to show there; None for a recipient."""

    url: str
    api_key: str | None = None


class LoginFile:
    """The logins of a person by their names: JSON, mode 600, in `$XDG_CONFIG_HOME/tilegate/logins.json`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> LoginFile:
        """Return the file that an environment points at."""
        home = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".config"
        return cls(Path(home) / "tilegate" / "logins.json")

    def read(self) -> dict[str, Login]:
        """Return the logins by name. Raises Refused where the file is not one that `tilegate login` wrote."""
        try:
            saved = json.loads(self.path.read_text())
            return {name: Login(url=each["url"], api_key=each["api_key"]) for name, each in saved.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise Refused(f"{self.path} cannot be read: remove it and log in again") from exc

    def save(self, name: str, login: Login) -> None:
        """Add a login, or replace it."""
        self._write(self.read() | {name: login})

    def remove(self, name: str) -> bool:
        """Forget a login; return whether there was one."""
        logins = self.read()
        found = logins.pop(name, None)
        if found is not None:
            self._write(logins)
        return found is not None

    def _write(self, logins: Mapping[str, Login]) -> None:
        """Write the file whole or not at all, and never readable by others."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({name: {"url": each.url, "api_key": each.api_key} for name, each in logins.items()}, indent=2)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
        beside.replace(self.path)


def chosen_login(environment: Mapping[str, str], profile: str | None = None) -> Login | None:
    """Return the login that counts: the environment's, else that of the profile, else None.

    A saved key is never sent to another address than it was saved for. Raises Refused for a profile that is not there.
    """
    name = profile or environment.get(PROFILE_VARIABLE)
    logins = LoginFile.of(environment).read()
    if name is not None and name not in logins:
        known = ", ".join(sorted(logins)) or "none"
        raise Refused(f"there is no login called {name} (there are: {known}): tilegate login --profile {name} --url …")
    url, key = (environment.get(URL_VARIABLE), environment.get(KEY_VARIABLE)) if profile is None else (None, None)
    saved = logins.get(name or DEFAULT)
    if url is None:
        return None if saved is None else Login(url=saved.url, api_key=key or saved.api_key)
    address = clean_url(url)
    return Login(url=address, api_key=key or (saved.api_key if saved and saved.url == address else None))


def clean_url(text: str) -> str:
    """Return the address of a service without what follows its path. Raises Refused."""
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise Refused(f"{text} is not the address of a service: https://maps.example.org")
    if parts.username or parts.password:
        raise Refused("the address must not hold a password: it would end up in logs")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
