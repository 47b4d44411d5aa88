# `make demo` and `make test` set everything up themselves; a second run finds it done.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# llama.cpp is compiled at install: only the library, on every core.
export CMAKE_ARGS ?= -DLLAVA_BUILD=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_CURL=OFF
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc 2>/dev/null || echo 2)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_PROGRESS_BAR := off

.PHONY: demo test check fix ui setup clean

demo: $(READY)
	$(BIN)/magpie demo

test: check

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ui: $(READY)
	$(BIN)/magpie ui

setup: $(READY)

# torch comes first and alone, so that a CPU build already on the machine is taken instead of the CUDA one.
$(READY): pyproject.toml constraints.txt
	@echo "Setting up $(VENV): about 6 minutes the first time on 2 cores, nothing afterwards."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@echo "1/2 torch"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	@echo "2/2 everything else; llama.cpp is compiled, which takes most of the time"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all,dev]"
	@touch $(READY)

clean:
	rm -rf $(VENV) build dist *.egg-info
