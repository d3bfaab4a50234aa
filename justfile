# `just` lists the recipes. They call the scripts in bin/, which install what is missing.

set positional-arguments

export PATH := justfile_directory() / ".tools/node/bin:" + env("PATH")

_list:
    @just --list --unsorted

# Serve the dashboard on port 5656
serve *options:
    bin/dashboard serve "$@"

# Run 2 users for 30 s to check that the target works
smoke *options:
    bin/dashboard run smoke "$@"

# Ramp up to VUS users, hold, and ramp down
ramp *options:
    bin/dashboard run ramp "$@"

# Run VUS users for hours
soak *options:
    bin/dashboard run soak "$@"

# Increase in steps to twice VUS
stress *options:
    bin/dashboard run stress "$@"

# Jump to five times VUS
spike *options:
    bin/dashboard run spike "$@"

# Start RATE iterations per second, independent of response times
arrival *options:
    bin/dashboard run arrival "$@"

# Run your own stages of users, or of the rate with --unit rate: --stages 30s:10,1m:10,30s:0
custom *options:
    bin/dashboard run custom "$@"

# Start server, demo service and the page from its sources on port 5657 (with hot reload)
dev:
    #!/usr/bin/env bash
    set -euo pipefail
    bin/dashboard setup
    trap 'kill $(jobs -p) 2>/dev/null' EXIT
    bin/dashboard serve --demo &
    npm --prefix dashboard/ui run dev

# Run format, lint, type and page checks, and the tests that need no tools
check:
    bin/test --quick

# Run all checks and tests; with --long also the tests that take minutes
test *selection:
    bin/test "$@"

# Measure the performance table of docs/performance.md
bench *options:
    bin/bench "$@"

# Check everything that a start needs
doctor *options:
    bin/dashboard doctor "$@"

# Install everything and build the page
build:
    bin/dashboard setup

# Write .env.example, docs/settings.md and the help from the settings and the options
docs:
    .venv/bin/python -m dashboard.reference

# Pin the packages of the .in files; `just lock --upgrade` updates them
lock *options:
    #!/usr/bin/env bash
    set -euo pipefail
    uv=$(command -v uv || echo "$PWD/.tools/uv/bin/uv")
    pin() {
        "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
            --custom-compile-command 'just lock' "${@:2}" "$1.in" --output-file "$1.lock"
    }
    for name in requirements requirements-dev tools/locks/uv tools/locks/node tools/locks/go; do pin "$name" "$@"; done
