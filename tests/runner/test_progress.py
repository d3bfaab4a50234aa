"""k6's standard output: the final counts of iterations, and what is printed after them."""

from pathlib import Path

import pytest

from dashboard.run_folder.files import RunFolder
from dashboard.runner import progress
from dashboard.runner.progress import UNKNOWN, FinalCounts

BANNER = (
    "\n         /\\      Grafana   /‾‾/  \n\n     scenarios: (100.00%) 2 scenarios, 5 max VUs\n"
    "              * b: 2.00 iterations/s for 6s\n              * s: 3 looping VUs for 6s\n\n"
)
RUNNING = (
    "\nrunning (01.0s), 3/5 VUs, 2 complete and 0 interrupted iterations\n"
    "b      [  17% ] 0/2 VUs  1.0s/6s  2.00 iters/s\ns      [  17% ] 3 VUs    1.0s/6s \n"
)
ENDED = (
    "\nrunning (1h03m00.9s), 0/5 VUs, 8 complete and 3 interrupted iterations\n"
    "b    ✗ [  66% ] 0/2 VUs  3.9s/6s  2.00 iters/s\ns    ✗ [  66% ] 3 VUs    3.9s/6s \n"
)
SUMMARY = "\n  █ TOTAL RESULTS \n\n    HTTP\n    http_reqs......................: 16     3.9/s\n"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.mark.parametrize(
    ("output", "counts", "rest"),
    [
        (BANNER + RUNNING + ENDED, FinalCounts(8, 3), ""),
        (BANNER + RUNNING + SUMMARY + ENDED, FinalCounts(8, 3), SUMMARY.strip("\n") + "\n"),
        (BANNER + SUMMARY + ENDED, FinalCounts(8, 3), SUMMARY.strip("\n") + "\n"),
        (BANNER + RUNNING.lstrip() + "my own summary" + ENDED, FinalCounts(8, 3), "my own summary\n"),
        (BANNER + ENDED + SUMMARY, FinalCounts(8, 3), SUMMARY.strip("\n") + "\n"),
        (BANNER + RUNNING, UNKNOWN, ""),
        (BANNER, UNKNOWN, ""),
        ("", UNKNOWN, ""),
        (ENDED.replace("s    ✗", "a [x] (1)  ✗"), FinalCounts(8, 3), ""),
        ("printed by a script\n", UNKNOWN, "printed by a script\n"),
        ("x" * 300_000 + ENDED, FinalCounts(8, 3), "x" * (256 * 1024 - len(ENDED.encode())) + "\n"),
        (BANNER[:50], UNKNOWN, ""),
        (BANNER + ENDED[:40], UNKNOWN, ""),
    ],
)
def test_final_counts_are_read_and_other_output_becomes_part_of_the_log(
    folder: RunFolder, output: str, counts: FinalCounts, rest: str
) -> None:
    folder.console_log.write_text("log\n")
    folder.progress_log.write_text(output)
    assert progress.finish(folder) == counts
    assert folder.console_log.read_text() == "log\n" + rest
    assert not folder.progress_log.exists()


def test_a_folder_without_output_has_no_counts(folder: RunFolder) -> None:
    assert progress.finish(folder) == UNKNOWN


def test_a_large_file_is_emptied(folder: RunFolder) -> None:
    folder.progress_log.write_text(RUNNING)
    progress.limit(folder)
    assert folder.progress_log.stat().st_size > 0
    folder.progress_log.write_bytes(b"x" * (1024 * 1024 + 1))
    progress.limit(folder)
    assert folder.progress_log.stat().st_size == 0
