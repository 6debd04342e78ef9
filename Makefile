# Everything a person needs; each target installs what it lacks (Debian and Ubuntu), so a fresh machine with a Swift
# toolchain is enough.

SWIFT ?= swift
# What building needs.
BUILD_PACKAGES := libbpf-dev libelf-dev zlib1g-dev libyaml-dev nettle-dev libmaxminddb-dev libsqlite3-dev libzstd-dev
# What the tests run for real.
TEST_PACKAGES := docker.io iptables nftables iproute2 util-linux procps iputils-ping conntrack iperf3 libcap2-bin \
  python3 wget ethtool tmux bpftool openvpn easy-rsa wireguard-go wireguard-tools haproxy nginx libnginx-mod-stream openssl socat openssh-server \
  openssh-client sudo passwd busybox-static musl file net-tools lsof nethogs caddy \
  tcpdump curl squid apache2-bin microsocks tinyproxy qemu-system-x86 cpio kmod xz-utils ocserv openconnect mandoc zsh fish
# What the demonstration is made of.
DEMO_PACKAGES := docker.io iptables nftables iproute2 util-linux procps python3 openvpn easy-rsa openssl haproxy \
  openssh-server openssh-client
# What packages are made and checked with.
DIST_PACKAGES := dpkg-dev lintian mandoc xz-utils python3
# What the benchmarks compare with.
BENCH_PACKAGES := goaccess nethogs lsof time tcpdump nginx libnginx-mod-stream haproxy socat openssl squid microsocks \
  dante-server tinyproxy privoxy hitch lighttpd ncat redsocks shadowsocks-libev stunnel4 nghttp2-proxy varnish apache2 caddy \
  mitmproxy
SOURCES := Package.swift Plugins Sources Tests Fuzz Examples Benchmarks

# What other hosts are asked through: static, so that it runs there whatever they lack. Its own build folder keeps the
# other build valid.
ARCHITECTURE := $(shell uname -m)
PROBE := .build/probe/headwater-probe-$(ARCHITECTURE)
HEADWATER := .build/probe/headwater-$(ARCHITECTURE)
STATIC := --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections \
  -Xlinker --gc-sections -Xlinker --icf=all -Xlinker -s -Xlinker --no-eh-frame-hdr
# The date of what is built from the sources, so that two builds of them are the same.
DATE := $(shell git log -1 --format=%cs 2>/dev/null)

ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: run demo examples architecture build program probe test test-kernels lint format bench bench-relays bench-firewall bench-lasting fuzz install packages-build packages-demo \
  packages-test packages-bench packages-dist static manuals deb image dist

## Builds release and traces this machine's busiest traffic for 5 seconds. The probe is for other hosts, and is not built.
run: program
	@$(ROOT) .build/release/headwater trace --for 5; status=$$?; [ $$status -le 1 ] || exit $$status

## Builds a link that is full, out of real programs in namespaces of this machine, and traces who fills it.
demo: build packages-demo
	$(SWIFT) build -c release --product headwater-demo
	@$(ROOT) .build/release/headwater-demo

program: packages-build
	$(SWIFT) build -c release --product headwater

build: program probe
	@cp -f $(PROBE) .build/release/

## Builds the static probe for this architecture (under 16 MB). The linker warns of dlopen in Swift's runtime, which is
## only called where a person asks for it by an environment variable. The index of unwinding tables is left out (430 kB): no
## exception is thrown in it, and no thread is cancelled. Each function has a section of its own, so that those that nobody calls
## are left out (700 kB), and those with the same code are one (475 kB more with `all` than with `safe`): nothing here compares the
## addresses of functions.
probe: packages-build
	$(SWIFT) build -c release --product headwater-probe --scratch-path .build/probe/build $(STATIC)
	@cp -f .build/probe/build/release/headwater-probe $(PROBE).new && mv -f $(PROBE).new $(PROBE)

## Lints, builds and runs all tests; those that need root say so if they are skipped.
test: packages-build packages-test lint probe
	$(SWIFT) build --build-tests
	$(ROOT) env PATH="$$PATH" Support/test $(SWIFT) test --skip-build --no-parallel

## Boots the kernels that people run, emulated, and holds what is said on each against what happened there; writes
## Benchmarks/kernels.md. Kernels are downloaded and unpacked, never installed; one that cannot be had is named.
test-kernels: packages-build packages-test
	$(SWIFT) build --product headwater
	Benchmarks/kernels.py .build/debug/headwater --write

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

## Measures against the tools people use, in one run, and writes Benchmarks/results.md.
bench: build packages-test packages-bench
	$(SWIFT) build -c release --product HostsBenchmark
	$(SWIFT) build -c release --product PrefixBenchmark
	$(SWIFT) build -c release --product RegularityBenchmark
	.build/release/RegularityBenchmark periods >Benchmarks/periods.md
	$(ROOT) Benchmarks/run

## Runs the live view for half an hour (HW_LASTING=SECONDS) beside 200 short processes a second, and prints its memory and CPU.
bench-lasting: build packages-test
	$(ROOT) env HW_LASTING="$${HW_LASTING:-1800}" Benchmarks/run lasting

## Holds what is said of relays' connections against the truth, and writes Benchmarks/relays.md.
bench-relays: build packages-test packages-bench
	$(SWIFT) build -c release --product MirrorBenchmark
	$(ROOT) Benchmarks/relays.py
	$(ROOT) Benchmarks/proxy_rows.py --write

## Holds copies of 200 random firewalls against real connections, and writes Benchmarks/firewall.md.
bench-firewall: packages-build packages-test
	$(SWIFT) build --build-tests
	$(ROOT) Benchmarks/firewall.py

## Makes the bundles in Examples/ anew, from the real programs in test hosts, and holds them against their stories.
examples: packages-build packages-test probe
	$(SWIFT) build --build-tests
	$(ROOT) env PATH="$$PATH" HEADWATER_EXAMPLES="$(CURDIR)/Examples" $(SWIFT) test --skip-build --no-parallel \
	  --filter ExampleTests
	@$(if $(ROOT),$(ROOT) chown -R "$$(id -u):$$(id -g)" Examples)

## Draws docs/architecture.svg from Package.swift, and says in docs/modules what each module imports.
architecture:
	Support/architecture

## Spoils the inputs of every parser of foreign bytes.
fuzz: packages-build
	$(SWIFT) run -c release NetlinkFuzz 5000000
	$(SWIFT) run -c release ProgramsFuzz 1000000
	$(SWIFT) run -c release LogsFuzz 1000000
	$(SWIFT) run -c release PacketsFuzz 2000000

## Builds the program as a static one, as the probe is: it runs on any Linux of this architecture, without Swift.
static: probe
	$(SWIFT) build -c release --product headwater --scratch-path .build/probe/build $(STATIC)
	@cp -f .build/probe/build/release/headwater .build/probe/headwater.new && mv -f .build/probe/headwater.new $(HEADWATER)

## Writes manual pages and completions out of the program's own help.
manuals: static
	HEADWATER_DATE=$(DATE) Support/manuals $(HEADWATER) .build/dist

## Packages of this version in .build/dist: for Debian and its kin, and an archive for all others, with checksums.
deb: manuals packages-dist
	HEADWATER_DATE=$(DATE) Support/debian-package $(HEADWATER) $(PROBE) .build/dist
dist: deb
	Support/archive $(HEADWATER) $(PROBE) .build/dist

## A container image of the program alone. README.md says how it is started.
image: static
	mkdir -p .build/dist/image && cp -f $(HEADWATER) .build/dist/image/headwater && cp -f $(PROBE) .build/dist/image/
	docker build -q -t headwater -f Support/Containerfile .build/dist/image

## Installs the program, the probe beside it, manual pages and completions to PREFIX, /usr/local/bin unless said otherwise.
PREFIX ?= /usr/local
install: build
	@./Support/packages python3
	HEADWATER_DATE=$(DATE) Support/manuals .build/release/headwater .build/manuals
	$(ROOT) install -D -m 755 .build/release/headwater $(DESTDIR)$(PREFIX)/bin/headwater
	$(ROOT) install -m 755 $(PROBE) $(DESTDIR)$(PREFIX)/bin/headwater-probe-$(ARCHITECTURE)
	folder=$$(tshark -G folders 2>/dev/null | sed -n 's/^\(Global \)\{0,1\}Extcap path:[[:space:]]*//p' | head -1); \
	  if [ -n "$$folder" ]; then $(ROOT) install -d "$(DESTDIR)$$folder"; $(ROOT) ln -sf $(PREFIX)/bin/headwater "$(DESTDIR)$$folder/headwater"; fi
	$(ROOT) install -d $(DESTDIR)$(PREFIX)/share/man/man1
	$(ROOT) install -m 644 .build/manuals/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	$(ROOT) install -D -m 644 .build/manuals/completions/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/headwater
	$(ROOT) install -D -m 644 .build/manuals/completions/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_headwater
	$(ROOT) install -D -m 644 .build/manuals/completions/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/headwater.fish

# Packages are only asked for where one is missing: a second run needs no network.
packages-build: ; @./Support/packages $(BUILD_PACKAGES)
# Newer distributions ship Docker's client apart from its daemon.
packages-test: ; @./Support/packages $(TEST_PACKAGES); command -v docker >/dev/null || ./Support/packages docker-cli
packages-demo: ; @./Support/packages $(DEMO_PACKAGES); command -v docker >/dev/null || ./Support/packages docker-cli
packages-bench: ; @./Support/packages $(BENCH_PACKAGES)
packages-dist: ; @./Support/packages $(DIST_PACKAGES)
