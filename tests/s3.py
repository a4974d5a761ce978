"""An S3 server (moto) that checks signatures and policies, for tests."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from moto import settings as moto_settings
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "eu-central-1"


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket that one user alone may read, and that user's keys."""

    name: str
    endpoint: str
    access_key_id: str
    secret_access_key: str
    client: Any
    """boto3's, of the same user."""

    def put(self, key: str, file: Path) -> None:
        """Store a file."""
        self.client.put_object(Bucket=self.name, Key=key, Body=file.read_bytes())

    def root(self, prefix: str = "", **changes: Any) -> dict[str, Any]:
        """Return what an operator writes of it."""
        return {
            "url": f"s3://{self.name}/{prefix}",
            "endpoint": self.endpoint,
            "region": REGION,
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
        } | changes


@contextmanager
def s3_server() -> Iterator[tuple[Bucket, Bucket]]:
    """Run a server with two buckets, each of a user of its own."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    before = moto_settings.INITIAL_NO_AUTH_ACTION_COUNT
    try:
        buckets = (_bucket("maps-one", f"http://{host}:{port}"), _bucket("maps-two", f"http://{host}:{port}"))
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0
        yield buckets
    finally:
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = before
        server.stop()


def _bucket(name: str, endpoint: str) -> Bucket:
    root = {"aws_access_key_id": "root", "aws_secret_access_key": "root", "region_name": REGION}
    iam = boto3.client("iam", endpoint_url=endpoint, **root)
    iam.create_user(UserName=name)
    resources = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    rule = {"Effect": "Allow", "Action": "s3:*", "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    pair = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **pair)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Bucket(
        name=name,
        endpoint=endpoint,
        access_key_id=keys["AccessKeyId"],
        secret_access_key=keys["SecretAccessKey"],
        client=client,
    )
