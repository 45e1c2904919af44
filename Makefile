# Shortcuts around snakemake and pytest; `make` alone lists them. What they need is made by envs/bootstrap.sh.
#   make run CORES=4 ARGS="dataset --configfile mine.yaml"

CORES ?= all
# One process more than processors: some tests wait, for a limit or for a server.
PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
ARGS ?=
# Left out by their marks anyway; every process would load the training packages to find that out.
NOT_COLLECTED = --ignore=tests/train --ignore=tests/rewards --ignore=tests/bench --ignore=tests/slurm
# Files with training tests, for collecting takes the others long; none where ARGS names files.
TRAIN_FILES = $(if $(findstring tests/,$(ARGS)),,$(shell grep -rl --include='test_*.py' 'mark\.train' tests))
# A file's tests stay together, for they share what is expensive to build, and the longest files come first.
PARALLEL = --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHON
# Hundreds of Pythons start in a run: without their byte code each would compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env run cluster check unit test test-all test-train test-slurm test-rewards train bench lint types docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 10

env: .venv/.test ## make .venv with the pinned packages

run: .venv/.base ## make the environment and build everything: CORES=4, ARGS="..." for snakemake
	@envs/bootstrap.sh machine
	@snakemake --cores $(CORES) $(ARGS)

check: .venv/.test ## a minute: unit tests that start no compiler, sandbox or server, style, types
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types unit

unit: .venv/.test
	@python -m pytest --quiet --numprocesses=$(PROCESSES) -m "not slow and not train and not rewards and not bench and not slurm" tests/unit $(ARGS)

test: .venv/.test ## make the environment and run the tests: ARGS="..." for pytest
	@envs/bootstrap.sh machine && envs/bootstrap.sh browser
	@python -m pytest $(PARALLEL) $(NOT_COLLECTED) -m "not slow and not train and not rewards and not bench and not slurm" $(ARGS)

test-all: .venv/.test ## the slow tests as well: kill loops, whole problem sets, large comparisons
	@envs/bootstrap.sh machine && envs/bootstrap.sh browser
	@python -m pytest $(PARALLEL) $(NOT_COLLECTED) -m "not train and not rewards and not bench and not slurm" --hypothesis-profile=thorough $(ARGS)

train: .venv/.train ## make the environment that training and sampling need: 5 GB more, some minutes

cluster: .venv/.cluster ## add what profiles/slurm needs (docs/cluster.md)

test-train: .venv/.test .venv/.train ## the tests that need that environment
	@envs/bootstrap.sh machine
	@python -m pytest $(PARALLEL) -m "train and not slow and not bench" $(TRAIN_FILES) $(ARGS)

test-slurm: .venv/.test .venv/.train .venv/.cluster ## the workflow through a real SLURM on this machine (Debian: slurmctld slurmd slurm-client munge)
	@envs/bootstrap.sh machine
	@python -m pytest -m slurm tests/slurm $(ARGS)

test-rewards: ## the tests with verifiers, Harbor and NeMo Gym, in two environments of their own (Python 3.12 or later)
	@envs/bootstrap.sh machine && envs/bootstrap.sh separate rewards nemo-gym
	@.venv-rewards/bin/python -m pytest -m rewards tests/rewards/test_verifiers.py tests/rewards/test_harbor.py $(ARGS)
	@.venv-nemo-gym/bin/python -m pytest -m rewards tests/rewards/test_nemo_gym.py $(ARGS)

bench: .venv/.test ## measure what the tests marked `bench` measure
	@envs/bootstrap.sh machine
	@python -m pytest -m bench --capture=no $(ARGS)

lint: .venv/.test ## check style, formatting, the direction of imports, generated files and prose
	@ruff check .
	@ruff format --check .
	@snakefmt --check $(wildcard Snakefile rules)
	@lint-imports
	@python scripts/utilities/write_configuration.py --check
	@python scripts/utilities/write_reasons.py --check
	@python scripts/utilities/write_columns.py --check
	@python scripts/utilities/write_environments.py --check
	@python scripts/utilities/check_prose.py

types: .venv/.test ## check types
	@mypy

docs: .venv/.test ## build the documentation site in results/site/html
	@python scripts/utilities/build_site.py

clean: ## delete everything built: results/, .snakemake/ and caches; .venv stays
	rm -rf results .snakemake .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/.base: requirements/base.txt
	@envs/bootstrap.sh env base

.venv/.test: requirements/test.txt .venv/.base
	@envs/bootstrap.sh env base test

.venv/.train: requirements/train.txt .venv/.base
	@envs/bootstrap.sh env base train

.venv/.cluster: requirements/cluster.txt .venv/.base
	@envs/bootstrap.sh env base cluster
