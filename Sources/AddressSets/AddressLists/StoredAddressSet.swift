public import Flows

/// A set of addresses as Headwater stores it: text with one prefix per line and the numbers of its parts.
///
/// ```
/// headwater-set/1
/// source ip-ranges.json
/// imported 1745158637
/// dated 2025-04-20-14-17-03
/// parts ec2 eu-west-1
/// 3.5.140.0/22 0 1
/// ```
public struct StoredAddressSet: Hashable, Sendable {
  /// The file that it was imported from, and the time of the import in seconds since 1970.
  public var source: String
  public var imported: Double
  public var dated: String?
  public var parts: [String] = []
  public var entries: [AddressList.Entry] = []

  public init(_ list: AddressList, source: String, imported: Double) {
    self.source = source
    self.imported = imported
    dated = list.dated
    parts = list.parts
    entries = list.entries
  }

  public var prefixes: [Prefix] { entries.map(\.prefix) }

  /// The prefixes of each part, by its name.
  public var prefixesByPart: [String: [Prefix]] {
    var lists = [[Prefix]](repeating: [], count: parts.count)
    for entry in entries {
      for part in entry.parts { lists[Int(part)].append(entry.prefix) }
    }
    return Dictionary(zip(parts, lists)) { first, _ in first }
  }

  /// The text to store.
  public var text: String {
    func line(_ text: String) -> String { text.map { $0.isNewline ? " " : "\($0)" }.joined() }
    var text = "headwater-set/1\nsource \(line(source))\nimported \(Int(imported))\n"
    if let dated { text += "dated \(line(dated))\n" }
    text += "parts \(parts.joined(separator: " "))\n"
    for entry in entries {
      text += "\(entry.prefix)"
      for part in entry.parts { text += " \(part)" }
      text += "\n"
    }
    return text
  }

  /// Parses stored text; throws `malformed` if it is not valid.
  public init(parsing content: [UInt8]) throws(AddressListError) {
    var lines = content.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    func next(_ key: String) -> String? {
      guard let line = lines.first, line.count <= 4_000_000 else { return nil }
      let text = String(decoding: line, as: UTF8.self)
      guard text == key || text.hasPrefix(key + " ") else { return nil }
      lines.removeFirst()
      return String(text.dropFirst(key.count + 1))
    }
    let problem = AddressListError(.malformed, "headwater did not write this set; forget it, and import it again")
    guard next("headwater-set/1") != nil, let source = next("source"),
      let imported = next("imported").flatMap({ UInt32($0) })
    else { throw problem }
    self.source = source
    self.imported = Double(imported)
    dated = next("dated")
    guard let names = next("parts") else { throw problem }
    for name in names.split(separator: " ") {
      guard let name = AddressList.partName(String(name)), parts.count < AddressList.partsLimit else { throw problem }
      parts.append(name)
    }
    for line in lines where !line.isEmpty {
      let words = line.split(separator: 0x20)
      guard words.count <= 65, entries.count < AddressList.limit, let first = words.first, first.count <= 60,
        let prefix = Prefix(String(decoding: first, as: UTF8.self))
      else { throw problem }
      var numbers: [Int32] = []
      for word in words.dropFirst() {
        guard let number = Int32(String(decoding: word.prefix(10), as: UTF8.self)), number >= 0, number < parts.count
        else { throw problem }
        numbers.append(number)
      }
      entries.append(.init(prefix: prefix, parts: numbers))
    }
  }
}
