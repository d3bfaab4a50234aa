# `just` lists the recipes. Every one calls the scripts in bin/, so none of them needs a set-up of its own.

set positional-arguments

export PATH := justfile_directory() / ".tools/node/bin:" + env("PATH")

_list:
    @just --list --unsorted

# Serve the dashboard on port 5656
serve *options:
    bin/dashboard serve "$@"

# 2 users for 30 s: does it work at all?
smoke *options:
    bin/dashboard run smoke "$@"

# From 0 to VUS users, hold, and down again
ramp *options:
    bin/dashboard run ramp "$@"

# VUS users for hours
soak *options:
    bin/dashboard run soak "$@"

# In steps to twice VUS
stress *options:
    bin/dashboard run stress "$@"

# Five times VUS at once
spike *options:
    bin/dashboard run spike "$@"

# RATE iterations a second, whatever the answers take
arrival *options:
    bin/dashboard run arrival "$@"

# A shape of your own: --stages 30s:10,1m:10,30s:0, of users or with --unit rate
custom *options:
    bin/dashboard run custom "$@"

# Server and demo service, and the page from its sources on port 5657 (reloads as you type)
dev:
    #!/usr/bin/env bash
    set -euo pipefail
    bin/dashboard setup
    trap 'kill $(jobs -p) 2>/dev/null' EXIT
    bin/dashboard serve --demo &
    npm --prefix dashboard/ui run dev

# Format, lint, types, the page's checks and the tests that need no tool
check:
    bin/test --quick

# Everything; with --long the tests that take minutes too
test *selection:
    bin/test "$@"

# The performance table of docs/performance.md
bench *options:
    bin/bench "$@"

# Look at everything a start needs
doctor *options:
    bin/dashboard doctor "$@"

# Set up and build the page
build:
    bin/dashboard setup

# Write .env.example and docs/settings.md from the settings
docs:
    .venv/bin/python -m dashboard.reference

# Pin what the .in files ask for, anew with `just lock --upgrade`
lock *options:
    #!/usr/bin/env bash
    set -euo pipefail
    uv=$(command -v uv || echo "$PWD/.tools/uv/bin/uv")
    pin() {
        "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
            --custom-compile-command 'just lock' "${@:2}" "$1.in" --output-file "$1.lock"
    }
    for name in requirements requirements-dev tools/locks/uv tools/locks/node tools/locks/go; do pin "$name" "$@"; done
