"""deploy/kubernetes: every file is used, every name leads somewhere, and pods have no rights that they do not need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.manifests import KUBERNETES, OF_SETTINGS, documents, variables_of

BASE = KUBERNETES / "base"
FOLDERS = [BASE, *sorted((KUBERNETES / "overlays").iterdir())]
FILES = sorted(path for path in KUBERNETES.rglob("*.yaml") if path.name != "kustomization.yaml")
OBJECTS = [(path, document) for path in FILES for document in documents(path) if "kind" in document]
PATCHES = {"one.yaml", "spread.yaml", "networkpolicy.yaml"}


def kustomization(folder: Path) -> dict[str, Any]:
    return documents(folder / "kustomization.yaml")[0]


def in_base(kind: str, name: str = "tilegate") -> dict[str, Any]:
    found = [each for path, each in OBJECTS if path.parent == BASE and each["kind"] == kind]
    return next(each for each in found if each["metadata"]["name"] == name)


def pods() -> list[dict[str, Any]]:
    kinds = {"Deployment", "StatefulSet", "Job"}
    return [each["spec"]["template"] for path, each in OBJECTS if each["kind"] in kinds and path.name not in PATCHES]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_is_used_and_every_used_file_is_there(folder: Path) -> None:
    told = kustomization(folder)
    used = {*told["resources"], *(patch["path"] for patch in told.get("patches", []))} - {"../../base"}
    there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
    assert used == there
    assert told["namespace"] == "tilegate"


@pytest.mark.parametrize("folder", FOLDERS[1:], ids=lambda folder: folder.name)
def test_a_patch_is_of_an_object_that_is_there(folder: Path) -> None:
    there = {
        (each["apiVersion"], each["kind"], each["metadata"]["name"]) for path, each in OBJECTS if path.parent == BASE
    }
    for patch in kustomization(folder)["patches"]:
        for each in documents(folder / patch["path"]):
            assert (each["apiVersion"], each["kind"], each["metadata"]["name"]) in there


def test_manifests_are_what_the_api_server_takes() -> None:
    validation = pytest.importorskip("kubernetes_validate")
    for path, each in OBJECTS:
        if path.name not in PATCHES or path.parent == BASE:
            validation.validate(each, "1.34", strict=True)


def test_the_service_knows_every_variable_that_it_is_given() -> None:
    for path in KUBERNETES.rglob("*.yaml"):
        assert variables_of(path.read_text()) <= OF_SETTINGS | {"TILEGATE_PORT"}, path


def test_secrets_that_are_asked_for_are_those_of_the_example() -> None:
    example = set(documents(BASE / "secret.example.yaml")[0]["stringData"])
    pod = in_base("Deployment")["spec"]["template"]["spec"]
    asked = {each["valueFrom"]["secretKeyRef"]["key"] for each in pod["containers"][0]["env"]}
    asked |= {item["key"] for volume in pod["volumes"] if "secret" in volume for item in volume["secret"]["items"]}
    assert asked == example
    literals = dict(line.split("=", 1) for line in kustomization(BASE)["configMapGenerator"][0]["literals"])
    mount = next(each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "master-key")
    assert literals["TILEGATE_MASTER_KEY_FILE"] == f"{mount['mountPath']}/master.key"
    ports = {each["name"]: each["containerPort"] for each in pod["containers"][0]["ports"]}
    assert ports == {"http": 8080, "metrics": int(literals["TILEGATE_METRICS_PORT"])}


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["metadata"]["labels"]["app.kubernetes.io/component"])
def test_pods_have_no_rights_that_they_do_not_need(pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} <= set(container["resources"])
        if container["image"] == "tilegate":
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert spec["enableServiceLinks"] is False, "else TILEGATE_PORT is tcp://…"


def test_selectors_find_the_pods() -> None:
    labels = in_base("Deployment")["spec"]["template"]["metadata"]["labels"]
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert in_base(kind)["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert in_base("Service")["spec"]["selector"].items() <= labels.items()
    assert in_base("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "tilegate"
    (label,) = kustomization(BASE)["labels"]
    assert "includeSelectors" not in label, "selectors of a Deployment cannot be changed later"


def test_nothing_leaves_but_what_is_named() -> None:
    policy = in_base("NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["podSelector"] == {}
    assert all(rule["to"] and rule["ports"] for rule in policy["egress"])
    assert "0.0.0.0/0" not in yaml.safe_dump([each for _, each in OBJECTS])


def test_pods_scale_by_a_metric_of_tiles_that_the_adapter_offers() -> None:
    metrics = in_base("HorizontalPodAutoscaler")["spec"]["metrics"]
    asked = {each["pods"]["metric"]["name"] for each in metrics if each["type"] == "Pods"}
    rules = documents(KUBERNETES / "prometheus-adapter.yaml")[0]["rules"]["custom"]
    assert asked == {rule["seriesQuery"].partition("{")[0] for rule in rules}


def test_there_is_time_to_drain() -> None:
    spec = in_base("Deployment")["spec"]["template"]["spec"]
    literals = dict(line.split("=", 1) for line in kustomization(BASE)["configMapGenerator"][0]["literals"])
    assert spec["terminationGracePeriodSeconds"] > int(literals["TILEGATE_DRAIN_DELAY"]) + 65
