"""What becomes of render threads where the kernel cannot hold them: by the setting."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from service.delivery import sandbox
from service.errors import Misconfigured
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tiling.gate.landlock import Reach


def _refuse(_: Reach) -> int:
    raise PermissionError(1, "Operation not permitted")


WITHOUT = [
    pytest.param("landlock_version", lambda: 0, "no Landlock", id="an old kernel"),
    pytest.param("restrict_thread", _refuse, "the kernel refuses it: Operation not permitted", id="a strict container"),
]


@pytest.mark.parametrize(("name", "stand_in", "said"), WITHOUT)
def test_require_does_not_start_without_landlock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stand_in: Callable[..., int], said: str
) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 7)
    monkeypatch.setattr(sandbox, name, stand_in)

    with pytest.raises(Misconfigured, match=said) as refused:
        sandbox.thread_sandbox(Settings(data_dir=tmp_path, sandbox="require"))
    assert "TILEGATE_SANDBOX=require" in refused.value.detail


@pytest.mark.parametrize(("name", "stand_in", "said"), WITHOUT)
def test_without_it_the_log_says_that_threads_are_free(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    stand_in: Callable[..., int],
    said: str,
) -> None:
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 7)
    monkeypatch.setattr(sandbox, name, stand_in)

    with caplog.at_level(logging.WARNING):
        assert sandbox.thread_sandbox(Settings(data_dir=tmp_path, sandbox="auto")) is None
    assert said in caplog.text


def test_off_asks_the_kernel_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sandbox, "restrict_thread", _refuse)

    assert sandbox.thread_sandbox(Settings(data_dir=tmp_path, sandbox="off")) is None
    assert "TILEGATE_SANDBOX=off" in caplog.text
