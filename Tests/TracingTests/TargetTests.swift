import AddressSets
import Flows
import Questions
import Testing
import Tracing

@Suite struct TargetTests {
  private func host() throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    try host.container("web-1", 2)
    try host.container("tun9", 3)
    let twin = Container(runtime: "podman", id: "00000000ffff0123456789", name: "twin", image: "other")
    host.recordedInventory.containers += [
      ContainerDescription(
        container: Container(runtime: "docker", id: "00000000eeee0123456789", name: "twin"), namespace: nil, pid: 1),
      ContainerDescription(container: twin, namespace: nil, pid: 2),
    ]
    host.recordedInventory.processNames = ["nginx", "eth0", "kworker", "haproxy"]
    return host
  }

  private func target(_ text: String) throws -> Target {
    try Target(text, inventory: host().recordedInventory, sets: AddressSets())
  }

  private func error(_ text: String) throws -> TargetError {
    let host = try host()
    return try #require(throws: TargetError.self) {
      try Target(text, inventory: host.recordedInventory, sets: AddressSets())
    }
  }

  @Test func `a name with a dot that is nothing else is a site's`() throws {
    #expect(try target("git.example.com") == .name("git.example.com"))
    #expect(try target("Git.Example.COM.") == .name("git.example.com"))
    #expect(try target("_service.xn--mnchen-3ya.example") == .name("_service.xn--mnchen-3ya.example"))
    for text in [
      "localhost", "a..example", ".example", "-a.example", "a b.example", "a.example/x", "example.1", "ü.example",
    ] {
      #expect(try error(text).text == text)
    }
  }

  @Test func `every form of a target is understood`() throws {
    let v4 = try #require(IPAddress("10.0.7.248"))
    let v6 = try #require(IPAddress("2001:db8::1"))
    let (a, b) = (Endpoint(v4, 40142), try #require(Endpoint("10.8.1.3:3129")))
    #expect(try target("eth0") == .interface("eth0", .host))
    #expect(try target("10.0.7.248") == .prefix(Prefix(v4)))
    #expect(try target("2001:db8::1") == .prefix(Prefix(v6)))
    #expect(try target("10.0.7.0/24") == .prefix(#require(Prefix("10.0.7.0/24"))))
    #expect(try target("2001:db8::/32") == .prefix(#require(Prefix("2001:db8::/32"))))
    #expect(try target("::/0") == .prefix(#require(Prefix("::/0"))))
    #expect(try target("10.0.7.248:40142") == .endpoint(a))
    #expect(try target("[2001:db8::1]:443") == .endpoint(Endpoint(v6, 443)))
    #expect(try target(":443") == .port(443))
    #expect(try target("10.0.7.248:40142-10.8.1.3:3129") == .flow(a, b))
    #expect(try target("10.0.7.248:40142->10.8.1.3:3129") == .flow(a, b))
    #expect(try target("[2001:db8::1]:1-[2001:db8::1]:2") == .flow(Endpoint(v6, 1), Endpoint(v6, 2)))
    #expect(try target("pid:4711") == .pid(4711))
    #expect(try target("nginx") == .processName("nginx"))
    #expect(try target("cloudflare") == .set("cloudflare", #require(AddressSets()["cloudflare"])))
    guard case .container(let web) = try target("web-1") else { Issue.record("not a container"); return }
    #expect(web.name == "web-1")
    #expect(try target(web.id) == .container(web))
    #expect(try target(web.shortID) == .container(web))
  }

  @Test func `an interface that several namespaces have is that of the one who asks, or has to be named`() throws {
    var inventory = try host().recordedInventory
    let names = inventory.namespaces.indices.dropFirst()
    for index in names {
      inventory.namespaces[index].interfaces.append(Interface(index: 50, name: "eq0", addresses: []))
    }
    let wanted = try #require(names.last)
    #expect(inventory.namespaces[wanted].id != inventory.namespaces[1].id)
    let refused = try #require(throws: TargetError.self) {
      try Target("eq0", inventory: inventory, sets: AddressSets())
    }
    #expect(refused.code == .ambiguous && "\(refused)".contains("container web-1"), "\(refused)")
    // In a container its own interface is meant, also where the host has one of the name.
    inventory.namespaces[0].entry = "nsenter -t 1 -n"
    inventory.namespaces[wanted].entry = ""
    for name in ["eq0", "eth0"] {
      let target = try Target(name, inventory: inventory, sets: AddressSets())
      #expect(target == .interface(name, inventory.namespaces[wanted].id))
    }
  }

  @Test func `an interface of the host goes before a process of the same name, a container before a set`() throws {
    #expect(try target("eth0") == .interface("eth0", .host))
    guard case .container = try target("tun9") else { Issue.record("not a container"); return }
  }

  @Test(arguments: [
    "", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "2001:db8::/129", "10.0.0.0/255.0.0.0", "10.0.0.0/-1", "10.0.0.0/+8",
    "/24",
    ":0", ":65536", ":http", ":", ":-1", ":+80", "10.0.0.1:65536", "10.0.0.1:", "10.0.0.256", "10.0.0", "1.2.3.4.5",
    "01.2.3.4",
    "[::1]", "[::1]:", "[::1]:99999", "[::1:80", "2001:db8::1::2", "2001:db8:0:0:0:0:0:1:443", "fe80::1%eth0",
    "pid:", "pid:0", "pid:-3", "pid:+3", "pid:abc", "pid:99999999999",
    "10.0.0.1:80-", "10.0.0.1:80-10.0.0.2", "10.0.0.1-10.0.0.2", "10.0.0.1:80-10.0.0.2:99999", "-10.0.0.1:80",
    "[::1]:1-nginx",
  ])
  func `what has a target's shape but is malformed is said to be`(_ text: String) throws {
    let error = try error(text)
    #expect(error.code == .malformed)
    #expect(error.description.hasPrefix(text + ": ") && !error.advice.isEmpty)
    #expect(throws: TargetError.self) { try Target.shaped(text) }
  }

  @Test func `two containers of one name are an ambiguity that tells their ids`() throws {
    let error = try error("twin")
    #expect(error.code == .ambiguous)
    #expect(
      error.advice.contains("2 containers") && error.advice.contains("00000000eeee (docker")
        && error.advice.contains("00000000ffff (podman"))
    #expect(try self.error("00000000").code == .ambiguous, "a prefix of many ids")
    guard case .container(let one) = try target("00000000ffff") else { Issue.record("not a container"); return }
    #expect(one.runtime == "podman")
  }

  @Test func `a mistyped word gets suggestions, an unlike one gets none`() throws {
    #expect(try error("ngnix").advice.contains("did you mean nginx?"))
    #expect(try error("cloudfare").advice.contains("did you mean cloudflare?"))
    #expect(try error("web1").advice.contains("web-1"))
    let unlike = try error("no-such-thing-anywhere")
    #expect(unlike.code == .unknown && !unlike.advice.contains("did you mean"))
    #expect(try error("4711").advice.contains("pid:4711"))
    #expect(try error(String(repeating: "x", count: 100_000)).code == .unknown)
  }

  @Test func `a malformed target is refused before anything is measured`() async throws {
    let host = try host()
    await #expect(throws: TargetError.self) { try await host.trace("10.0.0.0/33") }
    let error = await #expect(throws: TargetError.self) { try await host.trace("pid:123456") }
    #expect(error?.code == .unknown && error?.advice.contains("ended") == true)
  }

  @Test(arguments: Family.allCases)
  func `each form selects its own traffic`(_ family: Family) async throws {
    var host = try host()
    let other: Family = family == .v4 ? .v6 : .v4
    host.moved(try flow(family.host(40000), family.stranger(443)), .initiator, .process(3, "nginx"), interface: "eth0")
    host.moved(try flow(other.host(40001), other.stranger(8443)), .initiator, .process(4, "haproxy"), interface: "eth1")
    host.processes = [3: Process(pid: 3, name: "nginx")]
    let own = [
      "eth0", family.stranger(), "\(family.stranger())/\(family == .v4 ? 24 : 48)", family.everywhere,
      family.stranger(443), ":443",
      "\(family.stranger(443))-\(family.host(40000))", "pid:3", "nginx",
    ]
    for text in own {
      #expect(try await host.trace(text).chains.map(\.source.name) == ["nginx"], "\(text)")
    }
    #expect(try await host.trace().chains.count == 2)
    #expect(try await host.trace(family.any(443)).chains.isEmpty)
    #expect(try await host.trace(":53").chains.isEmpty)
  }

  @Test func `a named set selects by the remote address`() async throws {
    var host = try host()
    host.moved(try flow("198.51.100.1:40000", "104.16.0.1:443"), .initiator, .process(3, "autospy"))
    host.moved(try flow("[2001:db8:51::1]:40000", "[2606:4700::1]:443"), .initiator, .process(3, "autospy"))
    host.moved(try flow("198.51.100.1:40001", "9.9.9.9:443"), .initiator, .process(4, "other"))
    let document = try await host.trace("cloudflare")
    #expect(document.target == "cloudflare")
    #expect(document.chains.map(\.source.name) == ["autospy"] && document.chains.first?.flows == 2)
  }

  @Test func `ICMP has no ports that a port could match`() async throws {
    var host = try host()
    host.moved(try flow("198.51.100.1:443", "198.51.100.9:0", .icmp), .initiator, .process(3, "ping"))
    #expect(try await host.trace(":443").chains.isEmpty)
    #expect(try await host.trace("198.51.100.9").chains.count == 1)
  }
}
