# Two commands do all the set-up on a machine with Python 3.11 or newer: `make demo`, `make test`.
# The environment lives in .venv/; `make PYTHON=... demo` chooses the Python to build it with.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

SUPPORTED := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	if $$name -c '$(SUPPORTED)' 2>/dev/null; then echo $$name; break; fi; done)
NO_PYTHON = No Python 3.11, 3.12 or 3.13 with venv and pip found: install one, or name it: make PYTHON=PATH

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo test fast explore lint setup clean

help:
	@echo "make demo     audit the invented sample exports and say where the workbook is"
	@echo "make test     all checks: ruff, mypy, every test"
	@echo "make fast     the same without the slow tests"
	@echo "make explore  every test, the properties on new random examples"
	@echo "make lint     ruff and mypy alone"
	@echo "make setup    install what development needs into $(VENV)/"
	@echo "make clean    remove $(VENV)/, caches and the demo's outputs"

demo: $(VENV)/.installed
	$(BIN)/auditor demo --out out/demo

test: lint
	$(BIN)/python -m pytest -n $(WORKERS)

fast: lint
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

explore: $(VENV)/.installed-dev
	EXPLORE=1 $(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(VENV)/.installed-dev

# What was installed is remembered in stamp files, so that a second call has nothing to do.
$(VENV)/.python:
	$(if $(PYTHON),,$(error $(NO_PYTHON)))
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { echo "$(NO_PYTHON)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP_INSTALL) -e ".[dev]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist out/demo *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
