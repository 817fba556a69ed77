"""All objects of an app in a cluster, in the order in which they are made."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tampu.platforms.image_names import each_in_cluster
from tampu.platforms.image_processes import RELEASE, WEB
from tampu.platforms.kubernetes_pods import DOOR, labels, template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.platforms.kubernetes_wish import Wish

    Object = dict[str, Any]

LONGEST_PROCESS = 20
BUSY = 70
DAY = 86_400
HOUR = 3_600


def objects(wish: Wish, processes: Mapping[str, str]) -> tuple[Object, ...]:
    """`processes` are those that the image can start."""
    others = each_in_cluster((WEB, RELEASE, *sorted(processes)), LONGEST_PROCESS)
    workers = [name for name in sorted(processes) if name not in {WEB, RELEASE}]
    return (
        *((_release(wish),) if RELEASE in processes else ()),
        *(_web(wish) if WEB in processes else ()),
        *(_worker(wish, process, others[process]) for process in workers),
    )


def _web(wish: Wish) -> Iterable[Object]:
    yield _service(wish)
    yield _deployment(wish, wish.name, WEB, WEB, {})
    yield _scaling(wish)
    yield _budget(wish)
    if wish.host:
        yield _ingress(wish, wish.host)


def _worker(wish: Wish, process: str, component: str) -> Object:
    return _deployment(wish, f"{wish.name}-{component}", process, component, {"replicas": 1})


def _deployment(wish: Wish, name: str, process: str, component: str, replicas: Object) -> Object:
    """Without a number of replicas, one that the autoscaler has chosen stays when this is applied again."""
    return {
        **_head("apps/v1", "Deployment", name, wish, component),
        "spec": {
            **replicas,
            "selector": {"matchLabels": labels(wish, component)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": template(wish, process, component),
        },
    }


def _release(wish: Wish) -> Object:
    """A Job can't be changed, so that of each image has a name of its own."""
    digest = hashlib.sha256(wish.image.encode()).hexdigest()[:8]
    return {
        **_head("batch/v1", "Job", f"{wish.name}-{RELEASE}-{digest}", wish, RELEASE),
        "spec": {
            "backoffLimit": 1,
            "activeDeadlineSeconds": HOUR,
            "ttlSecondsAfterFinished": DAY,
            "template": template(wish, RELEASE, RELEASE, restart="Never"),
        },
    }


def _service(wish: Wish) -> Object:
    return {
        **_head("v1", "Service", wish.name, wish, WEB),
        "spec": {"selector": labels(wish, WEB), "ports": [{"name": DOOR, "port": 80, "targetPort": DOOR}]},
    }


def _scaling(wish: Wish) -> Object:
    target = {"type": "Utilization", "averageUtilization": BUSY}
    return {
        **_head("autoscaling/v2", "HorizontalPodAutoscaler", wish.name, wish, WEB),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": wish.name},
            "minReplicas": wish.replicas,
            "maxReplicas": wish.most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def _budget(wish: Wish) -> Object:
    return {
        **_head("policy/v1", "PodDisruptionBudget", wish.name, wish, WEB),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels(wish, WEB)}},
    }


def _ingress(wish: Wish, host: str) -> Object:
    backend = {"service": {"name": wish.name, "port": {"name": DOOR}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        **_head("networking.k8s.io/v1", "Ingress", wish.name, wish, WEB),
        "spec": {"rules": [{"host": host, "http": {"paths": [path]}}]},
    }


def _head(version: str, kind: str, name: str, wish: Wish, component: str) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels(wish, component)}}
