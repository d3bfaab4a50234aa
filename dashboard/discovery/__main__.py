"""The process that reads one document: `python -m dashboard.discovery FILE`, with a request as JSON on stdin."""

import gc
import resource
import sys
from pathlib import Path

from dashboard.discovery.discovered import UnreadableDocument
from dashboard.discovery.exchange import ImportTask, ReadAnswer, encode_answer, parse_task
from dashboard.discovery.formats import read_file

MAX_MEMORY_BYTES = 1536 * 1024 * 1024


def main(path: str) -> int:
    gc.disable()  # collecting would take most of the time of large documents, and the process ends afterwards
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    answer = _read(Path(path), parse_task(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(encode_answer(answer))
    return 0


def _read(path: Path, task: ImportTask) -> ReadAnswer:
    try:
        return ReadAnswer(found=read_file(path, task.options, task.format))
    except UnreadableDocument as error:
        return ReadAnswer(refused=str(error))
    except MemoryError:
        return ReadAnswer(refused="The document needs too much memory. Import a part of it.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
