# Five words: setup, run, test, check, bench. Each calls a script or the CLI; nothing else lives here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Tests start hundreds of processes, and each would compile every module anew where the environment forbids
# bytecode (PYTHONDONTWRITEBYTECODE): a third of a start. It is kept beside the packages, so the tree stays clean.
BYTECODE := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/$(VENV)/bytecode"

.PHONY: setup run test check bench clean

setup: $(READY)  ## install the pinned dependencies and the package into .venv

$(READY): requirements.lock setup.cfg pyproject.toml
	PYTHON="$(PYTHON)" sh scripts/setup.sh $(VENV)

run: $(READY)  ## the main job, live: gateway, sandbox, a thousand people, one message
	@$(BIN)/ums demo $(ARGS)

test: $(READY)  ## every test
	@$(BYTECODE) $(BIN)/pytest -n auto $(ARGS)

check: $(READY)  ## format, lint, types, import contracts
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/check.sh

bench: $(READY)  ## beside others, over HTTP, and how it grows: tables and plots
	@$(BIN)/python -m benchmarks $(ARGS)

clean:  ## forget the virtual environment
	rm -rf $(VENV)
