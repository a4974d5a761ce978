# Everything sets itself up: a machine needs make and Python 3.11 or later with its venv module, nothing else.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
PINS := pyproject.toml constraints.txt
PEERS := titiler-application uvicorn httptools simplejpeg isal mercantile shapely pillow obstore

DATA ?= demo-data
PORT ?= 8000
RASTER ?=
FAULTS ?= 30
KILLS ?= 8
COUNT ?= 300
SEED ?= 1
QUICK ?=
PARTS ?=
# Two at once, each file in one process; in the order of the folders: pytest-xdist would have files of few tests, the
# longest among them, come last, where the other process has nothing left to do.
TWO := -n 2 --dist loadfile --no-loadscope-reorder
MINUTES ?=
COVERED := tests/metering tests/links tests/accounts

# Tests start hundreds of processes: without its cache, each of them compiles the whole service first.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test check clients coverage docs release soak soak-security fuzz-rasters bench clean

help: ## List what can be made
	@echo "make TARGET, where TARGET is"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

venv: $(VENV)/dev.stamp ## Install the service with all that developing it needs into .venv

demo: $(VENV)/runtime.stamp ## Run a service with shared rasters; DATA=folder PORT=number RASTER="a.tif b.tif"
	@exec $(BIN)/tilegate demo --data '$(DATA)' --port '$(PORT)' $(RASTER)

test: $(VENV)/dev.stamp ## Run the tests
	$(BIN)/python -m pytest $(TWO) --durations 10 --durations-min 5

check: $(VENV)/dev.stamp ## Check style, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict -p service -p tiling
	MYPYPATH=clients/python $(BIN)/mypy --strict -p tilegate_client
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r service tiling
	$(BIN)/python -m tests.rules

clients: $(VENV)/dev.stamp ## Write what the command line and the clients have from the registry
	$(BIN)/python -m clients.generate

coverage: $(VENV)/dev.stamp ## Tell which lines of the rooms that decide and count no test of theirs runs
	$(BIN)/python -m coverage run -m pytest -q $(COVERED)
	$(BIN)/python -m coverage report

docs: $(VENV)/dev.stamp ## Build the documentation as a site into site/html; a link that leads nowhere ends it
	PYTHONPATH=. $(BIN)/python deploy/documentation.py

release: check ## Build wheel and sdist into dist/, and the notes of this version; uploads nothing
	rm -rf dist
	$(BIN)/python deploy/release.py
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m pytest -q -m '' tests/install

soak: $(VENV)/dev.stamp ## Break the service under load and check what is counted; FAULTS=number SEED=number KILLS=number
	KILLS='$(KILLS)' $(BIN)/python -m pytest $(TWO) -m 'slow and not security'
	$(BIN)/python -m pytest -m slow tests/processes/test_heavy_work.py tests/processes/test_poison_raster.py
	$(BIN)/python -m tests.faults.soak --faults '$(FAULTS)' --seed '$(SEED)'

soak-security: $(VENV)/dev.stamp ## Attack a running service for long, and print what it withstood
	$(BIN)/python -m pytest -m security

fuzz-rasters: $(VENV)/dev.stamp ## Compare drawn rasters with GDAL; COUNT=number SEED=number
	$(BIN)/python -m tests.fuzz_rasters --count '$(COUNT)' --seed '$(SEED)'

bench: $(VENV)/bench.stamp ## Measure beside peers, 20 to 30 minutes; QUICK=1 for under 3; PARTS="random endurance …" MINUTES=number
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(if $(MINUTES),--minutes '$(MINUTES)') $(PARTS)

clean: ## Remove .venv, caches and the demo's data
	rm -rf $(VENV) demo-data dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than the pins when what they name is installed.

$(VENV)/runtime.stamp: $(PINS) | $(VENV)/made.stamp
	@echo "Installing the service into $(VENV); the first time takes a minute or two …"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/dev.stamp: $(PINS) | $(VENV)/made.stamp
	@echo "Installing the service and the developers' tools into $(VENV); the first time takes some minutes …"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $(VENV)/runtime.stamp $@

$(VENV)/bench.stamp: $(PINS) | $(VENV)/dev.stamp
	@echo "Installing the peers to measure against into $(VENV) …"
	@$(PIP) install -c constraints.txt -e '.[dev,bench]'
	@$(BIN)/python -m venv --clear $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip -qq --disable-pip-version-check install -c constraints.txt $(PEERS)
	@touch $@

# An environment whose Python has gone is made anew.
$(VENV)/made.stamp:
	@if ! $(BIN)/python -c '' 2>/dev/null; then \
		python=; \
		for name in python3 python3.14 python3.13 python3.12 python3.11; do \
			if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo "Python 3.11 or later is needed, and none was found: install python3 (Debian, Ubuntu: apt-get install python3 python3-venv)." >&2; \
			exit 1; \
		fi; \
		if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "$$python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)." >&2; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$($$python --version) …"; \
		$$python -m venv --clear $(VENV); \
	fi
	@touch $@
