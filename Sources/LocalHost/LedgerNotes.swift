internal import Flows

/// Notes for people about interfaces whose parts do not add up.
enum LedgerNotes {
  /// At most three notes, for the largest differences, each with its first reason.
  static func notes(_ ledger: [LedgerEntry]) -> [String] {
    let worst = ledger.filter(\.needsExplanation).sorted { missing($0) > missing($1) }
    return worst.prefix(3).map { entry in
      let place = entry.namespaceName == "host" ? "" : " in \(entry.namespaceName)"
      return "\(entry.interface)\(place) does not add up: \(entry.reasons.last ?? "no reason was found")"
    }
  }

  private static func missing(_ entry: LedgerEntry) -> UInt64 { entry.unknown.bytes &+ (entry.excess?.bytes ?? 0) }
}
