from __future__ import annotations

from pathlib import Path

from dashboard.setup.checkout import Checkout, files_below, fingerprint, replace_folder


def test_a_stamp_keeps_its_text_until_it_is_cleared(checkout: Checkout) -> None:
    stamp = checkout.stamp("step")
    assert stamp.read() == ""
    stamp.write("abc")
    assert stamp.read() == "abc"
    stamp.clear()
    assert stamp.read() == ""


def test_a_fingerprint_depends_on_content_and_boundaries(tmp_path: Path) -> None:
    file = tmp_path / "file"
    missing = fingerprint(file)
    file.write_text("ab")
    assert fingerprint(file) == fingerprint("ab") != missing
    assert fingerprint("a", "b") != fingerprint("ab", "")


def test_files_below_skips_excluded_folders(tmp_path: Path) -> None:
    for name in ("b/x", "a/y", "node_modules/z"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path, exclude=["node_modules"])]
    assert found == ["a/y", "b/x"]


def test_a_finished_folder_replaces_the_old_one(tmp_path: Path) -> None:
    for name in ("new", "checkout"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace_folder(tmp_path / "new", tmp_path / "checkout")
    assert [path.name for path in (tmp_path / "checkout").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["checkout"]


def test_the_environment_takes_precedence_over_the_env_file(checkout: Checkout) -> None:
    (checkout.root / ".env").write_text(
        "DATA_DIR=from-file\nK6_BIN='/a b/k6' \n#DASHBOARD_PORT=1\nAUTH=x # why\n"
    )
    checkout = Checkout(checkout.root, {"DATA_DIR": "from-environment"})
    assert checkout.setting("DATA_DIR") == "from-environment"
    assert checkout.setting("K6_BIN") == "/a b/k6"
    assert checkout.setting("DASHBOARD_PORT") == ""
    assert checkout.setting("AUTH") == "x"
