"""What an operator may write of a storage root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.processes.worker_protocol import WorkerStart
from service.settings import Settings
from service.storage_root import WITH_SECRETS, RemoteRoot

SECRETS = ("canary-secret", "canary-token", "canary-option")
KEYS = {"access_key_id": "AKIA", "secret_access_key": "canary-secret"}


@pytest.mark.parametrize(
    ("url", "scheme", "bucket", "prefix"),
    [
        ("s3://bucket", "s3", "bucket", ""),
        ("s3://bucket/deep/down/", "s3", "bucket", "deep/down"),
        ("gs://bucket/x", "gs", "bucket", "x"),
        ("az://container/x", "az", "container", "x"),
        ("https://host:8443/maps", "https", "host:8443", "maps"),
        ("http://host/maps", "http", "host", "maps"),
    ],
)
def test_an_address_alone_is_a_root(url: str, scheme: str, bucket: str, prefix: str) -> None:
    root = Settings(storage_roots={"r": url}).storage_roots["r"]
    assert isinstance(root, RemoteRoot)
    assert (root.scheme, root.bucket, root.prefix) == (scheme, bucket, prefix)


def test_folders_and_stores_stand_side_by_side() -> None:
    settings = Settings(storage_roots={"here": "folder", "there": {"url": "s3://bucket", **KEYS}})
    assert settings.folders == {"here": Path("folder").absolute()}


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("ftp://host/x", "must start with"),
        ("file:///etc", "must start with"),
        ("s3:///x", "must name a bucket"),
        ("https://user:canary-secret@host/x", "no user or password"),
        ("https://host/x?sig=canary-secret", "no query"),
        ("s3://bucket/a/../b", "plain path"),
        ("s3://bucket/%2e%2e/b", "plain path"),
        ({"endpoint": "http://host"}, "url: Field required"),
        ({"url": "s3://bucket", "secret_access_key": "canary-secret"}, "come together"),
        ({"url": "s3://bucket", **KEYS, "anonymous": True}, "choose one"),
        ({"url": "https://host", **KEYS}, "belong to s3"),
        ({"url": "s3://bucket", "options": {"a": "canary-secret"}}, "belong to gs"),
        ({"url": "az://bucket", "options": {"acount_key": "canary-secret"}}, "options of az:// are account_key"),
        ({"url": "s3://bucket", "endpoint": "host"}, "endpoint must start"),
        ({"url": "s3://bucket", "secret_acess_key": "canary-secret"}, "secret_acess_key: Extra inputs"),
        (["s3://bucket"], "valid dictionary"),
        (7, "valid dictionary"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_told_in_a_line_without_secrets(root: Any, said: str) -> None:
    told = CliRunner(env={"TILEGATE_STORAGE_ROOTS": json.dumps({"r": root})}).invoke(main, ["settings"])
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert "TILEGATE_STORAGE_ROOTS" in told.stderr
    assert said in told.stderr
    assert "canary" not in told.stderr.replace("canary-secret@host", "")


@pytest.mark.parametrize(("url", "variable"), [("gs://b", "GOOGLE_X"), ("az://b", "AZURE_X"), ("s3://b", "AWS_X")])
def test_the_environment_of_other_clouds_is_not_used_unasked(url: str, variable: str) -> None:
    """obstore would take it; for S3 all that it would take is said instead."""
    for asked in (False, True):
        roots = json.dumps({"r": {"url": url, "environment": asked}})
        told = CliRunner(env={"TILEGATE_STORAGE_ROOTS": roots, variable: "x"}).invoke(main, ["settings"])
        assert told.exit_code == (0 if asked or url == "s3://b" else 2)
        assert told.exit_code == 0 or f"the environment has {variable[:-1]}… variables" in told.stderr


def all_secrets() -> Settings:
    s3 = {"url": "s3://bucket", **KEYS, "session_token": "canary-token"}
    azure = {"url": "az://container", "options": {"account_name": "me", "account_key": "canary-option"}}
    return Settings(storage_roots={"s3": s3, "az": azure})


def test_secrets_are_neither_listed_nor_printed() -> None:
    roots = {
        "s3": {"url": "s3://bucket/x", **KEYS, "session_token": "canary-token"},
        "az": {"url": "az://container", "options": {"account_key": "canary-option"}},
    }
    runner = CliRunner(env={"TILEGATE_STORAGE_ROOTS": json.dumps(roots)})
    told = runner.invoke(main, ["settings"]).stdout + runner.invoke(main, ["settings", "--json"]).stdout
    assert "s3://bucket/x" in told
    for text in (told, repr(all_secrets()), all_secrets().model_dump_json()):
        assert not [secret for secret in SECRETS if secret in text]


def test_a_workers_orders_hold_the_secrets() -> None:
    start_message = WorkerStart(
        settings=all_secrets(), listener=3, connection_counts=4, heartbeats=5, supervisor=1, embedded_valkey=False
    )
    line = start_message.model_dump_json(context=WITH_SECRETS)
    assert WorkerStart.model_validate_json(line).settings == start_message.settings


@pytest.mark.parametrize("root", ["data", ".", "link", "data/../data", "link/data"])
def test_a_root_that_holds_the_data_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    """The master key and the databases lie there."""
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    roots = json.dumps({"maps": root})
    environment = {"TILEGATE_DATA_DIR": "data", "TILEGATE_STORAGE_ROOTS": roots}

    result = CliRunner(env=environment).invoke(main, ["serve"])

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: the storage root maps contains the data folder")
    assert result.stderr.count("\n") == 1
    assert "TILEGATE_DATA_DIR" in result.stderr


@pytest.mark.parametrize("root", ["data/files", "beside", "datax"])
def test_a_root_beside_or_below_the_data_folder_is_taken(tmp_path: Path, root: str) -> None:
    assert Settings(data_dir=tmp_path / "data", storage_roots={"maps": str(tmp_path / root)})
