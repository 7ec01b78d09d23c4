#!/bin/sh
# Writes the five lock files from pyproject.toml with the uv given as $1. They carry hashes and name no registry.
set -eu
uv="$1"
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"
}
compile --all-extras pyproject.toml --output-file requirements-dev.lock
compile --extra demo pyproject.toml --constraints requirements-dev.lock --output-file requirements-demo.lock
compile pyproject.toml --constraints requirements-dev.lock --output-file requirements.lock
compile --group fuzz --output-file requirements-fuzz.lock
printf 'uv\nsetuptools\nwheel\n' | compile - --output-file requirements-build.lock
