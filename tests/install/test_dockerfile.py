"""The Dockerfile, as far as it can be held without Docker: what a reviewer and hadolint would look for."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import pytest

from service.settings import Settings
from tests.install.wheels import ROOT


class Step(NamedTuple):
    """An instruction of a Dockerfile and what follows it, its lines joined."""

    word: str
    rest: str


def steps_of(text: str) -> list[Step]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


STEPS = steps_of((ROOT / "Dockerfile").read_text("utf-8"))
LAST = STEPS[max(index for index, step in enumerate(STEPS) if step.word == "FROM") :]
"""The stage that is shipped."""


def of(word: str) -> list[str]:
    return [step.rest for step in LAST if step.word == word]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in of("ENV") for pair in line.split())


def test_it_runs_as_a_user_with_a_number_that_is_not_roots() -> None:
    """Kubernetes' `runAsNonRoot` cannot look a name up."""
    (user,) = of("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    after = [step.word for step in LAST][[step.word for step in LAST].index("USER") :]
    assert not {"RUN", "COPY", "ADD"} & set(after), "what the service runs belongs to root: it cannot change itself"


@pytest.mark.parametrize("word", ["ENTRYPOINT", "CMD"])
def test_signals_reach_the_service_itself(word: str) -> None:
    """The shell form would put a shell in front, which passes no SIGTERM on."""
    (told,) = of(word)
    assert all(isinstance(part, str) for part in json.loads(told))
    assert of("STOPSIGNAL") == ["SIGTERM"]


def test_the_health_check_starts_no_shell_and_asks_the_port_that_is_served() -> None:
    (told,) = of("HEALTHCHECK")
    _, _, command = told.partition("CMD ")
    assert json.loads(command)[0] == "python"
    assert "/healthz" in command
    default = Settings.model_fields["port"].default
    assert f"or {default}}}" in command
    assert of("EXPOSE") == [str(default)]
    for variable in ("TILEGATE_PORT", "PORT"):
        assert f"os.environ.get('{variable}')" in command
        assert variable not in environment(), "what is set here would go before what a platform sets"


def test_all_that_is_written_goes_into_the_volume() -> None:
    """So `--read-only --tmpfs /tmp` will do."""
    assert of("VOLUME") == [environment()["TILEGATE_DATA_DIR"]]
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "--compile" in " ".join(step.rest for step in STEPS)
    (made,) = of("RUN")
    assert f"-m 0700 {environment()['TILEGATE_DATA_DIR']}" in made


def test_images_and_packages_are_named_and_nothing_is_left_of_installing() -> None:
    for image in (step.rest for step in STEPS if step.word == "FROM"):
        assert re.match(r"\S+:(?!latest)\S+", image), image
    for command in (step.rest for step in STEPS if step.word == "RUN"):
        assert "apt-get upgrade" not in command
        assert "sudo" not in command
        if "apt-get install" in command:
            assert "--no-install-recommends" in command
            assert "rm -rf /var/lib/apt/lists/*" in command
        if "pip install" in command:
            assert "--no-cache-dir" in command
            assert "-c constraints.txt" in command
    assert not any(step.word in {"ADD", "MAINTAINER"} for step in STEPS)


def test_what_is_copied_is_there_and_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [step.rest.split()[:-1] for step in STEPS if step.word == "COPY" and "--from" not in step.rest]
    names = {name for parts in copied for name in parts}
    assert names == let_through
    assert all((ROOT / name).exists() for name in names)


def test_no_secret_is_baked_in() -> None:
    words = " ".join(f"{step.word} {step.rest}" for step in STEPS if step.word in {"ENV", "ARG"})
    assert not re.search(r"(?i)password|secret|token|_key|redis_url|database_url", words)
