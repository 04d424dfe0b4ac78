# Everything a newcomer types. `make help` explains; scripts/ does the work so that paths with spaces are safe.
PYTHON ?= python3
VPY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test check bench attack crash setup lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: ## make .venv, install the locked packages, build the front-end assets, install system libraries where allowed
	@$(PYTHON) scripts/setup.py

run: setup ## set up, then run the demonstration study on this machine (troth demo)
	@$(VPY) -m troth demo

test: setup ## set up, then run every test: pure, SQLite, PostgreSQL, browser (ceiling: 25 minutes on 2 cores)
	@$(VPY) scripts/test.py all

check: setup ## lint, types, import contracts and the tests that need no vault and no process (2 min 16 s on 2 cores)
	@$(VPY) scripts/test.py check

bench: setup ## CPU per request, answers and letters a second, each side by side with its floor in one run
	@$(VPY) scripts/bench.py
	@$(VPY) scripts/bench_letters.py

attack: setup ## rehearsals of 1,000 people over 30 seeds; every attack on each, guesses pooled (long)
	@$(VPY) scripts/attack.py

crash: setup ## kill -9 of everything that runs, 200 times, on SQLite and PostgreSQL: nothing acknowledged is lost
	@$(VPY) scripts/crash.py

lock: setup ## make requirements.lock again from pyproject.toml, with hashes
	@$(VPY) scripts/lock.py

clean: ## remove everything that setup and the tests made
	@rm -rf .venv node_modules build var src/troth/web/static .mypy_cache .ruff_cache .pytest_cache .hypothesis
