"""What a cluster would refuse, or would never do what was meant by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Object = dict[str, Any]

NAME = re.compile("[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
VALUE = re.compile("[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
KINDS = {
    "Deployment": ("apps/v1", {"replicas", "selector", "strategy", "template"}),
    "HorizontalPodAutoscaler": ("autoscaling/v2", {"scaleTargetRef", "minReplicas", "maxReplicas", "metrics"}),
    "Ingress": ("networking.k8s.io/v1", {"rules"}),
    "Job": ("batch/v1", {"backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "template"}),
    "PodDisruptionBudget": ("policy/v1", {"maxUnavailable", "selector"}),
    "Service": ("v1", {"selector", "ports"}),
}
POD = {
    *("containers", "restartPolicy", "automountServiceAccountToken", "enableServiceLinks"),
    *("securityContext", "terminationGracePeriodSeconds", "volumes"),
}
CONTAINER = {
    *("name", "image", "args", "env", "envFrom", "resources", "securityContext", "volumeMounts"),
    *("ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"),
}
PROBE = {"tcpSocket", "periodSeconds", "timeoutSeconds", "failureThreshold"}


def complaints(found: Sequence[Object]) -> Iterator[str]:
    names = [(made["kind"], made["metadata"]["name"]) for made in found]
    yield from (f"{name} is there twice" for name in set(names) if names.count(name) > 1)
    for made in found:
        name = f"{made['kind']} {made['metadata']['name']}"
        yield from (f"{name}: {complaint}" for complaint in _of_object(made, found))


def _of_object(made: Object, found: Sequence[Object]) -> Iterator[str]:
    version, known = KINDS[made["kind"]]
    labels = made["metadata"]["labels"]
    spec = made["spec"]
    if {"apiVersion", "kind", "metadata", "spec"} != made.keys() or version != made["apiVersion"]:
        yield "is not of its kind"
    if not NAME.fullmatch(made["metadata"]["name"]):
        yield "has a name that is none"
    if not all(VALUE.fullmatch(value) for value in labels.values()):
        yield "has a label that is none"
    yield from (f"{key} is unknown" for key in spec.keys() - known)
    if "template" in spec:
        yield from _of_pod(spec["template"]["spec"], made["kind"])
        if made["kind"] == "Deployment" and not _selects(spec["selector"]["matchLabels"], made):
            yield "selects no pods of its own"
    yield from _of_references(made, found)


def _of_references(made: Object, found: Sequence[Object]) -> Iterator[str]:
    deployments = {other["metadata"]["name"]: other for other in found if other["kind"] == "Deployment"}
    services = {other["metadata"]["name"]: other for other in found if other["kind"] == "Service"}
    spec = made["spec"]
    selectors = {
        "Service": spec.get("selector"),
        "PodDisruptionBudget": (spec.get("selector") or {}).get("matchLabels"),
    }
    selector = selectors.get(made["kind"])
    if selector and 1 != sum(_selects(selector, other) for other in deployments.values()):
        yield "selects pods of none, or of several"
    if made["kind"] == "HorizontalPodAutoscaler":
        scaled = deployments[spec["scaleTargetRef"]["name"]]
        if "replicas" in scaled["spec"] or spec["minReplicas"] > spec["maxReplicas"]:
            yield "is at odds with its deployment"
    for rule in spec.get("rules", ()):
        backend = rule["http"]["paths"][0]["backend"]["service"]
        ports = services[backend["name"]]["spec"]["ports"] if backend["name"] in services else ()
        if backend["port"]["name"] not in {port["name"] for port in ports}:
            yield "leads to a port that is not there"


def _selects(labels: dict[str, str], deployment: Object) -> bool:
    pods: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return labels.items() <= pods.items()


def _of_pod(pod: Object, kind: str) -> Iterator[str]:
    (container,) = pod["containers"]
    yield from (f"{key} of a pod is unknown" for key in pod.keys() - POD)
    yield from (f"{key} of a container is unknown" for key in container.keys() - CONTAINER)
    if ("Never" if kind == "Job" else "Always") != pod["restartPolicy"]:
        yield "restarts when it should not"
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    if mounted != {volume["name"] for volume in pod["volumes"]}:
        yield "mounts what is not there"
    allowed = {**pod["securityContext"], **container["securityContext"]}
    if not (allowed["runAsNonRoot"] and allowed["runAsUser"] and allowed["readOnlyRootFilesystem"]):
        yield "may do too much"
    if allowed["allowPrivilegeEscalation"] or allowed["capabilities"] != {"drop": ["ALL"]}:
        yield "may do too much"
    if any("value" in source or len(source) != 1 for source in container["envFrom"]):
        yield "has a value that belongs in a secret"
    if not NAME.fullmatch(container["name"]):
        yield "has a container without a name"
    yield from _of_probes(pod, container)


def _of_probes(pod: Object, container: Object) -> Iterator[str]:
    ports = {port["name"] for port in container.get("ports", ())}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container.get(probe)
        if bool(asked) != bool(ports):
            yield f"has ports and no {probe}, or one for none"
        elif asked and (asked["tcpSocket"]["port"] not in ports or asked.keys() != PROBE):
            yield f"has a {probe} that asks nobody"
    drain = int(next(each["value"] for each in container["env"] if each["name"] == "TAMPU_DRAIN"))
    farewell = int(container["lifecycle"]["preStop"]["exec"]["command"][1]) if "lifecycle" in container else 0
    if pod["terminationGracePeriodSeconds"] <= farewell + 2 * drain:
        yield "is killed before it has drained"
