"""The address that a running service leaves in its data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.processes.address import announced, running_address
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def settings_of(folder: Path, port: int) -> Settings:
    return Settings(data_dir=folder, port=port, public_url=None)


def test_it_is_there_while_the_service_runs(tmp_path: Path) -> None:
    assert running_address(tmp_path) is None
    with announced(settings_of(tmp_path, 8123)):
        assert running_address(tmp_path) == "http://127.0.0.1:8123"
    assert running_address(tmp_path) is None


def test_a_second_service_leaves_the_first_ones_and_a_longer_one_is_forgotten(tmp_path: Path) -> None:
    with announced(settings_of(tmp_path, 12345)), announced(settings_of(tmp_path, 8124)):
        assert running_address(tmp_path) == "http://127.0.0.1:12345"
    with announced(settings_of(tmp_path, 80)):
        assert running_address(tmp_path) == "http://127.0.0.1:80"


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("http://evil.example")
    (tmp_path / "address").symlink_to(tmp_path / "elsewhere")
    assert running_address(tmp_path) is None
