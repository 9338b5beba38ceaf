# Every command works on a fresh checkout: the stamp .venv/.ok makes set-up part of each of them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PYTHONUNBUFFERED := 1
# One numeric thread: the engines, the API and the worker share the cores with the linear algebra.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup demo serve test check format lock sync openapi reference honesty faults browser bench clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ok ## virtual environment and dependencies, once

.venv/.ok: requirements.lock pyproject.toml sdk/pyproject.toml
	@echo "[set-up] virtual environment in .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; '$(PYTHON)' is older. Run: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv \
	  || { echo "The venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@awk '/^[^ #]/{keep=($$0 ~ /^uv==/)} keep' requirements.lock > .venv/uv.txt
	@echo "[set-up] dependencies from requirements.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . -e sdk
	@touch $@

demo: .venv/.ok ## one whole audit, sign-up to publication (SHORT=1, FORM=standard, WORLD=non_ignorable, APPLICATION=name)
	@$(BIN)/python -m service.demo $(if $(SHORT),--short) $(if $(FORM),--form $(FORM)) $(if $(WORLD),--world $(WORLD)) \
	  $(if $(APPLICATION),--application $(APPLICATION))

serve: .venv/.ok ## the whole service on embedded engines until stopped
	@$(BIN)/python -m service serve

test: .venv/.ok ## all tests, in parallel on the cores there are
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: .venv/.ok ## format, lint, types, imports, generated files up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy analytics panels surveys service sdk/src
	$(BIN)/pyright sdk/src
	$(BIN)/lint-imports
	$(BIN)/python sdk/generate_sync.py --check
	$(BIN)/python -m service.api.openapi --check

format: .venv/.ok ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sync: .venv/.ok ## generate the synchronous SDK from the asynchronous one
	$(BIN)/python sdk/generate_sync.py

openapi: .venv/.ok ## write docs/reference/openapi.json from the application
	$(BIN)/python -m service.api.openapi

reference: .venv/.ok ## run the reference cases under CASES (default tests/reference)
	@$(BIN)/python tests/reference/run.py $(or $(CASES),tests/reference)

honesty: .venv/.ok ## the simulation of coverage in both worlds, printed
	@$(BIN)/python -m service.demo.honesty

faults: .venv/.ok ## kill, wipe and race tests, each with a control that must fail
	@$(BIN)/python -m pytest -p no:schemathesis -p no:xdist -o python_files="fault_*.py" tests/faults

browser: .venv/.ok ## the citizen pages in real Chromium: axe, keyboard, no script, 320 px, weight (SHORT=1)
	@tests/browser/ready.sh || { status=$$?; test $$status = 75 && exit 0 || exit $$status; }; \
	SHORT=$(SHORT) $(BIN)/python -m pytest -p no:schemathesis -p no:xdist -o python_files="browser_*.py" tests/browser

var/bench/venv/.ok: .venv/.ok tests/benchmarks/peers.lock
	@echo "[set-up] peers to measure against in var/bench/venv"
	@mkdir -p var/bench
	@test -x var/bench/venv/bin/python || $(PYTHON) -m venv --without-pip var/bench/venv
	@$(BIN)/uv pip sync --quiet --python var/bench/venv/bin/python --require-hashes requirements.lock tests/benchmarks/peers.lock
	@touch $@

bench: var/bench/venv/.ok ## measure beside the peers (AREA=analytics, ONLY=raking, SHORT=1); R is used where it is installed
	@PYTHONPATH=sdk/src OPENBLAS_NUM_THREADS=1 var/bench/venv/bin/python tests/benchmarks/run.py $(AREA) $(if $(SHORT),--short) \
	  $(if $(ONLY),--only $(ONLY))

lock: ## renew requirements.lock (hashes, no addresses)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev \
	  --custom-compile-command "make lock" pyproject.toml sdk/pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes -c requirements.lock \
	  --custom-compile-command "make lock" tests/benchmarks/peers.in -o tests/benchmarks/peers.lock

clean: ## remove what the commands made (not the lock, not the sources)
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
