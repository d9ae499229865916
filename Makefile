.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export DO_NOT_TRACK := 1
# two workers, a file to each, in the order of tests/conftest.py; the ten slowest tests at the end
PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 10

help:  ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Shoplake needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is another: make PYTHON=python3.12 setup"; exit 1; }
	@echo "Installing the locked dependencies into .venv (about a minute after the downloads) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

profiles.yml:
	@cp profiles.yml.example profiles.yml

setup: .venv/.ready profiles.yml  ## make .venv and profiles.yml (never overwritten)

demo: setup  ## three days of a simulated shop: events, tables, tests and a report
	@$(BIN)/shoplake demo

lint: setup  ## ruff, mypy, sqlfluff, cfn-lint, hadolint, dbt parse without a warning, dbt-bouncer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models tests analyses
	$(BIN)/cfn-lint ingestion/stack/template.yml
	$(BIN)/hadolint ingestion/image/Dockerfile
	@mkdir -p target/lint && cp profiles.yml.example target/lint/profiles.yml
	$(BIN)/dbt --warn-error --quiet parse --no-partial-parse --profiles-dir target/lint --target-path target/lint
	$(BIN)/dbt-bouncer --config-file dbt-bouncer.yml

test: setup  ## all tests that need only pip; ARGS='--schedules 300' for a longer test of the replay guarantee
	$(BIN)/pytest $(PARALLEL) $(ARGS)

test-athena: setup  ## the project on an emulated Athena, table by table equal to DuckDB (needs Maven, 5 GB of memory; first time 800 MB)
	$(BIN)/pytest tests/athena $(PARALLEL) $(ARGS)

test-conformance: setup  ## dbt-tests-adapter's own test classes against the emulated Athena (needs Maven)
	$(BIN)/pytest tests/conformance $(ARGS)

check: lint test test-athena  ## exactly what CI runs

docs: setup  ## the documentation as one page: site/index.html
	$(BIN)/dbt docs generate --static
	$(BIN)/python -m ingestion.warehouse.docs_site

benchmark: setup  ## time and memory on 25.9 million events (20 minutes, 12 GB of disk)
	$(BIN)/python benchmarks/run.py $(ARGS)

athena-cost: setup  ## bytes and dollars of a first, an hourly and a daily build on Athena, model by model (needs Maven; five minutes)
	$(BIN)/python -m benchmarks.athena_cost $(ARGS)

contract: setup  ## write the event's fields (ingestion/event.py) into the files that repeat them
	@$(BIN)/python -m ingestion.warehouse.event_contract

ARCH ?= arm64
RUNTIME ?= 3.13
package: setup  ## the zips of the Lambda functions in dist/lambda (ARCH=x86_64, RUNTIME=3.12 for others)
	@$(BIN)/python -m ingestion.stack.package --arch $(ARCH) --python $(RUNTIME)

clean:  ## remove everything generated except the lake, the warehouse and profiles.yml
	rm -rf .venv dist site target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help setup demo lint test test-athena test-conformance check docs benchmark athena-cost contract package clean
