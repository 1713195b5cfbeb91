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
agent_sources := $(shell find services/agent services/common -name '*.ts' -o -path '*services/common/assets/*' 2>/dev/null | grep -v -e node_modules -e /dist/ -e '\.test\.ts' -e /testing/)
typescript_files := $(wildcard $(shell git ls-files --cached --others --exclude-standard -- '*.ts' '*.js' '*tsconfig*.json'))
checked_files := $(wildcard $(shell git ls-files --cached --others --exclude-standard))

.PHONY: help setup demo dev test check check-static format unit protocol e2e test-infra clean bench-turns bench-agent bench-pauses bench-faults bench-bridge bench-media soak

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):[^#]*## /\1\t/' | expand -t 18

setup: $(stamps)/prerequisites debian $(stamps)/npm $(stamps)/livekit-server services/web/dist/index.html services/agent/dist/main.js ## Install and build all that is needed (a no-op the second time)

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

services/agent/dist/main.js: $(stamps)/npm $(agent_sources)
	@$(step) agent "Bundling the agent" vite build services/agent
	@touch $@

.PHONY: kubernetes-tools
kubernetes-tools: $(addprefix $(stamps)/,kubernetes kwok helm kubeconform crds) ## Build the control plane, kwok, helm and kubeconform that tests of charts run on

$(stamps)/kubernetes $(stamps)/kwok $(stamps)/helm $(stamps)/kubeconform $(stamps)/k6: $(stamps)/%: tools/setup/%.sh tools/%/go.mod tools/%/go.sum tools/setup/on-path.sh $(stamps)/prerequisites
	@$(step) $* "Building $* from its Go module ($(go_cost_$*))" tools/setup/$*.sh
	@mkdir -p $(@D) && touch $@

# The first time, on two cores; afterwards Go's cache answers.
go_cost_kubernetes := about six minutes the first time
go_cost_kwok := about two minutes the first time
go_cost_helm := about a minute the first time
go_cost_kubeconform := seconds
go_cost_k6 := about a minute the first time

$(stamps)/crds: tools/setup/crds.sh $(stamps)/prerequisites
	@$(step) crds "Fetching custom resource definitions from their Go modules" tools/setup/crds.sh
	@mkdir -p $(@D) && touch $@

demo: setup ## A real conversation over phone and web, and through LiveKit SIP where there is one; REAL=1 insists on the real providers
	@REAL=$(REAL) NODE_ENV=production node services/sandbox/demo/main.ts $(if $(JSON),--json "$(JSON)")

dev: setup ## Start the whole stack and leave it up; prints the page's address and the numbers
	@REAL=$(REAL) NODE_ENV=production node services/sandbox/demo/dev.ts

bench-turns: setup ## Latency of 20 turns by phone, by stage, with stand-ins at zero delay
	@NODE_ENV=production node services/sandbox/bench/agent.ts --doors reach --providers instant $(if $(JSON),--json "$(JSON)")

TURNS ?= 100
bench-agent: setup ## Latency by door, with instant and with typical providers (TURNS=100 each), how soon it falls silent, what it costs
	@NODE_ENV=production node services/sandbox/bench/agent.ts --turns $(TURNS) --barge-ins 20 --cost 1,5,10 $(if $(JSON),--json "$(JSON)")

bench-pauses: setup ## Forty sentences with a pause inside: how many the agent speaks into
	@NODE_ENV=production node services/sandbox/bench/pauses.ts $(if $(JSON),--json "$(JSON)")

bench-faults: setup ## What callers hear when each provider breaks in each way (half an hour; WAV=<folder> keeps the calls)
	@NODE_ENV=production node services/sandbox/bench/fault-matrix.ts $(if $(WAV),--wav "$(WAV)") $(if $(JSON),--json "$(JSON)")

# SEEN=no,yes compares the bridge with and without scrapes and traces.
SEEN ?=
bench-bridge: setup ## The bridge's two engines at 1, 10, 25 and 50 calls: processor time, latency, pacing
	@NODE_ENV=production node services/sandbox/bench/bridge.ts $(if $(SEEN),--seen "$(SEEN)") $(if $(JSON),--json "$(JSON)")

bench-media: setup ## MOS on bad networks before and after concealment, and what the RTP path costs
	@NODE_ENV=production node services/sandbox/bench/media.ts $(if $(JSON),--json "$(JSON)")

test: setup kubernetes-tools $(stamps)/k6 ## Everything CI runs: checks, unit, protocol, end-to-end and infrastructure tests
	@mkdir -p .run/test && rm -f .run/test/*.json
	@$(MAKE) --jobs=2 check-static unit
	@$(MAKE) protocol
	@$(MAKE) e2e
	@$(MAKE) load-smoke
	@$(MAKE) test-infra
	@node tools/test-summary.ts

check: check-static unit ## Format, lint, types, unit tests

# Each check is done again only when something it reads has changed since it last passed.
check-static: $(stamps)/format $(stamps)/types $(stamps)/lint

$(stamps)/format: $(stamps)/npm $(checked_files)
	@$(step) format "Checking the format" prettier --check .
	@touch $@

$(stamps)/types: $(stamps)/npm $(typescript_files)
	@$(step) types "Checking types" npm run types
	@touch $@

$(stamps)/lint: $(stamps)/npm $(typescript_files)
	@$(step) lint "Linting" eslint .
	@touch $@

format: ## Write the standard format
	@prettier --write --log-level warn .

unit: $(stamps)/npm ## Tests that need nothing but Node
	@$(call vitest,unit)

protocol: setup ## Tests against real peers: sipp, baresip, livekit-server, Chromium
	@$(call vitest,protocol) --maxWorkers=2

# AGENT=<name> takes the callers of one agent, WHO=<words> those with these words in their name.
.PHONY: test-agents
AGENT ?=
WHO ?=
test-agents: setup ## Scripted callers talk with every agent, which is judged by its tools and its voice; AGENT=bank, WHO="lost the card"
	@vitest run --project protocol services/agent/behaviour --reporter=verbose -t "a caller of the agent $(or $(AGENT),.*) .*$(WHO)"

e2e: setup $(stamps)/k6 ## Tests of the whole stack: phone calls, web calls, faults, leaks
	@$(call vitest,e2e) --no-file-parallelism

test-infra: setup kubernetes-tools ## Charts and the Pulumi program, on mocks and on a real Kubernetes API server
	@$(call vitest,infra) --project kube --maxWorkers=2

.PHONY: cluster-prerequisites test-cluster test-pulumi monitoring
cluster-prerequisites:
	@tools/cluster/prerequisites.sh

$(stamps)/kubelet: tools/setup/kubernetes.sh tools/kubernetes/go.mod tools/kubernetes/go.sum $(stamps)/prerequisites
	@$(step) kubelet "Building kubelet and kube-proxy from their Go module (about a minute)" tools/setup/kubernetes.sh kubelet kube-proxy
	@mkdir -p $(@D) && touch $@

$(stamps)/coredns: tools/setup/coredns.sh tools/coredns/go.mod tools/coredns/go.sum tools/coredns/main.go $(stamps)/prerequisites
	@$(step) coredns "Building CoreDNS from its Go module (two minutes the first time)" tools/setup/coredns.sh
	@mkdir -p $(@D) && touch $@

test-cluster: cluster-prerequisites setup kubernetes-tools $(stamps)/kubelet $(stamps)/coredns ## The dev stack on a real node with real pods: calls, rollout, restarts (Linux, root)
	@tools/cluster/images.sh
	@$(call vitest,cluster)

test-pulumi: setup kubernetes-tools ## pulumi up, change and destroy on a control plane, where there is a pulumi CLI
	@$(call vitest,pulumi)

monitoring: $(stamps)/npm ## Make dashboards, alerts, load-test thresholds and docs/budget.md from the budget
	@node infra/monitoring/generate.ts

# Both take a call's id, its room or its SIP Call-ID, and list the last calls without one.
.PHONY: trace logs
CALL ?=
trace: $(stamps)/npm ## CALL=<id>: the tree of a call of the local stack, with times
	@node services/sandbox/calls/trace-main.ts $(if $(CALL),"$(CALL)")

logs: $(stamps)/npm ## CALL=<id>: what all processes of the local stack wrote about a call
	@node services/sandbox/calls/logs-main.ts $(if $(CALL),"$(CALL)")

# The JSON reports are added up by tools/test-summary.ts.
vitest = mkdir -p .run/test && vitest run --project $(1) --reporter=default --reporter=json --outputFile.json=.run/test/$(1).json

soak: setup ## Calls one after the other (CALLS=25, AT_ONCE=1), the last five at once, then a look for what is left and what grew
	@NODE_ENV=production node services/sandbox/bench/soak.ts $(if $(CALLS),--calls $(CALLS)) $(if $(AT_ONCE),--at-once $(AT_ONCE)) $(if $(JSON),--json "$(JSON)")

# CALLS, SECONDS and the other sizes of a load test go to it by the environment (docs/load-testing.md).
.PHONY: load load-smoke
SCRIPT ?= mixed
BASELINE ?=
HTML ?=
load_flags = $(if $(JSON),--json "$(JSON)") $(if $(HTML),--html "$(HTML)") $(if $(BASELINE),--baseline "$(BASELINE)")

load: setup $(stamps)/k6 ## Load both doors for some minutes and report; SCRIPT=<name> for another test, BASELINE=<json> to compare
	@NODE_ENV=production node loadtests/run.ts $(SCRIPT) $(load_flags)

load-smoke: setup $(stamps)/k6 ## One call at each door by k6, with report and leak audit, in less than a minute
	@NODE_ENV=production node loadtests/run.ts mixed --smoke $(load_flags)

clean: ## Remove everything that was built, installed or recorded here
	rm -rf node_modules services/*/node_modules services/web/dist .cache .run

.PHONY: soak-bridge
soak-bridge: setup ## A thousand calls of random life against the bridge: nothing of them may be left (CALLS=1000, WORKERS=0)
	@NODE_ENV=production node services/sandbox/bench/soak-bridge.ts $(if $(CALLS),--calls $(CALLS)) $(if $(WORKERS),--workers $(WORKERS)) $(if $(JSON),--json "$(JSON)")
