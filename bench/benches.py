"""All benches, in the order of the page."""

from __future__ import annotations

import build_bench
import create_bench
import daemon_bench
import detect_bench
import image_bench
import reload_bench
import remote_bench
import serve_bench

BENCHES = (
    serve_bench.BENCH,
    build_bench.BENCH,
    detect_bench.BENCH,
    image_bench.BENCH,
    daemon_bench.BENCH,
    create_bench.BENCH,
    reload_bench.BENCH,
    remote_bench.BENCH,
)
