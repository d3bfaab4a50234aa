"""Time and memory of the import of a large OpenAPI document, in the process that reads documents."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.context import BenchContext
from bench.table import Row
from dashboard.settings import ROOT

SOURCE = ROOT.parent / "shared" / "corpus" / "openapi-3.0-box.json"
SIZE_BYTES = 3_000_000
MAX_S, MAX_MEMORY_RATIO = 3.0, 10.0
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


def measure_import_cost(bench: BenchContext) -> list[Row]:
    """Measure JSON and YAML. The memory is compared with that of a small document."""
    import yaml

    small = _document(1)
    large = _document(round(SIZE_BYTES / len(json.dumps(small["paths"]))))
    documents = {"JSON": json.dumps(large), "YAML": yaml.dump(large, Dumper=yaml.CSafeDumper, width=120)}
    base_bytes = _measure(bench.folder / "small", json.dumps(small))["peak_bytes"]
    rows = []
    for name, text in documents.items():
        cost = _measure(bench.folder / name, text)
        ratio = (cost["peak_bytes"] - base_bytes) / len(text)
        what = f"{len(text) / 1e6:.1f} MB, {cost['requests']:,.0f} requests"
        rows += [
            Row(name=f"import of a large {name} file", value=cost["s"], unit="s", at_most=MAX_S, detail=what),
            Row(name="the same: memory ÷ size", value=ratio, at_most=MAX_MEMORY_RATIO, detail=what),
        ]
    return rows


def _document(copies: int) -> dict[str, Any]:
    """Return the document with its paths repeated under other names."""
    document: dict[str, Any] = json.loads(SOURCE.read_bytes())
    text = json.dumps(document["paths"])
    document["paths"] = {
        f"/copy{number}{path}": item for number in range(copies) for path, item in json.loads(text).items()
    }
    return document


def _measure(path: Path, text: str) -> dict[str, float]:
    """Return the cost of an import. A small process starts it, because a new process counts its parent's memory."""
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "bench.import_cost", str(path)]
    result: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return result


def main(path: Path) -> int:
    """Import a file and print the time, the number of requests and the peak memory of the process that read it."""
    from dashboard.discovery.process import DocumentImporter

    started = time.monotonic()
    found = DocumentImporter().read_file(path)
    took_s = time.monotonic() - started
    peak_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MAXRSS_UNIT
    print(json.dumps({"s": took_s, "requests": len(found.candidates), "peak_bytes": peak_bytes}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
