internal import Flows
internal import JSON

extension AddressList {
  /// Reads a list of addresses. The content shows its format.
  ///
  /// Known formats are plain lists (Cloudflare's `ips-v4`; one prefix, address or range `a-b` per line, of which only
  /// the first word counts; `#` and `;` begin comments) and the JSON of AWS (`ip-ranges.json`), Google (`goog.json`,
  /// `cloud.json`), Azure (service tags), Fastly (`public-ip-list`), Cloudflare (`/client/v4/ips`) and others that have
  /// lists of prefixes by name.
  public init(parsing content: [UInt8]) throws(AddressListError) {
    let bytes = content.starts(with: [0xEF, 0xBB, 0xBF]) ? content[3...] : content[...]
    if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
      let value: JSONValue
      do throws(JSONError) { value = try JSONValue.parse(bytes, depth: 16, count: 3_000_000) } catch {
        throw AddressListError(.malformed, "\(error)")
      }
      self = try Self.reading(value)
    } else {
      self = try Self.reading(plain: bytes)
    }
    guard !entries.isEmpty else {
      let found = examples.first.map { ", for example \($0)" } ?? ""
      throw AddressListError(.empty, "it has no address or prefix\(found)")
    }
  }

  private static func reading(plain bytes: ArraySlice<UInt8>) throws(AddressListError) -> AddressList {
    guard !bytes.contains(0) else { throw AddressListError(.malformed, "it is neither text nor JSON") }
    var list = AddressList(.plain)
    for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      // The longest valid entry is a range of two IPv6 addresses.
      let start = line.drop { $0 <= 0x20 }.prefix(200).prefix { !Self.ends.contains($0) }
      guard !start.isEmpty else { continue }
      let text = String(decoding: start, as: UTF8.self)
      let word = text.prefix { !$0.isWhitespace }
      // `a - b` with blanks is accepted as well; its first word alone would be an address.
      let joined = text.contains("-") ? Prefix.covering(text.filter { !$0.isWhitespace }) : nil
      guard let found = joined ?? Prefix.covering(String(word)) else {
        list.skip(text)
        continue
      }
      for prefix in found {
        guard list.add(prefix) else { throw Self.tooLarge }
      }
    }
    return list
  }

  /// The bytes of `,` `;` `#`.
  private static let ends: [UInt8] = [0x2C, 0x3B, 0x23]

  private static var tooLarge: AddressListError {
    AddressListError(.tooLarge, "it has more than \(limit) prefixes")
  }

  private static func reading(_ value: JSONValue) throws(AddressListError) -> AddressList {
    guard case .object(let members) = value else { throw AddressListError(.malformed, "its JSON is not an object") }
    var list = AddressList(.lists)
    if case .list(let tags)? = value["values"] {
      list.format = .azure
      list.dated = value["changeNumber"]?.scalar.map { "change \($0)" }
      for tag in tags {
        let properties = tag["properties"]
        let names = [tag["name"], properties?["region"]].compactMap { $0?.string }
        try list.add(properties?["addressPrefixes"], names.filter { !$0.isEmpty })
      }
    } else if case .list(let prefixes)? = value["prefixes"] {
      let isAWS = value["createDate"] != nil
      list.format = isAWS ? .aws : .google
      list.dated = (value["createDate"] ?? value["creationTime"])?.string
      var all = prefixes
      if case .list(let more)? = value["ipv6_prefixes"] { all += more }
      for item in all {
        let parts = isAWS ? [item["service"], item["region"]] : [item["service"], item["scope"]]
        let names = parts.compactMap { $0?.string }
        for key in ["ip_prefix", "ipv6_prefix", "ipv4Prefix", "ipv6Prefix"] {
          if let text = item[key] { try list.add(.list([text]), names) }
        }
      }
    } else if value["addresses"] != nil, value["ipv6_addresses"] != nil {
      list.format = .fastly
      for key in ["addresses", "ipv6_addresses"] { try list.add(value[key], []) }
    } else if let result = value["result"], result["ipv4_cidrs"] != nil {
      list.format = .cloudflare
      for key in ["ipv4_cidrs", "ipv6_cidrs", "jdcloud_cidrs"] { try list.add(result[key], []) }
    } else {
      // Lists of prefixes by name, among other things.
      for member in members {
        guard case .list(let items) = member.value, let first = items.first?.string, Prefix.covering(first) != nil
        else {
          continue
        }
        try list.add(member.value, [member.name])
      }
    }
    return list
  }

  private mutating func add(_ value: JSONValue?, _ names: [String]) throws(AddressListError) {
    guard case .list(let items)? = value else { return }
    for item in items {
      guard let text = item.string, let prefixes = Prefix.covering(text) else { skip(item.string ?? "?"); continue }
      for prefix in prefixes {
        guard add(prefix, names) else { throw Self.tooLarge }
      }
    }
  }
}

extension JSONValue {
  fileprivate var string: String? { if case .text(let text) = self { text } else { nil } }
  fileprivate var scalar: String? {
    switch self {
    case .text(let text): text
    case .unsigned(let number): "\(number)"
    default: nil
    }
  }
}

extension Prefix {
  /// The prefixes that together cover `text`: an address, a prefix, or a range `a-b` of one address family.
  static func covering(_ text: String) -> [Prefix]? {
    guard text.utf8.count <= 100 else { return nil }
    if let prefix = Prefix(text) { return [prefix] }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = IPAddress(ends[0]), let last = IPAddress(ends[1]), first.isV4 == last.isV4,
      first <= last
    else { return nil }
    var prefixes: [Prefix] = []
    var (from, to) = (first.integer, last.integer)
    let width = first.bitWidth
    while true {
      // The largest block that begins here and does not go beyond the end. There are at most twice as many as an
      // address has bits.
      var host = min(from == 0 ? width : from.trailingZeroBitCount, width)
      func end(_ bits: Int) -> UInt128 { from | (bits == 128 ? UInt128.max : (1 << UInt128(bits)) - 1) }
      while end(host) > to { host -= 1 }
      let address = first.isV4 ? IPAddress.v4(UInt32(truncatingIfNeeded: from)) : .v6(from)
      guard let prefix = Prefix(address, length: width - host) else { return nil }
      prefixes.append(prefix)
      guard end(host) < to else { return prefixes }
      from = end(host) + 1
    }
  }
}
