# What people run: make demo, make test.  Everything is installed into .venv and into nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VERSIONS := 3.10 3.11 3.12 3.13
PIP_FLAGS := --quiet --disable-pip-version-check

.PHONY: help demo test lint types verifytypes layers suite js voice test-all soak bench clean

help:
	@echo "make demo      speak to the model (or, without a key, to an emulator) and hear the answer"
	@echo "make test      lint, types, layers and the whole suite with its coverage gate"
	@echo "make test-all  the suite on every Python from 3.10 to 3.13 that pyenv has"
	@echo "make verifytypes  pyright's view of an installed copy: every public type is known"
	@echo "make voice     let the emulator hear words and speak them (pocketsphinx, espeak-ng); then make demo"
	@echo "make js        install Google's JavaScript client, so that the emulator's tests run it, too"
	@echo "make soak      drops, go-aways, outages and a day of them against the emulator; two minutes"
	@echo "make bench     what a session costs, beside a hand-written loop and google-genai; some twelve minutes"
	@echo "make clean     remove what these made"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_FLAGS) --upgrade pip

$(VENV)/demo.stamp: setup.cfg setup.py | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[emulator]'
	touch $@

$(VENV)/test.stamp: setup.cfg setup.py | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[emulator,test,lint]'
	touch $@ $(VENV)/demo.stamp

$(VENV)/bench.stamp: setup.cfg setup.py | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[bench]'
	touch $@

demo: $(VENV)/demo.stamp
	$(BIN)/python -m gemini_live demo $(ARGS)

test: lint types layers suite

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

# Apart from the others because pyright fetches itself from npm: the types of an installed copy, complete to the last.
verifytypes: $(BIN)/python
	$(BIN)/python -m venv $(VENV)/installed
	$(VENV)/installed/bin/python -m pip install $(PIP_FLAGS) . pyright
	cd $(VENV)/installed && PATH="$$PWD/bin:$$PATH" bin/pyright --verifytypes gemini_live --ignoreexternal

layers: $(VENV)/test.stamp
	$(BIN)/lint-imports

suite: $(VENV)/test.stamp
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --cov --cov-report term $(ARGS)

# Apart from the others because of its size: with it the emulator hears and speaks, in the demo and in its tests.
voice: $(VENV)/demo.stamp
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[offline-voice]'

# Apart from the others because it needs node and npm: Google's own client in JavaScript, for the emulator's tests.
js:
	cd tests/emulator/js && npm install --no-audit --no-fund --no-package-lock --loglevel=error

test-all:
	@set -e; for version in $(VERSIONS); do \
		python=$$(ls -d "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python 2>/dev/null | tail -n 1); \
		if [ -z "$$python" ]; then echo "Python $$version: pyenv has none, skipped"; continue; fi; \
		echo "Python $$version: $$python"; \
		venv=.venv-$$version; \
		[ -x $$venv/bin/python ] || "$$python" -m venv $$venv; \
		$$venv/bin/python -m pip install $(PIP_FLAGS) --upgrade pip; \
		$$venv/bin/python -m pip install $(PIP_FLAGS) --editable '.[emulator,test]'; \
		$$venv/bin/python -m pytest -q --numprocesses auto $(ARGS); \
	done

soak: $(VENV)/demo.stamp
	$(BIN)/python -m benchmarks.soak $(ARGS)

# The figures are only as good as the machine is quiet: ARGS="--only send-3200 --rounds 9" for one of them, better.
bench: $(VENV)/bench.stamp
	$(BIN)/python -m benchmarks.speed $(ARGS)

clean:
	rm -rf $(VENV) $(foreach version,$(VERSIONS),.venv-$(version)) build dist *.egg-info .coverage .coverage.*
