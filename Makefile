# Two commands do everything: `make serve` shows the bot at work, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= config.example.yaml

.PHONY: serve test lint types floors suite bench long docs lock starter clean

serve: $(VENV)/.run ## log in to the built-in sandbox and answer
	$(BIN)/ruleswx serve $(CONFIG)

test: lint types floors suite ## everything a change must pass

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

floors: $(VENV)/.dev
	$(BIN)/lint-imports

suite: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --dist worksteal

bench: $(VENV)/.dev ## every figure beside its target, in one run of some minutes; fails when one is missed
	$(BIN)/python -m benchmarks

SEED ?= 1
long: $(VENV)/.dev ## fuzz, kills, a thousand edits and the full agreement of the index; half an hour, repeatable by SEED
	$(BIN)/python -m tests.protocol.fuzz --seed $(SEED) --count 1000000
	$(BIN)/python -m benchmarks.kills --seed $(SEED)
	$(BIN)/python -m tests.long.edits --seed $(SEED)
	$(BIN)/python -m benchmarks.agree --seed $(SEED)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ruleswx needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# A stamp a requirements file: the second run installs nothing.
$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

lock: ## make the locked requirements anew from pyproject.toml (needs uv)
	uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--extra cn --group build -o requirements.txt pyproject.toml
	uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--extra cn --group build --group dev -o requirements-dev.txt pyproject.toml

docs: $(VENV)/.dev ## write the reference anew from the grammar
	$(BIN)/python tools/make_reference.py

starter: ## copy the example at the top into the package, from where `ruleswx init` takes it
	rm -rf ruleswx/starter && mkdir ruleswx/starter
	cp -r rules templates files config.example.yaml ruleswx/starter/

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
