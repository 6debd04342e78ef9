/// A question to a DNS server (RFC 1035, section 4.1.2).
public struct DNSAsked: Hashable, Sendable {
  /// In lower case, without a final dot.
  public var name: String
  /// `A`, `AAAA`, `PTR`, …; `TYPE65280` for a type without a name (RFC 3597).
  public var type: String

  /// Reads the first question of `message`.
  ///
  /// Nil for answers, other operations than a standard query, and malformed messages.
  public init?(_ message: [UInt8]) {
    guard message.count >= 17, message[2] & 0xF8 == 0, message[4] == 0, message[5] > 0 else { return nil }
    var offset = 12
    guard let name = DNSMessage.name(message, &offset), let type = DNSMessage.number(message, &offset, 2),
      DNSMessage.number(message, &offset, 2) != nil
    else { return nil }
    self.name = name.isEmpty ? "." : name
    self.type = Self.types[type] ?? "TYPE\(type)"
  }

  private static let types: [UInt32: String] = [
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
    43: "DS", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS", 252: "AXFR", 255: "ANY", 257: "CAA",
  ]
}
