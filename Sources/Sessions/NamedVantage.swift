internal import Questions

/// A host under another name than its own, because another host has that.
struct NamedVantage: Vantage {
  let host: String
  private let other: any Vantage

  init(_ other: any Vantage, as name: String) { (self.other, host) = (other, name) }

  var failures: [HostFailure] { other.failures }

  func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> { try await other.ask(question).called(host) }

  /// A name for this host that none of the others has.
  static func own(besides names: Set<String>) -> String {
    var name = "localhost"
    while names.contains(name) { name = "this-\(name)" }
    return name
  }
}
