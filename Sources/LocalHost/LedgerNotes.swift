internal import Flows

/// Notes for people about interfaces whose parts do not add up.
enum LedgerNotes {
  /// At most three notes, for the largest differences, each with its first reason.
  static func notes(_ ledger: [LedgerEntry]) -> [String] {
    let worst = ledger.filter(\.needsExplanation).sorted { missing($0) > missing($1) }
    return worst.prefix(3).map { entry in
      let place = entry.namespaceName == "host" ? "" : " in \(entry.namespaceName)"
      let reasons = entry.reasons.prefix(3).joined(separator: "; ")
      // What is known to have been dropped belongs to nobody, and is not missed.
      let isDropped = missing(entry) > 0 && (entry.dropped?.bytes ?? 0) >= missing(entry) / 10 * 9
      return "\(entry.interface)\(place)\(isDropped ? "" : " does not add up"): \(reasons)"
    }
  }

  private static func missing(_ entry: LedgerEntry) -> UInt64 { entry.unknown.bytes &+ (entry.excess?.bytes ?? 0) }
}
