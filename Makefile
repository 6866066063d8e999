# Needs only Python 3.11 or newer and make: no root, no services.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

PACKAGES := triage charts bot worker sandbox training benchmarks
VULNERABILITIES := api.osv.dev

.DEFAULT_GOAL := help
.PHONY: help setup-demo setup demo test faults soak check lint-code audit lint-images replay-images format pictures

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup-demo: $(VENV)/demo.installed ## Install the dependencies of the demo, without torch

setup: $(VENV)/dev.installed ## Install the dependencies of tests, checks and training

demo: setup-demo ## Run the demo in a browser: no token, GPU or Redis; PORT=8081, TAXONOMY=file
	@$(BIN)/python -m sandbox --port $(PORT) $(if $(TAXONOMY),--taxonomy $(TAXONOMY))

test: setup ## Run the tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

faults: setup ## Run the fault tests: kills of bot, worker and Redis; SEED=1 repeats a run
	@$(BIN)/python -m pytest -s tests/faults

soak: export REVIEWS ?= 3000
soak: export KILLS ?= 300
soak: export WEBHOOK_REVIEWS ?= 1000
soak: export WEBHOOK_KILLS ?= 100
soak: export MEMORY_REVIEWS ?= 5000
soak: export STRANGERS ?= 40
soak: export UPDATES ?= 100000
soak: export CORRECTIONS ?= 1000
soak: export RACES ?= 1000
soak: export HELD_REPLIES ?= 60
soak: setup ## Run the fault tests in their long form, for hours; REVIEWS=3000 KILLS=300 ...
	@$(BIN)/python -m pytest -s tests/faults

check: setup ## Run formatter, linters, type checker and tests
	@$(MAKE) --no-print-directory lint-code audit lint-images test

lint-code: setup ## Check format, style, types and security of the code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(PACKAGES)

# In a separate virtual environment, so that its dependencies cannot conflict.
audit: ## Check the pinned versions for known vulnerabilities, if the database is reachable
	@if $(PYTHON) -c 'import socket; socket.create_connection(("$(VULNERABILITIES)", 443), 5)' \
		2>/dev/null; then \
		$(PYTHON) -m venv .venv-audit && .venv-audit/bin/python -m pip install --quiet \
			--disable-pip-version-check pip-audit==2.10.1 && \
		.venv-audit/bin/pip-audit --vulnerability-service osv --no-deps --disable-pip \
			--requirement constraints.txt; \
	else echo "pip-audit is skipped: its database at $(VULNERABILITIES) is not reachable"; fi

lint-images: setup ## Check the Dockerfile and Compose files; needs no Docker engine
	@$(BIN)/hadolint Dockerfile
	@sed 's/ !reset//' docker-compose.cpu.yml | $(BIN)/check-jsonschema --quiet \
		--builtin-schema vendor.compose-spec --default-filetype yaml docker-compose.yml \
		docker-compose.webhook.yml -
	@sed 's/ !override//' docker-compose.gpus.yml | $(BIN)/check-jsonschema --quiet \
		--builtin-schema vendor.compose-spec --default-filetype yaml -
	@if command -v npx >/dev/null; then npx --yes --loglevel error dclint@3.1.0 --quiet \
		docker-compose*.yml; else echo "dclint is skipped: npx is not installed"; fi

TARGETS := bot worker-cpu

replay-images: setup ## Run the images' install lines in clean environments; TARGETS="bot worker"
	@$(BIN)/python -m tests.deploy.replay $(TARGETS)

format: setup ## Format the code and fix what the linter can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

schema: setup ## Regenerate docs/taxonomy.schema.json
	@$(BIN)/python -c 'from triage.taxonomy import json_schema; print(json_schema(), end="")' \
		> docs/taxonomy.schema.json

pictures: setup ## Regenerate the pictures of README and docs
	@SCREENSHOTS=docs/pictures $(BIN)/python -m pytest tests/page -k picture

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is required. To choose another: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python's venv module is missing; on Debian: apt install python3-venv"; \
		rm -rf $(VENV); exit 1; }

$(VENV)/demo.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the demo into $(VENV) ..."
	@$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/dev.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing everything into $(VENV) ..."
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/demo.installed
