# One command surface for people and for CI. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Patchbay brings its own Node 22 (a dev dependency); every recipe runs on it.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# JSON=<file> on demo, bench, load and soak targets also writes the figures there.
JSON ?=

stamps := .cache/stamps
step := tools/setup/step.sh
web_sources := $(shell find services/web services/common -name '*.ts' -o -path '*services/web/*.html' -o -path '*services/web/*.css' 2>/dev/null | grep -v -e node_modules -e /dist/ -e '\.test\.ts')

.PHONY: help setup demo dev test check format unit protocol e2e clean bench-turns soak

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):[^#]*## /\1\t/' | expand -t 14

setup: $(stamps)/prerequisites debian $(stamps)/npm $(stamps)/livekit-server services/web/dist/index.html ## Install and build all that is needed (a no-op the second time)

.PHONY: debian
debian:
	@tools/setup/debian.sh

$(stamps)/prerequisites: tools/setup/prerequisites.sh
	@tools/setup/prerequisites.sh
	@mkdir -p $(@D) && touch $@

$(stamps)/npm: package-lock.json $(stamps)/prerequisites
	@$(step) npm "Installing npm packages (about two minutes)" npm ci
	@mkdir -p $(@D) && touch $@

$(stamps)/livekit-server: tools/livekit-server/go.mod tools/livekit-server/go.sum $(stamps)/prerequisites
	@$(step) livekit-server "Building livekit-server from its Go module (about five minutes the first time)" tools/setup/livekit-server.sh
	@mkdir -p $(@D) && touch $@

services/web/dist/index.html: $(stamps)/npm $(web_sources)
	@$(step) web "Building the web page" vite build services/web
	@touch $@

demo: setup ## A real conversation over phone and web; REAL=1 insists on the real providers
	@REAL=$(REAL) NODE_ENV=production node services/sandbox/demo/main.ts $(if $(JSON),--json "$(JSON)")

dev: setup ## Start the whole stack and leave it up; prints the page's address and the numbers
	@REAL=$(REAL) NODE_ENV=production node services/sandbox/demo/dev.ts

bench-turns: setup ## Latency of 20 turns by phone, by stage, with stand-ins at zero delay
	@NODE_ENV=production node services/sandbox/bench/turns.ts $(if $(JSON),--json "$(JSON)")

test: setup check-static unit protocol e2e ## Everything CI runs: checks, unit, protocol and end-to-end tests
	@node tools/test-summary.ts

check: check-static unit ## Format, lint, types, unit tests

.PHONY: check-static
check-static: $(stamps)/npm
	@$(step) format "Checking the format" prettier --check .
	@$(step) types "Checking types" npm run types
	@$(step) lint "Linting" eslint .

format: ## Write the standard format
	@prettier --write --log-level warn .

unit: $(stamps)/npm ## Tests that need nothing but Node
	@$(call vitest,unit)

protocol: setup ## Tests against real peers: sipp, baresip, livekit-server, Chromium
	@$(call vitest,protocol)

e2e: setup ## Tests of the whole stack: phone calls, web calls, faults, leaks
	@$(call vitest,e2e)

# The JSON reports are added up by tools/test-summary.ts.
vitest = mkdir -p .run/test && vitest run --project $(1) --reporter=default --reporter=json --outputFile.json=.run/test/$(1).json

soak: setup ## 20 calls one after the other and 5 at once, then a look for anything left behind
	@SOAK=long vitest run --project e2e services/sandbox/e2e/leaks.test.ts

clean: ## Remove everything that was built, installed or recorded here
	rm -rf node_modules services/*/node_modules services/web/dist .cache .run
