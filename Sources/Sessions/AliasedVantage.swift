internal import Questions

/// A host that is asked alone, and also goes by other names: `web:pid:7` is on it if `web` is one of them.
struct AliasedVantage: Vantage {
  private let other: any Vantage
  private let aliases: [String]

  init(_ other: any Vantage, _ aliases: [String]) { (self.other, self.aliases) = (other, aliases) }

  var host: String { other.host }
  var failures: [HostFailure] { other.failures }

  func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
    let told = try await other.ask(question)
    guard var inventory = told as? Told<Inventory> else { return told }
    inventory.value.aliases = Dictionary(aliases.map { ($0, 0) }, uniquingKeysWith: { first, _ in first })
    return inventory as? Told<Q.Answer> ?? told
  }
}
