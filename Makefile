# The targets are: setup, demo, demo-g1, ui, test, check, bench.
PYTHON ?= python3
MOTION_HOME ?= $(CURDIR)/.motion
export MOTION_HOME

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo demo-g1 ui test check bench

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
	  "Python 3.11 to 3.13 is needed, $(PYTHON) is %d.%d; name another: make setup PYTHON=python3.12" % v)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo 'installing the pinned dependencies into .venv'
	@$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/motion run microduck_walk

demo-g1: $(STAMP)
	@$(BIN)/motion run demo_g1

ui: $(STAMP)
	@$(BIN)/motion ui

test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not benchmark'

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(STAMP)
	$(BIN)/python -m pytest tests/benchmarks -m benchmark -s
