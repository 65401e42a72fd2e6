# Support Copilot. `make run` starts the product, `make test` proves it; `make help` lists the rest.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
TEST_PROCESSES ?= 3
PIP_FLAGS := --quiet --disable-pip-version-check
export OMP_NUM_THREADS ?= 1
# A machine may forbid Python to keep what it has compiled; each process then compiles all of the program anew.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup web model run collected test chaos lint format types check bench screenshots openapi migration clean

help: ## List what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(BIN)/python:
	@echo "1/5 virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# Stamps say what has been done, so that an interrupted set-up goes on where it stopped.
$(VENV)/.torch: | $(BIN)/python
	@echo "2/5 torch (first, so that nothing else chooses a larger build)"
	@$(BIN)/pip install $(PIP_FLAGS) --no-compile -c requirements/lock.txt $(TORCH)
	@touch $@

$(VENV)/.packages: requirements/lock.txt pyproject.toml $(VENV)/.torch
	@echo "3/5 pinned packages"
	@$(BIN)/python scripts/install.py
	@touch $@

# The last two steps say themselves what they do, since `make web` and `copilot serve` may have nothing to do.
setup run test: export MAKE_STEPS = 5

define prepare
@$(MAKE) --no-print-directory -j3 $(1)
endef

setup: $(VENV)/.packages ## Virtual environment, pinned packages, the console, the embedding model; the command is .venv/bin/copilot
	$(call prepare,web model)

web: $(VENV)/.packages ## Build the console and the widget where they are older than their sources
	@$(BIN)/python scripts/build_web.py

model: $(VENV)/.packages ## Compile the embedding model for serving where that has not been done
	@$(BIN)/copilot models prepare

# glibc asks Linux for large pages then: a question is encoded in 3 to 12% less time (docs/benchmarks.md).
run: export GLIBC_TUNABLES ?= glibc.malloc.hugetlb=1
run: web ## Start the product with demo data at http://127.0.0.1:8000
	@$(BIN)/copilot serve --demo

# Once before: else each process of the tests compiles all of them, while here a core has time. What is wrong
# with them the tests say.
collected: $(VENV)/.packages ## Compile all tests, and run none
	@$(BIN)/pytest -q --collect-only > /dev/null || true

test: $(VENV)/.packages ## All tests, with a real PostgreSQL, Redis and Celery worker
	$(call prepare,web model collected)
	@$(BIN)/pytest -q -n $(TEST_PROCESSES) --dist worksteal

lint: $(VENV)/.packages ## ruff, and the layers of the architecture
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

format: $(VENV)/.packages ## Format the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: web ## mypy and tsc, strict
	@$(BIN)/mypy
	@$(BIN)/python scripts/build_web.py check

check: lint types ## All checks that need no server

chaos: setup ## kill -9 ten times while 200 tickets are in flight, in both modes; figures go to var/chaos.jsonl
	@COPILOT_CHAOS=full $(BIN)/pytest -q --timeout 1800 tests/journeys/test_kill.py

bench: setup ## Figures of this machine, one JSON line each
	@$(BIN)/copilot bench

screenshots: setup ## Pictures of every screen for docs/tour.md (needs Chromium)
	@$(BIN)/python scripts/screenshots.py

openapi: $(VENV)/.packages ## Write openapi.json from the code
	@$(BIN)/copilot openapi > openapi.json.new && mv openapi.json.new openapi.json

migration: $(VENV)/.packages ## Write a migration from changed tables: make migration name="what changes"
	@$(BIN)/alembic revision --autogenerate -m "$(name)"

clean: ## Remove the virtual environment and caches; data in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info build dist
