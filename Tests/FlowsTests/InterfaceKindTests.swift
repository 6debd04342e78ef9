import Flows
import Foundation
import Testing

@Suite struct InterfaceKindTests {
  @Test func `a kind is its word in documents, also one that is not known here`() throws {
    for word in ["tun", "wireguard", "can", "netdevsim"] {
      let kind = InterfaceKind(word)
      #expect(try String(decoding: JSONEncoder().encode([kind]), as: UTF8.self) == "[\"\(word)\"]")
      #expect(try JSONDecoder().decode([InterfaceKind].self, from: Data("[\"\(word)\"]".utf8)) == [kind])
      #expect("\(kind)" == word)
    }
  }

  @Test func `what carries, what is carried and what stands on a parent are told apart`() {
    let kinds: [InterfaceKind] = [
      .tun, .wireguard, .vxlan, .gre, .sit, .ipip, .veth, .bridge, .bond, .dummy, .vlan, .macvlan, .macvtap, .ipvlan,
      .ipvtap, "geneve", "ip6gre", "can",
    ]
    #expect(kinds.filter(\.isVPN) == [.tun, .wireguard])
    #expect(kinds.filter(\.isKernelTunnel) == [.wireguard, .vxlan, .gre, .sit, .ipip, "geneve", "ip6gre"])
    #expect(kinds.filter(\.isTunnel) == [.tun, .wireguard, .vxlan, .gre, .sit, .ipip, "geneve", "ip6gre"])
    #expect(kinds.filter(\.isVirtual) == [.macvlan, .macvtap, .ipvlan, .ipvtap])
    #expect(kinds.filter(\.isOnParent) == [.vlan, .macvlan, .macvtap, .ipvlan, .ipvtap])
  }
}
