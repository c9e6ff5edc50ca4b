# Headrace. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEER_READY := .peer/.ready
EARLIER := 3.4 3.5 3.6 3.7
LOWEST_READY := .lowest/.ready
DOCS_READY := $(VENV)/.docs-ready

# The pipeline that `make run` runs.
MAIN_JOB ?= examples/weather/main.py

# Folders whose code is held to the format and the lint.
CODE := src tests benchmarks $(wildcard examples)

# `make repeat`: how often, beside how many loops that keep a processor busy, and after how many seconds a run hangs.
TIMES ?= 50
BUSY ?= 0
BOUND ?= 900
CONCURRENT := submit map futures threads asynchronous process_pool graphs
TESTS ?= $(CONCURRENT:%=tests/acceptance/test_%.py)

# The acceptance tests that `make test` also runs with a server; `make acceptance-over-http` runs all of them so.
OVER_HTTP_SAMPLE := $(patsubst %,tests/acceptance/test_%.py,subflows logs retries cancellation)

# `make test` runs files of tests side by side; what a file sets up, it sets up once.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile

# What the newest dependencies say in words of their own, and what does not depend on them.
OF_THE_NEWEST := --ignore=tests/architecture --ignore=tests/typing --ignore=tests/cli/test_situations.py \
	--deselect=tests/compat/test_compatibility.py::test_the_page_says_what_is_so
# With SHORT=1, `make test-lowest` looks whether all can be imported, and runs a server.
ON_LOWEST := $(if $(SHORT),tests/unit tests/api/test_document.py tests/api/test_server_process.py)

# SHORT=1 leaves out the long faults.
FAULTS := $(if $(SHORT),faults and not long,faults)

# Without byte code every process compiles the whole package at its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test test-all acceptance-over-http test-lowest repeat check format lint types layers unit bench faults mutants peer peer-versions docs wheel snapshot golden compatibility clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Headrace needs Python 3.11 or later; PYTHON=... names another interpreter than $(PYTHON)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[postgres,validation]' --group dev --group fuzz
	@touch $@

install: $(READY) ## create .venv and install Headrace with its tools

run: $(READY) ## run the main job: a pipeline on real data
	$(BIN)/python $(MAIN_JOB)

test: $(READY) ## run the fast rings of tests
	$(BIN)/python -m pytest -m 'not slow and not faults and not peer' $(SIDE_BY_SIDE)
	ACCEPTANCE_OVER=http $(BIN)/python -m pytest $(OVER_HTTP_SAMPLE) $(SIDE_BY_SIDE)

test-all: $(READY) $(PEER_READY) ## run every test: the fast rings, the slow ones, faults and the peer
	$(BIN)/python -m pytest -m 'not faults and not peer' $(SIDE_BY_SIDE)
	$(MAKE) acceptance-over-http
	$(BIN)/python -m pytest -m 'faults or peer'

acceptance-over-http: $(READY) ## run the acceptance tests with a server that their runs report to
	ACCEPTANCE_OVER=http $(BIN)/python -m pytest tests/acceptance -m 'not slow' $(SIDE_BY_SIDE)

repeat: $(READY) ## run tests many times; one that hangs tells its stacks (TIMES=50 BUSY=1 BOUND=900 TESTS='FILE...')
	$(BIN)/python -m tests.support.repeat --times $(TIMES) --busy $(BUSY) --bound $(BOUND) $(TESTS)

check: format lint types layers unit ## check format, lint, types, layers and budgets, and the unit ring

format: $(READY)
	$(BIN)/ruff format --check --quiet $(CODE) || { $(BIN)/ruff format --diff --quiet $(CODE); exit 1; }

lint: $(READY)
	$(BIN)/ruff check --quiet $(CODE)

types: $(READY)
	$(BIN)/pyright

layers: $(READY)
	$(BIN)/python -m pytest tests/architecture/test_layers.py tests/architecture/test_budgets.py

unit: $(READY)
	$(BIN)/python -m pytest tests/unit

bench: $(READY) ## measure the budgets, beside the peer where .peer is there (BENCH='--quick --json FILE ROW...')
	$(BIN)/python -m benchmarks $(BENCH)

faults: $(READY) ## kill, cut and starve it (SHORT=1: the quick selection; NEMESIS_SEED=1: that round again, alone)
	$(BIN)/python -m pytest -m '$(FAULTS)' $(if $(NEMESIS_SEED),tests/faults/test_nemesis.py)

mutants: $(READY) ## plant mistakes in copies of the package, and see that the faults notice each
	$(BIN)/python -m pytest tests/faults/test_mutants.py

peer: $(READY) $(PEER_READY) ## run the same scripts under Headrace and under the peer, and compare (SHORT=1: the quick selection)
	$(BIN)/python -m pytest tests/peer $(if $(SHORT),-m 'not long')

$(PEER_READY): tests/peer/requirements.txt
	test -x .peer/bin/python || $(PYTHON) -m venv .peer
	.peer/bin/python -m pip install --quiet --requirement tests/peer/requirements.txt
	@touch $@

peer-versions: ## install earlier versions of the peer's client, which `make peer` then tries as well
	for version in $(EARLIER); do \
		test -x .peer-versions/$$version/bin/python || $(PYTHON) -m venv .peer-versions/$$version; \
		.peer-versions/$$version/bin/python -m pip install --quiet "prefect~=$$version.0" || exit 1; \
	done

test-lowest: $(LOWEST_READY) ## run the fast rings on the oldest dependencies that pyproject.toml admits (SHORT=1: a few)
	.lowest/bin/python -m pytest -m 'not slow and not faults and not peer' $(OF_THE_NEWEST) $(SIDE_BY_SIDE) $(ON_LOWEST)

$(LOWEST_READY): pyproject.toml tests/support/lowest.py
	rm -rf .lowest
	$(PYTHON) -m venv .lowest
	.lowest/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.lowest/bin/python tests/support/lowest.py > .lowest/constraints.txt
	.lowest/bin/python -m pip install --quiet --editable '.[postgres,validation]' --group dev --constraint .lowest/constraints.txt
	@touch $@

docs: $(DOCS_READY) ## build the pages of docs/ into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "open build/site/index.html"

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@

wheel: $(READY) ## build the wheel into dist/, and try it under each Python there is
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(BIN)/python -m pytest tests/docs/test_wheel.py

snapshot: $(READY) compatibility ## write the public surface down anew, after a change that is meant
	$(BIN)/python -m tests.architecture.surface

golden: $(READY) ## write down anew what users see on their terminal (tests/cli/golden)
	$(BIN)/python -m tests.cli.situations

compatibility: $(READY) ## write docs/compatibility.md anew: what is same, different and absent
	$(BIN)/python -m tests.compat.compatibility

clean: ## remove environments, caches and byte code
	rm -rf $(VENV) .peer .lowest .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
