/// Named groups of prefixes, usable as a target and as a grouping.
public protocol NamedSets: Sendable {
  /// The prefixes of set `name`; nil if there is no such set.
  func prefixes(named name: String) -> [Prefix]?
  /// The set that holds `address`: the one with the longest matching prefix.
  func name(of address: IPAddress) -> String?
  /// All sets' names, sorted.
  var names: [String] { get }
}
