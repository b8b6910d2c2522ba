"""Run one of the servers by hand: `python -m tests.faulty puffle --port 8001 --fault NAME`."""

import argparse
import json
import sys
import threading

from tests.faulty.serving import APIS, catalogues, serve


def main() -> int:
    """Read the command line, then list the faults or serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.faulty", description=__doc__)
    parser.add_argument("api", choices=APIS, nargs="?")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[], metavar="NAME")
    parser.add_argument("--reading", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="list all faults and readings")
    given = parser.parse_args()
    if given.list or not given.api:
        _list((given.api,) if given.api else APIS)
        return 0
    try:
        _serve(given.api, given.fault, given.reading, given.port)
    except ValueError as unknown:
        parser.error(str(unknown))
    return 0


def _list(apis: tuple[str, ...]) -> None:
    for api in apis:
        faults, readings = catalogues(api)
        print(f"{api}: {len(faults)} faults, {len(readings)} readings")
        for fault in faults.values():
            print(f"  {fault.name:<28} {'' if fault.documented else '(assumed) '}{fault.breaks}")
        for name, sentence in readings.items():
            print(f"  reading {name:<20} {sentence}")


def _serve(api: str, faults: list[str], readings: list[str], port: int) -> None:
    with serve(api, faults, readings, port) as running:
        print(json.dumps(vars(running), indent=2), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
