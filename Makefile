# One file that sets everything up: `make demo` and `make test` need only Python 3.11+ and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
LEDGER ?=
export PYTHONUNBUFFERED := 1

.PHONY: help demo test check unit fabric bench lock clean

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Provenance needs Python 3.11 or newer; set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "==> creating the virtual environment and installing pinned dependencies (about a minute)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "==> installing what the tests need (about a minute)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## run the product's whole job, then serve it (ARGS="--once --json", LEDGER=fabric)
	@$(BIN)/provenance demo $(if $(LEDGER),--ledger $(LEDGER)) $(ARGS)

test: check unit ## check style, types and import rules, then run every test
	@echo "==> all checks and tests passed" >&2

check: $(VENV)/.dev ## style, format, types and import rules
	@echo "==> ruff" >&2; $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "==> mypy --strict" >&2; $(BIN)/mypy
	@echo "==> import rules" >&2; $(BIN)/lint-imports --no-cache > $(VENV)/imports.log || { cat $(VENV)/imports.log >&2; exit 1; }

unit: $(VENV)/.dev fabric ## the tests alone (ARGS="tests/domain -k travel")
	@echo "==> tests" >&2; $(BIN)/python -m pytest $(ARGS)

fabric: $(VENV)/.runtime ## find or build Hyperledger Fabric's executables (once, about three minutes)
	@echo "==> Hyperledger Fabric" >&2; $(BIN)/python -m network build >&2 \
		|| echo "==> no Fabric here: the tests say aloud what they leave out" >&2

bench: $(VENV)/.dev ## measure speed, one JSON line a figure (ARGS="verdict --full")
	@$(BIN)/python -m tests.benchmarks $(ARGS)

lock: ## pin the newest compatible versions, with hashes (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--upgrade pyproject.toml --group build -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--upgrade pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean: ## remove the virtual environment and caches, never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
