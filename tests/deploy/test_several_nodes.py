"""The compose file and the manifests of several nodes: they parse, fit together, and set what settings there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from parlour.runtime.membership.nodes import sid_prefix
from parlour.settings import Settings, load

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = ("compose.yaml", "compose.nodes.yaml")
SCHEMA = json.loads((Path(__file__).parent / "kubernetes-1.33.json").read_text())
"""What the API of Kubernetes takes, by kind; an unknown key is refused."""


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text())["services"]
    return found


def manifests() -> list[dict[str, Any]]:
    return [each for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for each in yaml.safe_load_all(path.open())]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [each for each in manifests() if each["kind"] == kind]


def environments() -> Iterator[dict[str, str]]:
    """What each process of the files is given as `PARLOUR_*`."""
    for name in COMPOSE:
        for service in services(name).values():
            own = {key: value for key, value in service.get("environment", {}).items() if key.startswith("PARLOUR_")}
            if own:
                yield own
    (pod,) = of_kind("StatefulSet")
    (container,) = pod["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value", "parlour-0") for each in container["env"]}
    secret = of_kind("Secret")[0]["stringData"]
    yield {
        name: value.replace("$(POD_IP)", "10.0.0.7") for name, value in {**given, **secret}.items() if "PARLOUR" in name
    }


@pytest.mark.parametrize("environment", list(environments()), ids=lambda given: given.get("PARLOUR_NODE", "one"))
def test_environment_of_each_node_is_made_of_settings(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert {name.removeprefix("PARLOUR_").lower() for name in environment} <= set(Settings.model_fields)
    for name, value in environment.items():
        assert isinstance(value, str), f"{name} is read by YAML as no text"
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.database_url.startswith("postgresql")
    if settings.node:
        assert sid_prefix(settings.node) == settings.node, "session ids would not begin with the node's name"
        assert settings.peer_url
        assert settings.redis_url


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_file_names_services_and_files_that_are_there(name: str) -> None:
    listed = services(name)
    for service in listed.values():
        assert set(service.get("depends_on", ())) <= set(listed)
        assert ("image" in service) != ("build" in service)
        for volume in service.get("volumes", ()):
            if volume.startswith("."):
                assert (DEPLOY / volume.partition(":")[0]).is_file()
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_nginx_of_compose_sends_each_session_to_its_node() -> None:
    text = (DEPLOY / "compose.nginx.conf").read_text()
    nodes = {each["environment"]["PARLOUR_NODE"] for each in services("compose.nodes.yaml").values() if "build" in each}
    assert set(re.findall(r"~\^(\w+)\\\.", text)) == nodes
    assert set(re.findall(r"server (\w+):8080;", text)) == nodes
    shared = (DEPLOY / "nginx.conf").read_text()
    for line in re.findall(r"proxy_(?!read).*", text):
        assert line in shared, "the two files differ in what they pass on"


def faults(manifest: Any) -> list[str]:
    """What the API of Kubernetes would say of a manifest: where, and what."""
    schema = {**SCHEMA["kinds"][manifest["kind"]], "$defs": SCHEMA["$defs"]}
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(manifest)]


@pytest.mark.parametrize("manifest", manifests(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_manifest_is_one_that_kubernetes_takes(manifest: Any) -> None:
    assert faults(manifest) == []


def test_manifest_with_an_unknown_key_or_a_wrong_value_is_refused() -> None:
    (pod,) = of_kind("StatefulSet")
    container = pod["spec"]["template"]["spec"]["containers"][0]
    container["readinesProbe"] = container.pop("readinessProbe")
    container["ports"][0]["containerPort"] = "8080"
    found = faults(pod)
    assert len(found) == 2
    assert any("readinesProbe" in each for each in found)


def test_manifests_fit_together() -> None:
    (nodes,) = of_kind("StatefulSet")
    labels = nodes["spec"]["template"]["metadata"]["labels"]
    assert nodes["spec"]["selector"]["matchLabels"] == labels
    offered = {each["metadata"]["name"]: each for each in of_kind("Service")}
    assert all(each["spec"]["selector"] == labels for each in offered.values())
    assert nodes["spec"]["serviceName"] in offered
    (container,) = nodes["spec"]["template"]["spec"]["containers"]
    ports = {each["name"] for each in container["ports"]}
    assert all(port["targetPort"] in ports for each in offered.values() for port in each["spec"]["ports"])
    assert all(container[probe]["httpGet"]["port"] in ports for probe in ("readinessProbe", "livenessProbe"))
    volumes = {each["name"] for each in nodes["spec"]["template"]["spec"]["volumes"]}
    assert {each["name"] for each in container["volumeMounts"]} <= volumes
    secrets = {each["metadata"]["name"] for each in of_kind("Secret")}
    assert {each["secretRef"]["name"] for each in container["envFrom"]} <= secrets
    (ingress,) = of_kind("Ingress")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] in offered
    grace = nodes["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > Settings.model_fields["drain_seconds"].default, "pods would be killed while they drain"
