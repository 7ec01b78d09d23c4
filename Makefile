# Everything runs inside .venv; nothing on the machine is changed. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
TEST_ARGS ?=
# Networks that inspect TLS bring their own certificate authority: pip finds it in the system's store, uv when told.
export UV_SYSTEM_CERTS ?= true
# Tests start Tepat again and again: each start would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-long check bench lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: $(VENV)/.demo ## an office in a box: terminals, punches, scores, page (ARGS=--once ends by itself)
	@$(BIN)/tepat demo $(ARGS)

test: $(VENV)/.dev ## all tests that fit into five minutes
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not long" $(TEST_ARGS)

test-long: $(VENV)/.fuzz ## the longer tests, and all properties on more examples
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "long or hypothesis" --hypothesis-profile=full $(TEST_ARGS)

check: $(VENV)/.dev ## linter, formatter, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev ## measure speed as ratios, one JSON object a line (ARGS=NAME runs one)
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(VENV)/.build ## resolve the dependencies of pyproject.toml anew
	sh ./.setup/lock.sh $(BIN)/uv

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The set-up. pyzk is a source package, so its build tools are locked too and installed first.
$(VENV)/.build: requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Tepat needs Python 3.11 or newer as '$(PYTHON)'. Install it (Debian, Ubuntu: apt install python3) or name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. Install it (Debian, Ubuntu: apt install python3-venv), then run make again." >&2; exit 1; }
	@echo "Setting up $(VENV) …" >&2
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	@touch $@

$(VENV)/.demo: $(VENV)/.build requirements-demo.lock Makefile
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --require-hashes -r requirements-demo.lock
	@sh ./.setup/command.sh $(VENV)
	@touch $@

$(VENV)/.dev: $(VENV)/.build requirements-dev.lock Makefile
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --require-hashes -r requirements-dev.lock
	@sh ./.setup/command.sh $(VENV)
	@touch $@

$(VENV)/.fuzz: $(VENV)/.dev requirements-fuzz.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --only-binary :all: --require-hashes -r requirements-fuzz.lock \
	  || echo "atheris has no wheel for this machine, or could not be fetched: nothing is fuzzed." >&2
	@touch $@
