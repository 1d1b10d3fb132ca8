# Every verb sets up what it needs: only Python >= 3.10, make and git have to be there.
#   make demo    record a real session, replay it without Codex, show both
#   make test    everything a change must pass
#   make record  record the project's own cassettes anew from the real binary
#   make matrix  the suite under every supported SDK and Python
#   make mutate  flip every decision and widen every sandbox that was recorded: is each noticed?
#   make soak    record thrice, replay 50 times, under load, cut off from network and Codex
#   make differential   500 generated sessions with the real server and with the fake, compared;
#                       SESSIONS=2000 more of them, SEED=7 others (or a failure again)
#   make bench   the budgets, as ratios
#   make conformance          the suite against four real versions and the fake: a page of results
#   make defects              every check against every broken server, and every broken client
#   make client-conformance   what every published Python SDK does in the client suite
#   make schemas keep the schema of every published Codex
.DEFAULT_GOAL := test
.PHONY: demo test record mutate differential conformance defects client-conformance matrix soak \
	bench schemas lint types docs clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Where bytecode is not written, each of the many pytest runs inside of tests rewrites every plugin.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	&& { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?=
# Half of the time of many tests is waiting, for processes and for what must not come.
WORKERS ?= $(shell nproc 2>/dev/null | awk '{print 2 * $$1}' | grep . || echo auto)
SESSIONS ?= 500
SEED ?= 1
# The real binaries of older versions, for tests that compare versions: tests/older.py finds them.
OLDER := $(foreach version,0.147.0 0.155.1,.venvs/codex-$(version)/.installed)

# -qq: pip warns about every index line it cannot use; only its errors matter here.
$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python >= 3.10 (with venv) found; say make PYTHON=/path/to/python3"; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input -e '.[dev]'
	@touch $@

.venvs/codex-%/.installed: | $(STAMP)
	@echo "fetching the binary of Codex $*"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps \
		--upgrade --target $(@D) openai-codex-cli-bin==$*
	@touch $@

demo: $(STAMP)
	@$(BIN)/python tools/demo.py

test: lint types $(OLDER)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

record: $(STAMP)
	@$(BIN)/python -m pytest -q --codex-record-mode=rewrite tests/scenarios docs/examples \
		$(PYTEST_ARGS)
	@$(BIN)/pytest-codex conformance --record cassettes/conformance --server "$$($(BIN)/python -c \
		'from pytest_codex.runtime import find_binary; print(find_binary())') app-server"

mutate: $(STAMP)
	@$(BIN)/pytest-codex mutate tests/scenarios docs/examples $(PYTEST_ARGS)

matrix: $(STAMP)
	@$(BIN)/python tools/matrix.py $(MATRIX_ARGS)

soak: $(STAMP)
	@$(BIN)/python tools/soak.py $(SOAK_ARGS)

differential: $(STAMP)
	@$(BIN)/python tools/differential.py --sessions $(SESSIONS) --seed $(SEED) \
		$(DIFFERENTIAL_ARGS)

bench: $(STAMP)
	@$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

schemas: $(STAMP)
	@$(BIN)/python -m tools.schemas

conformance: $(OLDER) .venvs/codex-0.160.1/.installed
	@$(BIN)/python tools/conformance.py $(CONFORMANCE_ARGS)

# The live ones by themselves: their checks wait side by side, and have to wait no longer for others.
defects: export CONFORMANCE_SWEEP := whole
defects: export CONFORMANCE_EVERYTHING := 1
defects: $(STAMP)
	@$(BIN)/python -m pytest -q -n $(WORKERS) tests/pytest_codex/conformance/defects \
		tests/pytest_codex/conformance/clients/test_broken_clients.py -k "not live_defect"
	@$(BIN)/python -m pytest -q tests/pytest_codex/conformance/defects -k live_defect

client-conformance: $(STAMP)
	@$(BIN)/python -m tools.client_conformance $(CLIENT_ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .

types: $(STAMP)
	@$(BIN)/mypy --no-error-summary

docs: $(STAMP)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input -e '.[docs]'
	@$(BIN)/python -m sphinx -q -W -b html docs build/docs
	@echo "build/docs/index.html"

clean:
	@rm -rf $(VENV) .venvs build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
