# Self-service ML projects on SageMaker, built with Terraform. `make help` explains the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DELETE_ON_ERROR:

VENV := .venv
PYTHON := $(VENV)/bin/python
BOOTSTRAP_PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  command -v $$p >/dev/null && $$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { echo $$p; break; }; done)

# Values of the person's shell that would change what runs here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export CHECKPOINT_DISABLE := 1
# Terraform and its provider read a schema of many megabytes with every command: collecting garbage less often takes a
# quarter off their processor time, for some hundred megabytes of memory.
export GOGC ?= 400

# Where a deployment goes: the AWS account of the shell's credentials, or, after `source .localcloud/env`, the local cloud.
TFVARS ?= service-catalog-setup/terraform.tfvars
RELEASE_DIR := $(if $(AWS_ENDPOINT_URL),build/release-local,build/release)
# Numbered releases (`make release`) and the record of those on offer, which Terraform loads by itself. The local cloud has
# its own of both, because its functions run on this machine's interpreter, and because they have to go when it goes.
AWS_OFFER := service-catalog-setup/releases.auto.tfvars.json
OFFER := $(if $(DEPLOY_STATE),$(DEPLOY_STATE)/releases.tfvars.json,$(AWS_OFFER))
SHELF := --folder $(if $(DEPLOY_STATE),$(DEPLOY_STATE)/releases,releases) --record $(OFFER)

# What runs side by side is shown whole, each when it has ended.
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

-include .tools/terraform.mk

##@ Try it, without an AWS account
.PHONY: demo
demo: $(VENV)/demo.stamp .tools/terraform.stamp ## The whole journey on this machine (KEEP=1 leaves the local cloud running; FOUNDATION=1 puts it into a network, and a database asks the endpoint)
	@$(MAKE) _demo
.PHONY: _demo
_demo:
	@$(PYTHON) -m demo $(if $(KEEP),--keep) $(if $(FOUNDATION),--foundation)

.PHONY: up
up: $(VENV)/demo.stamp .tools/terraform.stamp ## Start the local cloud and keep it running; prints what to try next
	@$(MAKE) _up
.PHONY: _up
_up:
	@$(PYTHON) -m localcloud up

.PHONY: down
down: $(VENV)/demo.stamp ## Stop the local cloud
	@$(PYTHON) -m localcloud down

##@ Develop
.PHONY: test
test: $(VENV)/test.stamp .tools/terraform.stamp ## Unit tests, those of the local cloud and of the packages, the journey (ARGS="-k name" picks some)
	@$(MAKE) _test
.PHONY: _test
_test:
ifdef ARGS
	@$(PYTHON) -m pytest $(ARGS)
else
	@echo "Suites side by side; each is shown when it has ended."
	@$(MAKE) --keep-going -j$(words $(SUITES)) $(SYNC) $(SUITES:%=_test-%)
endif
SUITES := journey localcloud others
CANARIES := journey deployment life products

# With a local cloud of their own: make test-foundation.
OF_THE_FOUNDATION := tests/terraform/foundation/test_alone.py tests/terraform/foundation/test_life.py tests/products

# The local cloud's tests apart, because the unit tests' mock_aws would empty the account that they share. The journey
# apart, because its projects are launched side by side in one local cloud.
.PHONY: _test-journey _test-localcloud _test-others
_test-journey:
	@$(PYTHON) -m pytest tests/journey $(if $(ENFORCE),--enforce-iam)
	@$(if $(ENFORCE),$(PYTHON) -m iam.refused journey)
_test-localcloud:
	@$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/localcloud
_test-others:
	@$(PYTHON) -m pytest -n 3 --dist loadfile --no-loadscope-reorder tests --ignore=tests/localcloud --ignore=tests/journey --ignore=tests/life --ignore=tests/deployment $(OF_THE_FOUNDATION:%=--ignore=%)

.PHONY: test-life
test-life: $(VENV)/test.stamp .tools/terraform.stamp ## Projects' later lives (before a release): upgrades, recoveries, drift, a life of the fault campaign
	@$(MAKE) _test-life
.PHONY: _test-life
_test-life:
	@$(PYTHON) -m pytest tests/life

.PHONY: test-enforced
test-enforced: $(VENV)/test.stamp .tools/terraform.stamp .tools/iam/stamp ## The journey in a local cloud that refuses what IAM would: how often IAM was asked, and what it refused
	@$(MAKE) _test-journey ENFORCE=1

.PHONY: test-deployment
test-deployment: $(VENV)/test.stamp .tools/terraform.stamp ## Approved models on their way to production and back, here and in a second account
	@$(MAKE) _test-deployment
.PHONY: _test-deployment
_test-deployment:
	@$(PYTHON) -m pytest tests/deployment

.PHONY: _test-products
_test-products:
	@$(PYTHON) -m pytest tests/products

.PHONY: test-foundation
test-foundation: $(VENV)/test.stamp .tools/terraform.stamp .tools/iam/stamp ## The foundation's modules, alone and together, and products with Terraform of their own
	@$(MAKE) _test-foundation
.PHONY: _test-foundation
_test-foundation:
	@$(PYTHON) -m pytest tests/terraform/foundation tests/products

.PHONY: check
check: $(VENV)/check.stamp .tools/terraform.stamp .tools/iam/stamp ## What CI runs: format, lint, types, Terraform, CloudFormation, security, tests, permissions, secrets
	@$(MAKE) _checks
	@$(MAKE) test
	@$(MAKE) _iam
	@$(MAKE) _canary

.PHONY: lint
lint: $(VENV)/check.stamp .tools/terraform.stamp ## Everything of `make check` but the tests
	@$(MAKE) _checks
.PHONY: _checks
_checks: .tools/security/stamp
	@$(MAKE) --keep-going -j2 $(SYNC) _terraform _lint _security _cloudformation _posture

PY_ROOMS := bench canary chaos demo hostile iam lambdas localcloud posture projects release toolchain
TF_PACKAGES := service-catalog-setup sagemaker-project-setup target-account-setup foundation
.PHONY: _lint
_lint:
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy $(PY_ROOMS) foundation/modules/*/scripts
	@find service-catalog-setup demo hostile .ci -name '*.sh' -print0 | xargs -0 $(VENV)/bin/shellcheck .ci/run
	@# What Terraform fills in stands in quotes everywhere.
	@for script in foundation/modules/*/scripts/*.sh.tftpl; do \
	  sed -E '/^%\{/d; s/\$$\{[a-z_]+\}/x/g' "$$script" | $(VENV)/bin/shellcheck -; done

.PHONY: _terraform
_terraform:
	@$(TERRAFORM) fmt -check -recursive .
	@# A package's own tests (terraform test) plan it with mocked data; those in tests/terraform/ apply it.
	@for package in $(TF_PACKAGES); do \
	  export TF_DATA_DIR=$(CURDIR)/build/check/$$package; \
	  $(TERRAFORM) -chdir=$$package init -backend=false -input=false -lockfile=readonly >/dev/null; \
	  $(TERRAFORM) -chdir=$$package validate; \
	  [[ ! -d $$package/tests ]] || $(TERRAFORM) -chdir=$$package test; done

.PHONY: _cloudformation
_cloudformation:
	@$(PYTHON) -m release forms --out build/check/forms
	@$(VENV)/bin/cfn-lint

.PHONY: _security
_security: .tools/security/stamp
	@$(VENV)/bin/bandit --quiet --recursive --configfile pyproject.toml $(PY_ROOMS) seed-code foundation
	@.tools/security/bin/checkov --config-file .checkov.yaml --compact --quiet
	@# Words and digests look like secrets to three of the detectors; those that know a form (tokens, keys) stay.
	@git ls-files -z | xargs -0 .tools/security/bin/detect-secrets-hook --disable-plugin KeywordDetector \
	  --disable-plugin HexHighEntropyString --disable-plugin Base64HighEntropyString
	@$(PYTHON) -m posture.suppressions
	@$(PYTHON) -m posture.advisories

.PHONY: posture
posture: $(VENV)/check.stamp .tools/terraform.stamp ## Keys, TLS, public access, retention, IMDSv2, images, hashes: of every resource and fetched thing (VERBOSE=1)
	@$(MAKE) _posture
.PHONY: _posture
_posture:
	@$(PYTHON) -m posture $(if $(VERBOSE),--verbose)

.PHONY: advisories
advisories: $(VENV)/check.stamp ## Known vulnerabilities of locked packages; fails on old data (RENEW=checkout of pypa/advisory-database)
	@$(PYTHON) -m posture.advisories --fresh $(if $(RENEW),--renew "$(RENEW)")

.PHONY: iam
iam: $(VENV)/test.stamp .tools/terraform.stamp .tools/iam/stamp build/iam/journey/calls.jsonl build/iam/deployment/calls.jsonl ## Permissions needed, denied, granted and unused, per role, of all journeys (RECORDS=folder, VERBOSE=1)
	@$(MAKE) _iam
# The record is what the journeys' tests leave behind; those that have left none run first. What test-life and test-foundation
# (products with Terraform of their own) have left is looked at too. CI looks at the journey's alone.
RECORDS ?= build/iam
.PHONY: _iam
_iam: $(RECORDS)/journey/calls.jsonl
	@$(PYTHON) -m iam --records "$(RECORDS)" $(if $(VERBOSE),--verbose)
.PHONY: iam-mutants
iam-mutants: $(VENV)/test.stamp .tools/iam/stamp build/iam/journey/calls.jsonl build/iam/deployment/calls.jsonl ## Remove and widen every statement of every policy in turn: would a call, an attempt or a guard notice? (minutes; RECORDS=folder)
	@$(PYTHON) -m iam.mutants --records "$(RECORDS)"
build/iam/%/calls.jsonl:
	@$(MAKE) _test-$*

.PHONY: canary
canary: $(VENV)/test.stamp .tools/terraform.stamp $(CANARIES:%=build/canary/%.json) ## Where planted secrets were looked for after all journeys, and that they were nowhere
	@$(MAKE) _canary
# Each suite searches when its tests have ended, and leaves its figures; those that have left none run first. CI looks at
# the journey's alone.
.PHONY: _canary
_canary:
	@$(PYTHON) -m canary
build/canary/%.json:
	@$(MAKE) _test-$*

.PHONY: bench
bench: $(VENV)/test.stamp ## Measure seeding: against native git and REST, memory, cold start (QUICK=1 for a minute)
	@$(PYTHON) -m bench $(if $(QUICK),--quick)

.PHONY: chaos
chaos: $(VENV)/demo.stamp .tools/terraform.stamp ## Break projects while they are created, updated, deleted, and look what is left (SEED=1 ONLY="…" JOBS=4)
	@$(MAKE) _chaos
.PHONY: _chaos
_chaos:
	@$(PYTHON) -m chaos $(if $(SEED),--seed $(SEED)) $(foreach row,$(ONLY),--only '$(row)') $(if $(JOBS),--jobs $(JOBS))

.PHONY: hostile
hostile: $(VENV)/test.stamp .tools/terraform.stamp ## Ten thousand hostile values for every field, from the form to the git host (SEED=1 VALUES=… QUICK=1)
	@$(MAKE) _hostile
.PHONY: _hostile
_hostile:
	@$(PYTHON) -m hostile $(if $(SEED),--seed $(SEED)) $(if $(VALUES),--values $(VALUES)) $(if $(QUICK),--quick)

.PHONY: format
format: $(VENV)/check.stamp .tools/terraform.stamp ## Format Python and Terraform
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .
	@$(TERRAFORM) fmt -recursive .

.PHONY: lock
lock: $(VENV)/check.stamp ## Resolve requirements/*.in and the seeds' requirements.txt again (uv, in the virtual environment)
	@$(PYTHON) -m pip install --quiet --require-hashes -r requirements/lock.txt
	@for set in lambda demo test check security iam lock; do \
	  $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --custom-compile-command 'make lock' requirements/$$set.in -o requirements/$$set.txt; done
	@for seed in seed-code/*/repo; do \
	  $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate \
	    --custom-compile-command 'uv pip compile --generate-hashes --universal --python-version 3.12 requirements.txt -o requirements.lock' \
	    $$seed/requirements.txt -o $$seed/requirements.lock; done

##@ Release and deploy
.PHONY: package
package: $(VENV)/demo.stamp ## Build the release's archives, reproducibly (for AWS; for the local cloud when it is sourced)
	@$(PYTHON) -m release build --out $(RELEASE_DIR) $(if $(AWS_ENDPOINT_URL),--local)

.PHONY: seed-check
seed-check: $(VENV)/demo.stamp ## Check a seed of your own: SEED=folder, zip or s3://… (makes its archive)
	@$(PYTHON) -m release seed-check "$(or $(SEED),$(error Name the seed: make $@ SEED=path))"

.PHONY: seed-preview
seed-preview: $(VENV)/demo.stamp ## Render a seed with its sample values: SEED=… OUT=folder (SET="name=value …")
	@$(PYTHON) -m release seed-preview $(foreach value,$(SET),--set "$(value)") "$(or $(SEED),$(error Name the seed: make $@ SEED=path OUT=folder))" "$(or $(OUT),$(error Name the folder: make $@ SEED=path OUT=folder))"

.PHONY: release
release: $(VENV)/demo.stamp _shell ## Make a numbered release and offer it: VERSION=1.2.0 (DEPRECATE="…" DROP="…" UNCLEAN=1)
	@$(PYTHON) -m release make "$(or $(VERSION),$(error Name the version: make $@ VERSION=1.2.0))" $(SHELF) --plain $(RELEASE_DIR) \
	  --deprecate "$(DEPRECATE)" --drop "$(DROP)" $(if $(UNCLEAN),--unclean) $(if $(AWS_ENDPOINT_URL),--local)

.PHONY: releases
releases: $(VENV)/demo.stamp _shell ## Show which releases are on offer, or change it (DEPRECATE="…" RENEW="…" DROP="…" RETAIN="…")
	@$(PYTHON) -m release offer $(SHELF) --deprecate "$(DEPRECATE)" --renew "$(RENEW)" --drop "$(DROP)" --retain "$(RETAIN)"

.PHONY: fetch
fetch: $(VENV)/demo.stamp _shell ## Restore the releases on offer from the state bucket, or some (VERSIONS="1.0.0"; BUCKET=name when package 1 has another name)
	@$(PYTHON) -m release fetch $(SHELF) $(VERSIONS) $(if $(BUCKET),--bucket $(BUCKET))

# After `source .localcloud/env`, DEPLOY_STATE keeps package 1's state and plugins with the local cloud it belongs to.
DEPLOY_DATA := $(or $(if $(DEPLOY_STATE),$(DEPLOY_STATE)/data),.terraform)
STATE_ARGUMENT := $(if $(DEPLOY_STATE),-state=$(DEPLOY_STATE)/terraform.tfstate)
INIT = $(TERRAFORM) -chdir=service-catalog-setup init -input=false $(if $(DEPLOY_STATE),-lockfile=readonly) >/dev/null
OUTPUTS = $(TERRAFORM) -chdir=service-catalog-setup output $(STATE_ARGUMENT)

# A shell that has kept the settings of a local cloud that is gone would be told of missing files and closed ports.
.PHONY: _shell
_shell: $(if $(DEPLOY_STATE),$(VENV)/demo.stamp)
	@$(if $(DEPLOY_STATE),$(PYTHON) -m localcloud.shell)

# What a deployment offers: the recorded releases, or what this checkout makes.
.PHONY: _offer
_offer: _shell $(if $(wildcard $(OFFER)),$(VENV)/demo.stamp,package)
	@$(PYTHON) -m release offered $(SHELF)

.PHONY: plan
plan: _offer .tools/terraform.stamp ## Plan package 1 (service-catalog-setup) with TFVARS
	@$(MAKE) _terraform-1 ACTION=plan

.PHONY: deploy
deploy: _offer .tools/terraform.stamp ## Apply package 1 to the account of your credentials; asks before it changes anything on AWS
	@$(MAKE) _terraform-1 ACTION=apply

.PHONY: destroy
destroy: _offer .tools/terraform.stamp ## Destroy package 1 (refused while projects exist)
	@$(MAKE) _no-projects
	@$(MAKE) _terraform-1 ACTION=destroy
.PHONY: _no-projects
_no-projects: export TF_DATA_DIR := $(DEPLOY_DATA)
_no-projects:
	@# An early list. Without outputs (a destruction that was refused takes them) Terraform says so in place of them, with
	@# status 0; its own guard asks all the same.
	@if bucket=$$($(OUTPUTS) -raw state_bucket 2>/dev/null) && \
	  table=$$($(OUTPUTS) -raw lock_table 2>/dev/null) && [[ $$bucket =~ ^[a-z0-9.-]+$$ && $$table =~ ^[a-z0-9-]+$$ ]]; \
	  then $(PYTHON) -m projects alive --state-bucket "$$bucket" --name "$${table%-locks}"; fi

.PHONY: outputs
outputs: _shell .tools/terraform.stamp ## What package 1 says of itself: ids, names, next steps (OUTPUT=state_bucket prints one, for scripts)
	@$(MAKE) _outputs
.PHONY: _outputs
_outputs: export TF_DATA_DIR := $(DEPLOY_DATA)
_outputs:
	@# Without its plugins Terraform reads no outputs either. It warns, with status 0, when there are none. Texts are printed
	@# as they are, anything else as JSON.
	@all=$$($(OUTPUTS) -json 2>/dev/null) || { $(INIT) && all=$$($(OUTPUTS) -json); }; \
	[[ $$all != "{}" ]] || { echo "error: package 1 has no outputs here: make deploy makes them." >&2; exit 1; }; \
	if [[ -z "$(OUTPUT)" ]]; then $(OUTPUTS); else $(OUTPUTS) -raw "$(OUTPUT)" 2>/dev/null && echo || $(OUTPUTS) -json "$(OUTPUT)"; fi

# The local cloud neither takes AWS's record for its own, nor can Terraform be kept from loading it.
ifneq ($(wildcard $(OFFER)),)
OFFER_ARGUMENTS := $(if $(DEPLOY_STATE),-var-file=$(abspath $(OFFER)))
else
OFFER_ARGUMENTS := $(if $(wildcard $(AWS_OFFER)),'-var=retained_release_dirs=[]' '-var=deprecated_releases=[]') \
  -var=release_dir=$(abspath $(RELEASE_DIR))
endif

.PHONY: _terraform-1
_terraform-1: export TF_DATA_DIR := $(DEPLOY_DATA)
_terraform-1: export TF_VAR_github_token := $(or $(TF_VAR_github_token),$(GITHUB_TOKEN))
_terraform-1:
	@test -f "$(TFVARS)" || { echo "error: $(TFVARS) does not exist. Copy service-catalog-setup/terraform.tfvars.example and fill it in."; exit 1; }
	@$(INIT) && \
	$(TERRAFORM) -chdir=service-catalog-setup $(ACTION) $(STATE_ARGUMENT) $(if $(DEPLOY_STATE),$(if $(filter-out plan,$(ACTION)),-auto-approve)) \
	  $(OFFER_ARGUMENTS) -var-file=$(abspath $(TFVARS))

##@ Know
# Package 1 is found by its name: PLATFORM=… if its variable `name` is another one.
.PHONY: projects
projects: $(VENV)/demo.stamp _shell ## Each project: status, release, last run, pipeline, drift, who works on it (PROJECT=… JSON=1)
	@$(PYTHON) -m projects list $(KNOW_ARGUMENTS) $(if $(PROJECT),--project "$(PROJECT)")

.PHONY: drift
drift: $(VENV)/demo.stamp _shell ## Compare projects with what was last applied, and wait for the results (PROJECT=… NOWAIT=1 JSON=1)
	@$(PYTHON) -m projects drift $(KNOW_ARGUMENTS) $(if $(PROJECT),--project "$(PROJECT)") $(if $(NOWAIT),,--wait)

.PHONY: orphans
orphans: $(VENV)/demo.stamp _shell ## Name what belongs to nobody, and what to do about it; changes nothing (JSON=1)
	@$(PYTHON) -m projects orphans $(KNOW_ARGUMENTS)

KNOW_ARGUMENTS = $(if $(PLATFORM),--name "$(PLATFORM)") $(if $(JSON),--json)

##@ Housekeeping
.PHONY: clean
clean: ## Remove everything that was built here (virtual environment, tools, builds, local cloud)
	@if [ -x $(PYTHON) ] && [ -f .localcloud/pid ]; then $(PYTHON) -m localcloud down; fi
	@rm -rf $(VENV) .tools build .localcloud .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z][a-z-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

# --- set-up: the virtual environment and the tools, made on first use -------------------------------------------

$(PYTHON):
	@test -n "$(BOOTSTRAP_PYTHON)" || { echo "error: Python 3.11 to 3.14 is needed and none is on PATH. Install one, or name it: make BOOTSTRAP_PYTHON=/path/to/python3"; exit 1; }
	@echo "Creating the virtual environment ($$($(BOOTSTRAP_PYTHON) --version))"
	@$(BOOTSTRAP_PYTHON) -m venv $(VENV)

# One stamp per set of requirements; a set contains the ones before it.
$(VENV)/%.stamp: requirements/%.txt | $(PYTHON)
	@echo "Installing requirements/$*.txt"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@for set in demo test check; do touch $(VENV)/$$set.stamp; [ $$set = $* ] && break; done

.tools/terraform.stamp: release/terraform.toml toolchain/terraform.py toolchain/provider.py | $(PYTHON)
	@$(PYTHON) -m toolchain
	@touch $@

# The policy simulator: a development tool, in no release (docs/adr/0125).
.tools/iam/stamp: iam/package.json iam/package-lock.json requirements/iam.txt toolchain/node.py | $(PYTHON)
	@$(PYTHON) -m toolchain.node
	@touch $@

# checkov pins its own versions of the AWS libraries, hence an environment of its own.
.tools/security/stamp: requirements/security.txt | $(PYTHON)
	@echo "Installing requirements/security.txt"
	@$(PYTHON) -m venv .tools/security
	@.tools/security/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
