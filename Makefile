# make run | test | lint | lab: each creates .venv from the hash-pinned lock as needed. README.md says more.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint lab bench lock samples
run: .venv/ready
	$(BIN)/ssj run 2021Q4

test: .venv/ready
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lab: .venv/ready
	$(BIN)/ssj lab

bench: .venv/ready
	$(BIN)/python benchmarks/round.py

samples: .venv/ready
	$(BIN)/python scripts/make_samples.py

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras --no-header \
		--quiet --output-file requirements.lock pyproject.toml

.venv/ready: requirements.lock pyproject.toml
	@echo "正在按 requirements.lock 安装运行环境（首次约需几分钟）……"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
