# Everything a person needs; each target installs what it lacks (Debian and Ubuntu), so a fresh machine with a Swift
# toolchain is enough.

SWIFT ?= swift
# What building needs.
BUILD_PACKAGES := libbpf-dev libelf-dev zlib1g-dev
# What the tests run for real.
TEST_PACKAGES := docker.io iptables nftables iproute2 util-linux procps iputils-ping conntrack iperf3 libcap2-bin \
  python3 tmux bpftool openvpn easy-rsa wireguard-go wireguard-tools haproxy nginx libnginx-mod-stream openssl socat busybox
# What the benchmarks compare with.
BENCH_PACKAGES := nethogs lsof time tcpdump
SOURCES := Package.swift Plugins Sources Tests Fuzz

ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: run build test lint format bench fuzz install packages-build packages-test packages-bench

## Builds release and traces this machine's busiest traffic for 5 seconds.
run: build
	@$(ROOT) .build/release/headwater trace --for 5; status=$$?; [ $$status -le 1 ] || exit $$status

build: packages-build
	$(SWIFT) build -c release --product headwater

## Lints, builds and runs all tests; those that need root say so if they are skipped.
test: packages-build packages-test lint
	$(SWIFT) build --build-tests
	$(ROOT) env PATH="$$PATH" Support/test $(SWIFT) test --skip-build --no-parallel

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

## Measures against the tools people use, in one run, and writes Benchmarks/results.md.
bench: build packages-test packages-bench
	$(ROOT) Benchmarks/run

## Spoils the inputs of every parser of foreign bytes.
fuzz: packages-build
	$(SWIFT) run -c release NetlinkFuzz 5000000
	$(SWIFT) run -c release CluesFuzz 1000000

## Installs the program to PREFIX/bin, /usr/local/bin unless said otherwise.
PREFIX ?= /usr/local
install: build
	$(ROOT) install -D -m 755 .build/release/headwater $(DESTDIR)$(PREFIX)/bin/headwater

# Packages are only asked for where one is missing: a second run needs no network.
packages-build: ; @./Support/packages $(BUILD_PACKAGES)
# Newer distributions ship Docker's client apart from its daemon.
packages-test: ; @./Support/packages $(TEST_PACKAGES); command -v docker >/dev/null || ./Support/packages docker-cli
packages-bench: ; @./Support/packages $(BENCH_PACKAGES)
