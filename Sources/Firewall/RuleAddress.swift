internal import Flows

/// Addresses among the words of rules.
enum RuleAddress {
  static func isPrefix(_ word: some StringProtocol) -> Bool { Prefix(String(word)) != nil }
}
