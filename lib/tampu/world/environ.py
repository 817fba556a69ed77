"""The environment of the tools that we run ourselves: whole, explicit, and free of what could change results."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The variables that say which authorities to trust.
AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PASSED_ON = (
    "HOME",
    "LANG",
    "LC_ALL",
    "PATH",
    "TMPDIR",
    "STACK",
    "SSH_AUTH_SOCK",
    "GIT_SSH_COMMAND",
    *AUTHORITIES,
    "GIT_SSL_CAINFO",
    "NETRC",
    *(name for proxy in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (proxy, proxy.upper())),
)
# The zip format, and so wheels, can't say anything before 1980.
EPOCH = 315532801
REPRODUCIBLE = {"SOURCE_DATE_EPOCH": str(EPOCH), "PYTHONHASHSEED": "0"}
# Bytecode that a build leaves in the app's folder names the path of the build, and is stale once the app is moved.
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
FALLBACK = {"LANG": "C.UTF-8", "HOME": "/", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def tool_env(environ: Mapping[str, str]) -> dict[str, str]:
    return {**FALLBACK, **{name: environ[name] for name in PASSED_ON if environ.get(name)}, **REPRODUCIBLE}
