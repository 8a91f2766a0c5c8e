# make run | test | lint | lab: each creates .venv from the hash-pinned lock as needed. README.md says more.
# requirements.lock is what runs ssj, and lies in every archive; requirements-dev.lock adds what tests and lints.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint lab bench lock samples
run: .venv/ready
	$(BIN)/ssj run 2021Q4 --demo

test: .venv/ready-dev
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lab: .venv/ready
	$(BIN)/ssj lab

bench: .venv/ready-dev
	$(BIN)/python benchmarks/round.py

samples: .venv/ready
	$(BIN)/python scripts/make_samples.py

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet pyproject.toml
lock:
	$(LOCK) --all-extras --output-file requirements-dev.lock
	$(LOCK) --extra build --no-annotate --constraint requirements-dev.lock --output-file requirements.lock

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
.venv/ready: requirements.lock pyproject.toml
	@echo "正在按 requirements.lock 安装运行环境（首次约需几分钟）……"
	$(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
