# The two commands a newcomer needs are `make start` and `make test`; `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help start stop test lint bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: .venv/installed ## Run the whole platform once over the bundled API, down to a report
	@$(BIN)/minidata demo $(ARGS)

stop: .venv/installed ## Take the platform down; its data is kept
	@$(BIN)/minidata down

test: .venv/dev ## Run the whole test suite: format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto

lint: .venv/dev ## Mend what the formatter and the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv-bench/installed .venv-bench-dbt/installed ## Measure against peers, as ratios (minutes; ARGS=ingest, BENCH_ORDERS=500000)
	@.venv-bench/bin/python -m bench $(ARGS)

clean: ## Remove the environment; projects and their data stay
	rm -rf .venv .venv-bench .venv-bench-dbt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "minidata needs Python 3.11 or newer")'
	@$(PYTHON) -m venv .venv

# Editable, so that a change in src/ is there at once; made again when what it needs has changed.
.venv/installed: pyproject.toml | .venv/bin/python
	@echo "installing minidata into .venv (a minute, the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/dev: pyproject.toml | .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

# The peers have dependencies of their own, so they live apart.
.venv-bench/installed: pyproject.toml
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group bench
	@touch $@

.venv-bench-dbt/installed:
	@$(PYTHON) -m venv .venv-bench-dbt
	@.venv-bench-dbt/bin/python -m pip install --quiet --disable-pip-version-check 'dbt-core<1.12' 'dbt-postgres<1.11'
	@touch $@
