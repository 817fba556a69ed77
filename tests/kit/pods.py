"""Pods of a written deployment, as podman plays them, with what a kubelet does at their beginning and their end."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.kit import containers

if TYPE_CHECKING:
    from pathlib import Path

    Object = dict[str, Any]

PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod of a deployment; podman asks no probes and starts no preStop, so they are followed here."""

    name: str
    deployment: Object
    manifest: Path

    @property
    def container(self) -> Object:
        (container,) = self.deployment["spec"]["template"]["spec"]["containers"]
        found: Object = container
        return found

    @property
    def process(self) -> str:
        """Its only container, by the name that podman gives it."""
        return f"{self.name}-pod-0-{self.container['name']}"

    @property
    def address(self) -> tuple[str, int]:
        port = next(port["containerPort"] for port in self.container["ports"])
        infra = _done("pod", "inspect", "--format", "{{.InfraContainerID}}", f"{self.name}-pod-0")
        place = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return _done("inspect", "--format", place, infra), port

    def until_ready(self) -> None:
        """As its readiness probe says, which has to be one that only asks whether the port is open."""
        assert self.container["readinessProbe"]["tcpSocket"]["port"] == self.container["ports"][0]["name"]
        address, end = self.address, time.monotonic() + PATIENCE
        while not _open(address):
            assert time.monotonic() < end, containers.podman("logs", self.process).stdout
            time.sleep(0.05)

    def end(self) -> int:
        """What its preStop says, then the signal, and after the time that it has to end in order, another one."""
        spec = self.deployment["spec"]["template"]["spec"]
        _done("exec", self.process, *self.container["lifecycle"]["preStop"]["exec"]["command"])
        _done("stop", "--time", str(spec["terminationGracePeriodSeconds"]), self.process)
        return int(_done("inspect", "--format", "{{.State.ExitCode}}", self.process))

    def remove(self) -> None:
        containers.podman("kube", "down", str(self.manifest))


def play(text: str, port: int, place: Path) -> Pod:
    """All of a file of objects; its pod is published on that port of this machine."""
    objects = list(yaml.safe_load_all(text))
    (deployment,) = (made for made in objects if made["kind"] == "Deployment")
    name = deployment["metadata"]["name"]
    pod = Pod(name=name, deployment=deployment, manifest=place / f"{name}.yaml")
    pod.container["ports"][0]["hostPort"] = port
    # podman gives one volume to all pods that have an emptyDir of the same name.
    for volume in (*pod.container["volumeMounts"], *deployment["spec"]["template"]["spec"]["volumes"]):
        volume["name"] = f"{name}-{volume['name']}"
    pod.manifest.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
    _done("kube", "play", "--replace", str(pod.manifest))
    return pod


def _open(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


def _done(*words: str) -> str:
    ended = containers.podman(*words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()
