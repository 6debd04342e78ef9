internal import SelfTest

/// The hidden `headwater selftest-traffic KIND ROLE PORT`: one end of the traffic of `doctor --selftest`.
enum SelfTestTrafficCommand {
  /// The exit status if `arguments` (of the process) ask for it; otherwise nil.
  static func run(_ arguments: [String]) -> Int32? {
    guard arguments.count > 1, arguments[1] == "selftest-traffic" else { return nil }
    return SelfTest.runTraffic(arguments: Array(arguments.dropFirst(2)))
  }
}
