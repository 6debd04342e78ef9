/// Further arguments for `ssh` to one host: `["-o", "StrictHostKeyChecking=accept-new", "-p", "2222"]`.
public struct SSHOptions: Hashable, Sendable {
  public let arguments: [String]

  public init() { arguments = [] }

  /// - Throws: if an argument would end the options, or would take control of the connection.
  public init(_ arguments: [String]) throws(SSHArgumentError) {
    var expectsValue: String?
    for argument in arguments {
      guard !argument.utf8.contains(0) else { throw SSHArgumentError("an argument of ssh can't hold a zero byte") }
      if let option = expectsValue {
        try Self.check(option, argument)
        expectsValue = nil
        continue
      }
      guard argument.hasPrefix("-"), argument != "-", argument != "--" else {
        throw SSHArgumentError(
          "\(argument): not an option; ssh would take it for the host. Options and their values are items of their own: "
            + #"["-o", "Port=2222"]"#)
      }
      expectsValue = try Self.read(argument)
    }
    if let option = expectsValue { throw SSHArgumentError("\(option): its value is missing") }
    self.arguments = arguments
  }

  /// The last option in a word of options if it still needs a value. The letters are those of ssh(1).
  private static func read(_ word: String) throws(SSHArgumentError) -> String? {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      if takesValue.contains(letter) {
        if letters.isEmpty { return "-\(letter)" }
        try check("-\(letter)", String(letters))
        return nil
      }
      guard flags.contains(letter) else {
        throw SSHArgumentError("\(word): -\(letter) can't be used here; allowed are -\(takesValue)\(flags)")
      }
    }
    return nil
  }

  private static func check(_ option: String, _ value: String) throws(SSHArgumentError) {
    guard option == "-o" else { return }
    let name = value.prefix { $0 != "=" && $0 != " " && $0 != "\t" }.lowercased()
    if ours.contains(name) { throw SSHArgumentError("-o \(value): \(name) is set by headwater and can't be changed") }
  }

  private static let takesValue = "BbcEFIiJlmoPpw"
  private static let flags = "46CKkqvy"
  private static let ours: Set<String> = [
    "batchmode", "controlmaster", "controlpath", "controlpersist", "requesttty", "remotecommand", "sessiontype",
    "forkafterauthentication", "stdinnull",
  ]
}
