"""The command line of the demo service: `python -m dashboard.demo --port 8000`."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from dashboard.demo.listener import HOST, bind, serve, write_port_file
from dashboard.demo.service import Behavior, DemoService
from dashboard.demo.shop import OPERATIONS

_DESCRIPTION = """A small shop API on 127.0.0.1 that counts its requests and responses.
Every operation accepts ?delay_ms=N (0-60000) and ?status=N (200-599)."""


def main(argv: list[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        listening = bind(options.port)
    except OSError as error:
        print(f"demo service: port {options.port} cannot be used: {error.strerror}", file=sys.stderr)
        return 1
    port = int(listening.getsockname()[1])
    behavior = Behavior(
        latency_scale=options.latency_scale,
        error_rate=options.error_rate,
        token_life_s=options.token_life,
        seed=options.seed,
        hanging=frozenset(options.hang),
    )

    def on_ready() -> None:
        print(f"demo service: http://{HOST}:{port}", flush=True)
        if options.port_file is not None:
            write_port_file(options.port_file, port)

    service = DemoService(behavior, time.monotonic)
    asyncio.run(serve(listening, service.respond, parent_pipe=options.parent_pipe, on_ready=on_ready))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard.demo", description=_DESCRIPTION)
    parser.add_argument("--port", type=_port, default=8000, help="0 uses any free port (default 8000)")
    parser.add_argument("--port-file", type=Path, help="write the port to this file once the service listens")
    parser.add_argument("--parent-pipe", action="store_true", help="exit when standard input is closed")
    parser.add_argument(
        "--latency-scale",
        type=_factor,
        default=1.0,
        help="factor for all latencies; 0 responds immediately (default 1)",
    )
    parser.add_argument(
        "--error-rate", type=_share, default=0.03, help="share of failing Checkout requests (default 0.03)"
    )
    parser.add_argument(
        "--token-life", type=_factor, default=60.0, help="lifetime of a token in seconds (default 60)"
    )
    parser.add_argument("--seed", type=int, help="make latencies and errors repeatable")
    names = [operation.name for operation in OPERATIONS]
    parser.add_argument(
        "--hang", action="append", default=[], choices=names, help="never respond to this operation"
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return int(text)


def _factor(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1e6:
        raise argparse.ArgumentTypeError("must be a number from 0 to 1000000")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be a fraction from 0 to 1")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
