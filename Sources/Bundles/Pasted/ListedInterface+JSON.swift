internal import Flows
internal import JSON

extension ListedInterface {
  /// The interfaces in the output of `ip -json address` (iproute2 4.14 and later); nil for anything else.
  ///
  /// - Parameter line: the number of the only line.
  public static func list(parsingJSON content: [UInt8], line: Int = 1) -> [ListedInterface]? {
    guard let entries = JSONValue.decode([Lenient<Entry>].self, from: content) else { return nil }
    let found = entries.compactMap { $0.value }
    guard !found.isEmpty else { return nil }
    return found.map { entry in
      var interface = ListedInterface(name: entry.ifname, index: entry.ifindex, line: line)
      interface.kind = (entry.linkinfo?.value?.info_kind).map { InterfaceKind($0) }
      interface.isUp = entry.flags?.value?.contains("UP") ?? true
      interface.hasNoLinkHeader = entry.link_type == "none"
      interface.hardwareAddress = entry.link_type == "ether" ? entry.address : nil
      interface.master = entry.master
      interface.peerIndex = entry.link_index
      interface.peerName = entry.link
      for address in entry.addr_info?.value ?? [] {
        guard let local = address.value?.local.flatMap({ PastedWords.address($0) }),
          let length = address.value?.prefixlen, (0...local.bitWidth).contains(length)
        else { continue }
        interface.addresses.append(.init(address: local, prefixLength: length, line: line))
      }
      interface.guessKind()
      return interface
    }
  }

  private struct Entry: Decodable {
    var ifindex: UInt32
    var ifname: String
    var flags: Lenient<[String]>?
    var link_type: String?
    var address: String?
    var master: String?
    var link: String?
    var link_index: UInt32?
    var linkinfo: Lenient<Kind>?
    var addr_info: Lenient<[Lenient<Address>]>?

    struct Kind: Decodable { var info_kind: String? }
    struct Address: Decodable {
      var local: String?
      var prefixlen: Int?
    }
  }
}
