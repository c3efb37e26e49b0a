# What a person types here: `make demo` to see it, `make test` to prove it.

PYTHON ?= $(shell for p in python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.requirements-are-in
# Python keeps its bytecode, whatever the shell says: without it each process starts half a second later.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test lint format bench fuzz trials lock chromium nginx clean

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## .venv with everything of requirements.lock, by hash

$(READY): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (PYTHON=/path/to/python make setup)"; exit 1; }
	@echo "Installing into .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	@touch $@

demo: setup ## the control room at work, with simulated reports
	@$(BIN)/python run.py demo

test: setup lint chromium nginx ## lint, then all tests on all cores, the browser's and the proxy's too; ARGS="-n 0 -k hub" for some, --shuffle 7 for another order
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

lint: setup ## ruff, mypy --strict, the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

format: setup ## the one way of writing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup chromium nginx ## measure against the machine's own limit; ARGS=--quick for a short look
	$(BIN)/python -m tests.bench $(ARGS)

fuzz: setup ## look for inputs that break a parser, ten minutes; ARGS="--minutes 60 photo" for another time, some of them
	$(BIN)/python -m tests.fuzz $(ARGS)

trials: setup ## break it for real, again and again: kills, power cuts, silent stores, full disks; a soak; a thousand sequences of commands; ARGS="--minutes 5 soak"
	$(BIN)/python -m tests.trials $(ARGS)

lock: ## a new requirements.lock from pyproject.toml
	@$(PYTHON) -m venv var/lock-venv
	@var/lock-venv/bin/python -m pip install -qq --disable-pip-version-check uv
	var/lock-venv/bin/uv pip compile -q --upgrade --group run --group test --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
	@rm -rf var/lock-venv

chromium: ## Debian's browser, the one without windows where there is one, for the tests on the walls
	@command -v chromium-headless-shell > /dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "Installing chromium-headless-shell"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium-headless-shell > /dev/null && exit 0; \
	fi; \
	command -v chromium > /dev/null && exit 0; \
	echo "The browser tests need chromium: apt-get install chromium-headless-shell (as root)"; exit 1

nginx: ## Debian's proxy, for the tests on slow clients
	@PATH="$$PATH:/usr/sbin" command -v nginx > /dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "Installing nginx"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends nginx > /dev/null; \
	else \
	  echo "The tests of the proxy need nginx: apt-get install nginx (as root)"; exit 1; \
	fi

clean: ## away with .venv and the tools' caches (var/ stays: it is the store)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
