public import Flows

/// A row of `show stat`: the counters of a frontend, backend, server or listener.
public struct HAProxyStatistic: Hashable, Sendable {
  public enum Kind: Int, Hashable, Sendable { case frontend, backend, server, listener }

  /// The frontend's or backend's name.
  public var proxy: String
  /// `FRONTEND`, `BACKEND`, or the server's or listener's name.
  public var service: String
  public var kind: Kind?
  public var mode: String?
  /// The address of a server, or of a listener with `option socket-stats`.
  public var address: Endpoint?
  /// The number of current streams.
  public var sessions: Int?
  /// Bytes received from clients and bytes sent to them since the start.
  public var bytesIn: UInt64?
  public var bytesOut: UInt64?

  /// Reads an answer to `show stat` by the names in its header; empty without a header.
  public static func list(parsing answer: [UInt8]) -> [HAProxyStatistic] {
    var lines = HAProxyText.lines(answer)[...]
    guard let header = lines.popFirst(), header.hasPrefix("# ") else { return [] }
    let columns = fields(header.dropFirst(2))
    return lines.compactMap { line in
      let values = fields(line)
      func value(_ name: String) -> Substring? {
        guard let index = columns.firstIndex(where: { $0 == name }), index < values.count, !values[index].isEmpty
        else { return nil }
        return values[index]
      }
      guard let proxy = value("pxname"), let service = value("svname") else { return nil }
      return HAProxyStatistic(
        proxy: String(proxy), service: String(service),
        kind: value("type").flatMap { Int($0) }.flatMap(Kind.init), mode: value("mode").map(String.init),
        // IPv6 has brackets here.
        address: value("addr").flatMap { Endpoint(String($0)) ?? HAProxyText.endpoint($0) },
        sessions: value("scur").flatMap { Int($0) }, bytesIn: value("bin").flatMap { UInt64($0) },
        bytesOut: value("bout").flatMap { UInt64($0) })
    }
  }

  /// Splits a line at commas. A field in double quotes may have commas, and doubled quotes.
  private static func fields(_ line: Substring) -> [Substring] {
    guard line.utf8.contains(UInt8(ascii: "\"")) else {
      return line.split(separator: ",", omittingEmptySubsequences: false)
    }
    var fields: [Substring] = []
    var field: [UInt8] = []
    var isQuoted = false
    for byte in line.utf8 {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted:
        fields.append(Substring(decoding: field, as: UTF8.self))
        field = []
      default: field.append(byte)
      }
    }
    return fields + [Substring(decoding: field, as: UTF8.self)]
  }
}
