# `make run` and `make test` are all the set-up a fresh machine needs: each builds .venv from the committed lock.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres test-browser test-clients install install-dev lint types layers migrations bench docs lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run ## Serve the sample workspace; prints its address and how to sign in
	$(BIN)/wellheard demo --port $(PORT)

test: .venv/dev ## All tests but the browser's, on SQLite
	$(BIN)/python -m pytest -q -n auto --dist loadscope tests --ignore=tests/browser $(PYTEST)

test-postgres: .venv/dev ## The same tests on PostgreSQL (DATABASE_URL names it)
	@test -n "$$DATABASE_URL" || { echo "Set DATABASE_URL=postgres://…"; exit 1; }
	$(BIN)/python -m pytest -q -n auto --dist loadscope tests --ignore=tests/browser --ignore=tests/clients

test-browser: .venv/dev ## The browser tests (needs Debian's chromium)
	$(BIN)/python -m pytest -q tests/browser

test-clients: .venv/dev tests/clients/node_modules ## The unchanged client libraries (needs node and chromium)
	WELLHEARD_NEED_CLIENTS=1 $(BIN)/python -m pytest -q tests/clients

tests/clients/node_modules: tests/clients/package.json tests/clients/package-lock.json
	cd tests/clients && npm ci --ignore-scripts --silent
	@touch $@

install: .venv/run ## Build .venv with what serving needs
install-dev: .venv/dev ## Build .venv with what developing needs

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wellheard needs Python 3.11 or newer; name one: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q uv

.venv/run: .venv/bin/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/dev: .venv/bin/uv requirements-dev.lock pyproject.toml
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch .venv/run $@

lint: .venv/dev ## Style of Python and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files -z -- 'wellheard/templates/*.html' | xargs -0r $(BIN)/djade --target-version 5.2 --check

types: .venv/dev ## Static types
	$(BIN)/mypy wellheard

layers: .venv/dev ## The direction of imports
	$(BIN)/lint-imports

migrations: .venv/dev ## Models and migrations agree
	$(BIN)/django-admin makemigrations --settings wellheard.settings --check --dry-run

bench: .venv/dev ## Accuracy and speed, as tables
	for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

docs: .venv/dev ## Check that the docs name every setting, command and endpoint
	$(BIN)/python -m pytest -q tests/test_docs.py

lock: .venv/bin/uv ## Resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --extra postgres --extra meaning --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --extra postgres --extra meaning -c requirements-dev.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean: ## Remove .venv and caches; the data folder stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
