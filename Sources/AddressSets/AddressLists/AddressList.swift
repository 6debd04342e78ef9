public import Flows

/// The prefixes of one named set, as its provider publishes them, with their parts: services and regions.
public struct AddressList: Hashable, Sendable {
  /// The format of the text.
  public enum Format: String, Hashable, Sendable, CaseIterable {
    case plain, aws, google, azure, fastly, cloudflare, lists
  }

  /// A prefix with the parts it belongs to, as positions in `parts`, ascending.
  public struct Entry: Hashable, Sendable {
    public var prefix: Prefix
    public var parts: [Int32]
  }

  public internal(set) var format: Format
  /// Each prefix once, in the order of the text.
  public internal(set) var entries: [Entry] = []
  /// The names of services and regions in lower case: `ec2`, `eu-west-1`.
  public internal(set) var parts: [String] = []
  /// The date in the text, as written there; nil if it has none.
  public internal(set) var dated: String?
  /// How many lines or values are not prefixes; at most five of them as examples.
  public internal(set) var skipped = 0
  public internal(set) var examples: [String] = []

  private var places: [Prefix: Int] = [:]
  private var numbers: [String: Int32] = [:]

  /// The maximum number of prefixes and of parts.
  public static let limit = 1_000_000
  public static let partsLimit = 20_000

  init(_ format: Format) { self.format = format }

  /// The prefixes of one part; nil if there is no such part.
  public func prefixes(of part: String) -> [Prefix]? {
    guard let number = parts.firstIndex(of: part).map(Int32.init) else { return nil }
    return entries.lazy.filter { $0.parts.contains(number) }.map(\.prefix)
  }

  /// Adds a prefix to the set and to the named parts; false if there are too many.
  @discardableResult
  mutating func add(_ prefix: Prefix, _ names: [String] = []) -> Bool {
    let place: Int
    if let known = places[prefix] {
      place = known
    } else {
      guard entries.count < Self.limit else { return false }
      place = entries.count
      places[prefix] = place
      entries.append(Entry(prefix: prefix, parts: []))
    }
    for name in names {
      guard let number = number(of: name) else { continue }
      // More than 64 parts of one prefix do not say what it is for.
      if entries[place].parts.count < 64, !entries[place].parts.contains(number) { entries[place].parts.append(number) }
    }
    return true
  }

  mutating func skip(_ text: some StringProtocol) {
    skipped += 1
    if examples.count < 5 { examples.append(String(text.prefix(60))) }
  }

  private mutating func number(of name: String) -> Int32? {
    guard let name = Self.partName(name) else { return nil }
    if let known = numbers[name] { return known }
    guard parts.count < Self.partsLimit else { return nil }
    let number = Int32(parts.count)
    numbers[name] = number
    parts.append(name)
    return number
  }

  /// A service's or region's name as a person types it: lower case, `-` for blanks; nil if nothing is left of it.
  static func partName(_ text: String) -> String? {
    var name: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(byte | 0x20)
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        name.append(byte)
      case UInt8(ascii: " "), UInt8(ascii: "/"): name.append(UInt8(ascii: "-"))
      default: return nil
      }
    }
    return name.isEmpty || name.count > 80 ? nil : String(decoding: name, as: UTF8.self)
  }

  public static func == (left: AddressList, right: AddressList) -> Bool {
    left.entries == right.entries && left.parts == right.parts && left.dated == right.dated
      && left.format == right.format
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(entries) }
}
