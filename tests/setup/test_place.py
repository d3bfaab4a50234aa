from __future__ import annotations

from pathlib import Path

from dashboard.setup.place import Place, files_below, fingerprint, swap_in


def test_a_stamp_is_what_was_written_and_nothing_once_cleared(place: Place) -> None:
    stamp = place.stamp("step")
    assert stamp.read() == ""
    stamp.write("abc")
    assert stamp.read() == "abc"
    stamp.clear()
    assert stamp.read() == ""


def test_a_fingerprint_follows_content_and_borders(tmp_path: Path) -> None:
    file = tmp_path / "file"
    missing = fingerprint(file)
    file.write_text("ab")
    assert fingerprint(file) == fingerprint("ab") != missing
    assert fingerprint("a", "b") != fingerprint("ab", "")


def test_files_below_leaves_folders_out(tmp_path: Path) -> None:
    for name in ("b/x", "a/y", "node_modules/z"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path, leave_out=["node_modules"])]
    assert found == ["a/y", "b/x"]


def test_a_finished_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    swap_in(tmp_path / "new", tmp_path / "place")
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_the_environment_goes_before_the_env_file(place: Place) -> None:
    (place.root / ".env").write_text(
        "DATA_DIR=from-file\nK6_BIN='/a b/k6' \n#DASHBOARD_PORT=1\nAUTH=x # why\n"
    )
    place = Place(place.root, {"DATA_DIR": "from-environment"})
    assert place.setting("DATA_DIR") == "from-environment"
    assert place.setting("K6_BIN") == "/a b/k6"
    assert place.setting("DASHBOARD_PORT") == ""
    assert place.setting("AUTH") == "x"
