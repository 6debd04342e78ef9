import Flows
import Foundation
import Lab
import Testing

/// The first story with other addresses and names, and asked for from other machines.
@Suite(.requires(StoryA.requirements + [.built("headwater")]), .serialized)
struct StoryVariantTests {
  /// The story told another way; each with the words for it.
  enum Variant: String, CaseIterable, Sendable {
    case renamed = "all addresses, names and ports are others"
    case overIPv6 = "strangers come by IPv6"
    case insideIPv6 = "IPv6 is spoken from the VPN on"
    case direct = "strangers reach the node's own address"
    case routed = "nothing is translated behind the VPN"

    var plan: StoryPlan {
      var plan = StoryPlan()
      switch self {
      case .renamed:
        plan.stranger = .init("198.18.7.9/30", router: "198.18.7.10/30")
        plan.publicAddress = "192.0.2.77"
        plan.node = .init("172.31.5.20/20", router: "172.31.0.1/20")
        plan.other = .init("172.31.16.9/20", router: "172.31.16.1/20")
        plan.elsewhere = .init("100.64.3.4/24", router: "100.64.3.1/24")
        plan.gateway = .init("203.0.113.200/26", router: "203.0.113.193/26")
        plan.dockerHost = "10.200.1.2/30"
        plan.serviceHost = "10.200.1.1/30"
        plan.service = "10.50.0.9/16"
        plan.servicePort = 8443
        plan.proxyPort = 443
        // What another Docker host has for its containers, and a network that other VPNs use.
        plan.dockerBridge = "172.30.9.1/24"
        plan.vpnNetwork = "172.17.0.0/24"
        plan.vpnAddress = nil
        plan.vpnClient = "edge-7.example"
        plan.vpnPort = 443
        plan.statusFile = "/var/tmp/clients"
        plan.container = "gate-1"
        (plan.frontend, plan.backend, plan.server) = ("in_https", "pool.a", "origin-1")
        plan.proxyConfiguration = "/etc/haproxy/conf.d/site.cfg"
        plan.hostNames.service = "db1"
        plan.hostNames.dockerHost = "gw"
        plan.hostNames.node = "vm-0042"
        (plan.aliases.service, plan.aliases.dockerHost, plan.aliases.node) = ("database", "office-gate", "cloud.one")
      case .overIPv6: plan.letStrangersComeByIPv6()
      case .insideIPv6: plan = StoryPlan(inside: .v6)
      case .direct: plan.publicAddress = nil
      case .routed: plan.isRouted = true
      }
      return plan
    }
  }

  @Test(arguments: Variant.allCases) func `the whole chain is found when`(_ variant: Variant) throws {
    let story = try StoryA(variant.plan)
    defer { story.stop() }
    let (document, result) = try story.trace(":\(story.plan.servicePort)")
    #expect(result.status == 0, "\(result.stderr)")
    try story.checkWholeChain(document, asker: .service)
  }

  @Test(arguments: [StoryA.Asker.dockerHost, .elsewhere])
  func `the whole chain is found from`(_ asker: StoryA.Asker) throws {
    let story = try StoryA()
    defer { story.stop() }
    let (document, result) = try story.trace("10.8.1.3:3129", on: asker)
    #expect(result.status == 0, "\(result.stderr)")
    try story.checkWholeChain(document, asker: asker)
  }

  @Test func `quiet VPN clients, and one that only holds a connection, are not accused`() throws {
    var plan = StoryPlan()
    plan.quietClients = ["tke-node0", "tke-node2", "tke-node10"]
    let story = try StoryA(plan)
    defer { story.stop() }
    let held = try Traffic.start(
      .bulk(bytes: 1, hold: 30), from: story.cloud.elsewhere, to: plan.proxyAddress, port: plan.proxyPort)
    defer { held.process.stop() }
    try waitUntil("the held connection to reach the service") {
      try story.haproxy.ask("/run/haproxy.sock", "show sess").contains(plan.elsewhere.address)
    }
    let (document, result) = try story.trace(":3129")
    #expect(result.status == 0, "\(result.stderr)")
    try story.checkWholeChain(document, asker: .service)
    // A handshake is nobody's where the connection moved nothing.
    let others = document.chains.dropFirst()
    #expect(others.allSatisfy { $0.source.kind == .unknown && $0.bytes < 1000 }, "\(others.map(\.source))")
    #expect(document.carriers?.allSatisfy { $0.client == plan.vpnClient || $0.client == nil } ?? true)
    let said = result.stdout
    for name in plan.quietClients + [plan.elsewhere.address] { #expect(!said.contains("\"\(name)"), "\(name)") }
  }
}
