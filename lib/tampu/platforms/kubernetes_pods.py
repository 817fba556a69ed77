"""A pod of an app: what runs in it, what it may do, how it begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tampu.platforms.image_content import PORT, USER
from tampu.platforms.image_processes import WEB

if TYPE_CHECKING:
    from tampu.platforms.kubernetes_wish import Wish

    Object = dict[str, Any]

DOOR = "http"
# A pod that ends is taken out of everybody's list of addresses meanwhile, and goes on answering.
FAREWELL = 5
SPARE = 4
# An app may take ten minutes for what it does before it starts.
LONGEST_START = 660
TMP = "/tmp"  # noqa: S108 - in a container it is the container's own


def labels(wish: Wish, component: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": wish.name, "app.kubernetes.io/component": component}


def template(wish: Wish, process: str, component: str, restart: str = "Always") -> Object:
    return {"metadata": {"labels": labels(wish, component)}, "spec": _pod(wish, process, component, restart)}


def _pod(wish: Wish, process: str, component: str, restart: str) -> Object:
    user, _, group = USER.partition(":")
    return {
        "containers": [_container(wish, process, component)],
        "restartPolicy": restart,
        "automountServiceAccountToken": False,
        # Else a Service named `port` would set PORT.
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": int(user),
            "runAsGroup": int(group),
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # nginx and the app's server end one after the other, and each may take that long.
        "terminationGracePeriodSeconds": FAREWELL + 2 * wish.drain + SPARE,
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }


def _container(wish: Wish, process: str, component: str) -> Object:
    return {
        "name": component,
        "image": wish.image,
        "args": [process],
        "env": [
            {"name": "PORT", "value": PORT},
            {"name": "TMPDIR", "value": TMP},
            {"name": "TAMPU_DRAIN", "value": str(wish.drain)},
        ],
        "envFrom": [
            {"configMapRef": _kept(wish.config, f"{wish.name}-config")},
            {"secretRef": _kept(wish.secret, f"{wish.name}-secret")},
        ],
        "resources": {
            "requests": {"cpu": wish.cpu, "memory": wish.memory},
            "limits": {"memory": wish.memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": TMP}],
        **(_answering() if process == WEB else {}),
    }


def _kept(chosen: str | None, usual: str) -> Object:
    return {"name": chosen} if chosen else {"name": usual, "optional": True}


def _answering() -> Object:
    """The port is open exactly as long as the app can answer: nginx opens it then, and closes it to drain."""
    return {
        "ports": [{"name": DOOR, "containerPort": int(PORT)}],
        "startupProbe": _knock(period=1, failures=LONGEST_START),
        "readinessProbe": _knock(period=2, failures=2),
        "livenessProbe": _knock(period=10, failures=3),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(FAREWELL)]}}},
    }


def _knock(*, period: int, failures: int) -> Object:
    return {"tcpSocket": {"port": DOOR}, "periodSeconds": period, "timeoutSeconds": 2, "failureThreshold": failures}
